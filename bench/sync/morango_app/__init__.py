"""Morango's side: a Django application with one model, and the commands that serve, send and read back.

The server and every phone have a SQLite file of their own. All trust one root certificate; a phone may write
its own group's partition.
"""
