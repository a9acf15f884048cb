"""Phones.

``intake`` (the exchange: ``judged`` ``returned`` ``receipts``) ``reply`` (what goes down) ``short`` (seals on
the line) ``ingest`` (bundles) ``texts`` ``quota``; ``devices`` ``following`` (what the register decides)
"""
