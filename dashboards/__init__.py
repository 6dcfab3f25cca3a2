"""Grafana as code: boards, provisioning files, publishing. Nothing is here yet."""
