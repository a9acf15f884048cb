"""The people's doors: ``days`` (a transaction day; the groups) ``households`` ``receipts`` (for anyone)."""
