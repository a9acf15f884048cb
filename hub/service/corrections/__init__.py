"""After a day: ``decided`` (by two people, once seen) ``effect`` ``resolving`` ``taking_back`` ``rekeying``."""
