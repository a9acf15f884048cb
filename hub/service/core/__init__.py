"""The core system: ``rows`` → ``extract`` (by group) → ``compare`` (and confirmed) → ``report`` ``wording``.

``counter_facts`` are keyed at the table before the core tells them (B21)
"""
