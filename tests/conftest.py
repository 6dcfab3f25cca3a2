"""What every test may use: the real brokers."""

pytest_plugins = ["support.brokers"]
