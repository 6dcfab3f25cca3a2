"""What every test may use: the real brokers; and what holds for all: no skips in CI."""

pytest_plugins = ["support.brokers", "support.no_skips"]
