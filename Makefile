# The first two commands are the README's: `make demo` and `make test`.
#
#   make demo                 a night in a blood fridge, from the serial byte to the unit's verdict; asks for nothing
#   make demo ARGS=--check    the same up to the comparison with the truth, then stop (exit code 1 if they differ)
#   make test                 every test but the long ones
#   make test-long            all of them
#   make check                style, types, imports, dependencies
#   make clean                take away what was built or installed here
#
# INSTALL=1 (or CI=true) lets the test targets install missing Debian packages, which needs root, and build two InfluxDBs
# for the tests into the user's cache folder (the second needs Rust).

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PACKAGES := api assembly coldchain dashboards firmware_sim gateway ingest rules stores
CODE := $(PACKAGES) tests $(wildcard benchmarks)
# A file of tests stays with one worker, so that it starts its servers once.
WORKERS ?= --numprocesses=2 --dist=loadfile
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
export PIP_ROOT_USER_ACTION := ignore

.PHONY: demo test test-long check clean install install-dev system

demo: install
	$(BIN)/coldchain demo $(ARGS)

test: install-dev system
	tools/say-what-is-skipped.sh
	$(BIN)/python -m pytest -m "not long" $(WORKERS) $(ARGS)

test-long: install-dev system
	tools/say-what-is-skipped.sh
	$(BIN)/python -m pytest $(ARGS)

check: install-dev
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy $(CODE)
	$(BIN)/lint-imports
	$(BIN)/deptry $(PACKAGES)

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

install: $(VENV)/.stamp-run
install-dev: $(VENV)/.stamp-dev

# Debian packages are only touched, and InfluxDBs are only built, when asked for.
system:
ifneq ($(filter 1 true yes,$(CI) $(INSTALL)),)
	tools/install-system.sh
endif

# --clear, because a virtual environment whose Python was upgraded away is only half there.
$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is missing: sudo apt-get install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "$(PYTHON) is too old: Python 3.11 or newer is needed (make PYTHON=/path/to/python3 ...)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null \
	  || { echo "python3-venv is missing: sudo apt-get install python3-venv" >&2; exit 1; }
	@echo "making a virtual environment in $(VENV) ..."
	@$(PYTHON) -m venv --clear $(VENV)

# Debian's pip does not know dependency groups: 25.1 is the first that does.
$(VENV)/.stamp-pip: $(BIN)/python
	@$(PIP) install --upgrade 'pip>=25.1'
	@touch $@

$(VENV)/.stamp-run: pyproject.toml $(VENV)/.stamp-pip
	@echo "installing coldchain and what it needs into $(VENV) (once; about a minute) ..."
	@$(PIP) install --editable '.[embedded,grafana,influx]'
	@touch $@

$(VENV)/.stamp-dev: pyproject.toml $(VENV)/.stamp-run
	@echo "installing the tools for tests and checks (once) ..."
	@$(PIP) install --group dev
	@touch $@
