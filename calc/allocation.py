"""Which interest a sum of money pays: between a household's loans, and inside one loan (B7, B10, B11).

Policy ``overdue_arrears_current`` [A]: overdue interest, then the oldest arrears, then current interest.
Between loans the phone decides and prints it, so that it binds; inside a loan the hub decides when it posts.
What no interest takes is prepaid: never principal, never interest that is still in grace.
"""

from collections.abc import Sequence

from calc.arrears import layers_of
from calc.dues import LoanDue
from protocol.ids import Ordinal
from protocol.money import Dong
from protocol.posting_facts import PostedInterest


def allocate(due: LoanDue, amount: Dong) -> PostedInterest:
    """Share an amount out inside one loan; the parts add up to it, the rest is unallocated: prepaid."""
    unpaid = due.open
    overdue = min(amount, unpaid.overdue)
    in_term = min(amount - overdue, unpaid.in_term)
    grace = min(amount - overdue - in_term, unpaid.grace if due.grace_joined else 0)
    return PostedInterest(due.loan, in_term, overdue, grace, amount - overdue - in_term - grace)


def split(
    household: Sequence[LoanDue], amount: Dong, prepaid_on: Ordinal | None = None
) -> dict[Ordinal, Dong]:
    """Share an amount out between the loans of one household; every loan is named, also with 0 (B5, B7).

    Overdue interest of any loan comes first, then the oldest arrears, then current; ties by loan order.

    Args:
        household: dues of the household's open loans; at least one.
        amount: what the household pays in interest, in đồng.
        prepaid_on: loan that takes what is left over; by default the first.

    Raises:
        ValueError: there is no loan, or none with the number ``prepaid_on``.
    """
    shares = {due.loan: 0 for due in sorted(household, key=lambda due: due.loan)}
    named = next(iter(shares), None) if prepaid_on is None else prepaid_on
    if named is None or named not in shares:
        raise ValueError("interest needs an open loan of the household")
    left = amount
    for layer in sorted(layer for due in household for layer in layers_of(due)):
        part = min(left, layer.amount)
        shares[layer.loan] += part
        left -= part
    shares[named] += left
    return shares


def rounded_up(amount: Dong, unit: Dong) -> Dong:
    """The least whole multiple of ``unit`` that covers an amount: what *thu đủ* offers beside it (B18)."""
    return -(-amount // unit) * unit
