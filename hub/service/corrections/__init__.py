"""After a day: ``decided`` (two people, seen once) ``effect`` ``resolving`` ``taking_back`` ``rekeying``."""
