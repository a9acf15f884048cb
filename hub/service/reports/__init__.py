"""Reports: ``scope`` (what a report is) ``papers`` (15/TD, 01/BL) ``measures`` ``fees`` ``lists``.

``problems`` (what a person has to put right in a log; ``wording``); ``explaining`` (why a due is what it is)
"""
