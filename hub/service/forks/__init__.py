"""Contradictions, whoever signed them: found, shown, decided by two people, proved to outsiders.

``listed`` (forks of phone logs, both sides) ``proving`` (every contradiction as evidence) ``choosing`` (which
side goes on) ``reopening`` (a phone's next epoch) ``receipts`` (a household's code against the log)
``checkpoints`` (the branch's daily word, and the log against an older one).
"""
