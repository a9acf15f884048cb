"""Vocabulary, bytes and trust of tovay: pure code, shared by phone, hub and auditor.

Vocabulary   ``money`` ``day`` ``ids`` ``limits`` ``errors``
Entries      ``phone_facts`` ``trust_facts`` ``roster_facts`` ``loan_facts`` ``posting_facts`` → ``entries`` (one registry)
Bytes        ``codec`` (canonical MessagePack) → ``chain`` → ``seal`` → ``exchange``
Trust        ``ports`` (what a host supplies) ``keys`` (key statements, vouchers) ``receipt`` ``request`` (RFC 9421)
Native host  ``native`` ``certificate``: the only two modules here that import ``cryptography``

Nothing here does I/O, reads a clock, draws randomness or logs. The clauses cited as L1…L19 stand in ``docs/spec``.
"""
