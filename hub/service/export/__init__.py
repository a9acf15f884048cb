"""Out to the core: ``sheets`` (postings, balances, what waits; ``wording``) → ``files`` (with a manifest)."""
