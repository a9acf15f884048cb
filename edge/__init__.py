"""The agent on the leader's phone: it collects, keeps and signs with no network, and synchronises when there is one.

Use cases   ``agent`` (create, unlock) ``enrol`` ``household`` ``collection`` ``rounds`` ``sync`` ``standing`` ``receipt``
State       ``phone`` (all that is open) over ``group`` (what the branch said) and ``own_log`` (what this phone said)
At rest     ``ledger`` over ``database`` + ``schema.sql``; ``keystore`` and ``fork_mark`` (L19)
Carrier     ``transport`` (one signed exchange, its answers told apart)
Words       ``wording`` (Vietnamese) ``typed`` (strict reading) ``names`` (order and search)
Host        ``ports`` is what a host supplies; ``native`` is the computer's; ``clock`` ``settings``
Terminal    ``cli`` with ``terminal`` (tables, JSON, QR)

The browser loads everything but ``native``, ``terminal`` and the ``cli`` modules.
"""
