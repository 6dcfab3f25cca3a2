"""Ways out to people: one small sender a service, each of which reads what the service really answered."""
