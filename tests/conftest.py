"""What every test may use: the real brokers, InfluxDB and PostgreSQL; and what holds for all: no skips in CI."""

pytest_plugins = [
    "support.brokers",
    "support.influx",
    "support.influx_servers",
    "support.no_skips",
    "support.postgres",
]
