"""Use cases of the branch: no HTTP, no database.

``groups`` (one group's log, book and phone logs; the only appender) ``intake`` (the exchange) ``devices``
(admission and revocation) ``fsck`` ``derived`` (caches)

A bank's export: ``book_files`` (read; ``book_rows`` ``book_cells`` ``book_tables``) → ``book_terms``
``book_references`` (checked) → ``roster`` (planned; ``roster_draft`` ``roster_entries`` ``roster_state``) →
``closing`` (tried, and ended with a book); ``directory`` (what stands outside the log) ``book_wording``
"""
