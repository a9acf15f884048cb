"""Implementations of the document store port: ``sqlite`` (embedded, one file)."""
