"""Use cases of the branch: no HTTP, no database.

``groups`` (one group's log, book and phone logs; the only appender) ``intake`` (the exchange) ``devices``
(admission and revocation) ``fsck`` ``derived`` (caches)
"""
