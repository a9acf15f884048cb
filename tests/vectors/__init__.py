"""Exact bytes for every implementation: ``make`` writes the files of good and bad, ``check`` reads them."""
