"""Accounts: ``periods`` (a month is closed) ``journal`` (journal and balances) ``wording``."""
