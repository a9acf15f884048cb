"""Arithmetic: interest, rates, words and tovay-calc, held to worked figures and to an independent oracle."""
