"""Phones: ``intake`` (the exchange) ``reply`` (what goes down) ``texts`` ``quota`` ``devices``."""
