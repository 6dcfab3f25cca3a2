"""Adapters of the ports to SQL: ledger, projections, reading log and books in one hot database file."""
