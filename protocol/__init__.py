"""Vocabulary, bytes and trust of tovay: pure code, shared by phone, hub and auditor.

Vocabulary   ``money`` ``day`` ``ids`` ``limits`` ``errors``
Entries      ``phone_facts`` ``trust_facts`` ``roster_facts`` ``loan_facts`` ``posting_facts`` → ``entries``
Bytes        ``codec`` → ``columns`` → ``columnar``; ``chain`` → ``seal`` → ``exchange`` ``transit``, ``qr``
Logs         ``branch_tree`` → ``branch_log`` (over all epochs), ``phone_log`` → ``merge`` (one order)
Trust        ``ports`` (what a host supplies) ``keys`` (key statements) ``receipt`` (a household's proof)
Proof        ``evidence`` (two histories) ← ``contradictions`` (found among seals); ``checkpoint`` (all heads)
Door         ``voucher`` ``enrolment`` ``request`` (RFC 9421)
No network   ``bundle`` (an exchange under HPKE) → ``frames`` (numbered QR codes) → ``pictures`` (of them)
Native host  ``native`` ``certificate``: the only two modules here that import ``cryptography``

Nothing here does I/O, reads a clock, draws randomness or logs. The clauses L1–L19 stand in ``docs/spec``.
"""
