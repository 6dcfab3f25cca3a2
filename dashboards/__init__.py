"""Grafana as code: boards, and the provisioning files that bring them into a Grafana. Pure: it makes bytes."""
