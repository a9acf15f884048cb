"""Days as tests write them."""

from datetime import date

from protocol.day import to_day


def on(text):
    """Day number of YYYY-MM-DD."""
    return to_day(date.fromisoformat(text))
