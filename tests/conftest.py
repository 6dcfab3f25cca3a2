"""What every test may use: the real brokers, InfluxDB and PostgreSQL; and what holds for all: no skips in CI."""

from hypothesis import HealthCheck, settings

pytest_plugins = [
    "support.brokers",
    "support.influx",
    "support.influx_servers",
    "support.no_skips",
    "support.postgres",
]

# How long an example takes says nothing of whether it is right: a busy machine must not fail a test.
settings.register_profile("untimed", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
