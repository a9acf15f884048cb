"""What a roll-up counts: sums over whole groups, in integers, and no ratio, so that sums can be added up.

Every figure is one of the branch's own reports (``balances``, ``collection``, ``early-warning``) or of a
transaction day. A ratio is made where it is shown, from the sums.
"""

from collections.abc import Iterator
from typing import Self

from msgspec import Struct
from msgspec.structs import astuple

from calc.dues import due_in, open_loans, unknown_dues
from calc.group_month import month_facts
from hub.service.group.directory import Directory, commune_at
from hub.service.reports.lists import heard
from hub.service.reports.scope import Known
from protocol.money import Dong


class Summed(Struct, frozen=True, forbid_unknown_fields=True):
    """Figures of which each is added up by itself."""

    def __add__(self, other: Self) -> Self:
        """Both together."""
        return type(self)(*(one + more for one, more in zip(astuple(self), astuple(other), strict=True)))


class Totals(Summed, frozen=True):
    """Of a day: balances at its end, interest of the month up to it, transaction days and phones.

    ``households`` are members with a loan or an account. Interest is that of the settled transaction days of
    the month: received, currently due, and due from before. ``differences`` are settled days with a shortage
    or surplus that is open. ``loans_unknown`` are loans whose interest cannot be computed.
    """

    groups: int = 0
    households: int = 0
    loans: int = 0
    loans_unknown: int = 0
    principal_dong: Dong = 0
    overdue_dong: Dong = 0
    frozen_dong: Dong = 0
    savings_dong: Dong = 0
    received_dong: Dong = 0
    current_dong: Dong = 0
    arrears_dong: Dong = 0
    days_settled: int = 0
    days_unsettled: int = 0
    differences: int = 0
    shortage_dong: Dong = 0
    surplus_dong: Dong = 0
    phones: int = 0
    phones_silent: int = 0


class Lent(Summed, frozen=True):
    """Open loans of one programme and their principal at the end of a day."""

    loans: int = 0
    principal_dong: Dong = 0
    overdue_dong: Dong = 0
    frozen_dong: Dong = 0


class Share(Struct, frozen=True):
    """What one group adds to a roll-up, and where: its commune ("" where none is known), its organisation."""

    commune: tuple[str, str]
    organisation: str
    totals: Totals
    programmes: dict[str, Lent]


def share_of(known: Known, directory: Directory) -> Share:
    """The figures of one group on the day that is asked for."""
    listed = known.book.group_on(known.day, known.book.position) or known.book.group
    assert listed is not None, "a roll-up is of groups that are listed"
    commune = commune_at(directory, listed.area, known.day)
    return Share(
        commune=("", "") if commune is None else (commune.code, commune.name),
        organisation=listed.organisation,
        totals=_totals(known),
        programmes=_programmes(known),
    )


def _totals(known: Known) -> Totals:
    month = month_facts(known.book, known.day)
    days = [one for one in known.book.days.values() if one.day <= known.day]
    opened = [one.difference_open for one in days if one.difference_open]
    phones = [known.day - last >= known.wish.terms.watch.silent_days for _, last in heard(known)]
    return Totals(
        groups=1,
        households=month.end.members,
        loans=month.end.loans,
        loans_unknown=len(unknown_dues(known.book, known.day)),
        principal_dong=month.end.principal,
        overdue_dong=month.end.overdue,
        frozen_dong=month.end.frozen,
        savings_dong=month.end.savings,
        received_dong=month.collection.received,
        current_dong=month.collection.current,
        arrears_dong=month.collection.arrears,
        days_settled=month.days_settled,
        days_unsettled=sum(one.is_open for one in days),
        differences=len(opened),
        shortage_dong=-sum(one for one in opened if one < 0),
        surplus_dong=sum(one for one in opened if one > 0),
        phones=len(phones),
        phones_silent=sum(phones),
    )


def _programmes(known: Known) -> dict[str, Lent]:
    found: dict[str, Lent] = {}
    for programme, lent in _loans(known):
        found[programme] = found.get(programme, Lent()) + lent
    return found


def _loans(known: Known) -> Iterator[tuple[str, Lent]]:
    """Each open loan; principal that is written off is none, as in the balances."""
    for loan in open_loans(known.book, known.day, known.view):
        owed = due_in(known.book, loan, known.day, known.view).principal
        if owed.written_off:
            yield loan.programme, Lent(loans=1)
        else:
            principal = owed.in_term + owed.overdue + owed.frozen
            yield loan.programme, Lent(1, principal, owed.overdue, owed.frozen)
