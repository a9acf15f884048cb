"""The agent on the leader's phone: it collects, keeps and signs offline, and synchronises when it can.

Use cases   ``agent`` (put together, unlock) ``enrol`` · ``members`` ``household`` ``dues`` · ``collection``
            ``cashless`` ``rounds`` ``receipt`` · ``sync`` (``outgoing`` ``intake`` ``short``) · ``contact``
            (clock, lease) · ``standing`` ``results`` · ``proving``
State       ``phone`` (all that is open) over ``group`` (what the branch said) and ``own_log`` (what we said)
At rest     ``ledger`` over ``database`` and ``schema.sql``; ``keystore`` and ``fork_mark`` (L19)
No network  ``carry``: bundles that people take and bring
Carrier     ``transport``: one signed exchange, its answers told apart
Words       ``wording`` ``fault_wording`` ``exchange_wording`` ``entry_wording`` (Vietnamese)
            ``typed`` (strict reading) ``names`` (order and search) ``errors``
Host        ``ports`` is what a host supplies, ``native`` a computer's; ``clock`` ``settings``
Terminal    ``cli`` ``door`` ``carry_cli`` are commands, over ``terminal`` (their frame) and ``tables``

The browser loads everything but ``native`` and the modules of the terminal.
"""
