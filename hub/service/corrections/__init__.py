"""After a day: ``decided`` (by two people, seen first) ``effect`` ``resolving`` ``taking_back`` ``rekeying``."""
