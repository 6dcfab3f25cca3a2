"""Grafana as code: boards, provisioning files, publishing. Nothing is here yet; the name is taken so that it stays ours."""
