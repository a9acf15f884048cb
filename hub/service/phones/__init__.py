"""Phones.

``intake`` (the exchange: ``judged`` ``keeping`` ``returned`` ``receipts``) ``reply`` (what goes down)
``short`` (seals on the line) ``ingest`` (bundles) ``texts`` ``quota``; ``forwarding`` (a hub that does not
append) ``sweeping`` (what others stored); ``devices`` ``following`` (what the register decides)
"""
