"""What every peer carries: the collections of one phone, the same numbers for all.

A meeting has 60 members. Four in five pay what is due to the đồng, one in ten a part, one in ten savings
only; every fourth has two loans, every third saves. 1,020 collections are 17 such meetings.
"""

from hashlib import sha256
from typing import Any

MEMBERS = 60
DAY = 20_432
"""10 December 2025, in days since 1970."""

Collection = dict[str, Any]
"""receipt, member, value_date, due_to, lines (loan, interest, due), savings (account, amount)."""


def collections(phone: int, count: int) -> list[Collection]:
    """The collections of one phone, in the order in which they were made."""
    return [_collection(phone, number) for number in range(1, count + 1)]


def identity(phone: int, receipt: int) -> str:
    """Name of a collection among all."""
    return f"KM-{phone:03d}-{receipt:05d}"


def cash(one: Collection) -> int:
    """What a household handed over, đồng."""
    return sum(line[1] for line in one["lines"]) + sum(line[1] for line in one["savings"])


def _collection(phone: int, number: int) -> Collection:
    meeting, place = divmod(number - 1, MEMBERS)
    member = place + 1
    lines = []
    for loan in (2 * member - 1, 2 * member)[: 2 if member % 4 == 0 else 1]:
        due = 60_000 + _drawn(phone, meeting, loan) % 340_000
        paid = {8: due // 2_000 * 1_000, 9: 0}.get(member % 10, due)
        lines.append((loan, paid, due))
    savings = [(member, 50_000)] if member % 3 == 0 or member % 10 == 9 else []  # noqa: PLR2004 (the last of ten)
    day = DAY + 30 * meeting
    return {
        "receipt": number,
        "member": member,
        "value_date": day,
        "due_to": day + 7,
        "lines": lines,
        "savings": savings,
    }


def _drawn(*place: int) -> int:
    return int.from_bytes(sha256(repr(place).encode()).digest()[:6], "big")
