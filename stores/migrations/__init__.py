"""Migrations of the hot store; stores.sqlite runs them when it opens a file."""
