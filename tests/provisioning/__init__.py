"""Provisioning on real parts: files, keys, SQLite, routes, processes. The hub and phones are simulated."""
