"""The people's doors.

``days`` (a transaction day; the groups) ``households`` ``receipts`` (for anyone); ``province`` (of those
above the branch); ``rendering`` makes each of them.
"""
