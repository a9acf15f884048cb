"""Tests: one folder per package, and the folders for the whole: house, browser, vectors, system."""
