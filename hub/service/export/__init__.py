"""Out to the core system: ``sheets`` (postings, balances, what waits) → ``files`` (with a manifest)."""
