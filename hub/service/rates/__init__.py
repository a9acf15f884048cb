"""Rates: ``decision`` (previewed over all groups, then in every log) ``reports`` ``wording``."""
