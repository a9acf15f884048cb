"""A transaction day: ``posting`` (count, settle) ``staged`` → ``shown`` (what a person sees of it).

``reconciliation`` fills it from ``cash`` ``entries`` ``corrected``; ``statement`` is form 13/TD; ``wording``
"""
