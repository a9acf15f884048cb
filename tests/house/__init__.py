"""Rules about this repository: its modules, its numbers, its rule numbers, its files."""
