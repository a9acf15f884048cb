"""Who is in the group, and how far the collection is (screen 2)."""

from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from calc.dues import LoanDue
from calc.roster import Member
from calc.states import Facts, FactState, Phase, cash_of, states
from edge import names
from edge.dues import DuesShown, dues_shown
from edge.errors import Fault, InputError
from edge.phone import Phone
from edge.typed import shown as safely
from protocol.day import Day, to_date
from protocol.entries import PhoneFact
from protocol.ids import EntryRef
from protocol.money import Dong
from protocol.phone_facts import Collected, Visited

Known = dict[EntryRef, FactState]
"""State of every phone entry."""

COUNTED = (Phase.PENDING, Phase.POSTED, Phase.HELD)
"""Phases in which a receipt's money is really there."""


class MemberRow(Struct, frozen=True):
    """One line of the list. ``state`` is not_yet, collected, promised, overdue or nothing_due."""

    member: int
    number: str
    name: str
    asked_dong: Dong
    collected_dong: Dong
    overdue_principal_dong: Dong
    state: str


class MemberList(Struct, frozen=True):
    """The group on its transaction day; ``agrees`` is False when the branch computed another book (L12)."""

    day: date
    days_left: int
    agrees: bool
    collected: int
    asked_dong: Dong
    members: tuple[MemberRow, ...]


def members(phone: Phone, wanted: str = "") -> MemberList:
    """Every member that is still in the group, by given name; ``wanted`` searches without marks."""
    shown = dues_shown(phone)
    book = phone.group.book
    facts = phone.facts()
    known = states(book, facts)
    rows = [
        _row(phone, ordinal, shown, facts, known)
        for ordinal, member in book.members.items()
        if member.moved is None
    ]
    rows.sort(key=lambda row: (names.order(row.name), row.member))
    return MemberList(
        day=to_date(shown.day),
        days_left=shown.day - phone.today,
        agrees=shown.agrees,
        collected=sum(row.state == "collected" for row in rows),
        asked_dong=sum(row.asked_dong for row in rows),
        members=tuple(row for row in rows if names.matches(f"{row.name} {row.number}", wanted)),
    )


def find_member(phone: Phone, typed: str) -> Member:
    """The member with this number of the bank, or with this ordinal; raises InputError."""
    found = phone.group.book.members
    wanted = typed.strip()
    by_number = [one for one in found.values() if one.listed.number == wanted]
    by_ordinal = [one for ordinal, one in found.items() if str(ordinal) == wanted]
    both = by_number + [one for one in by_ordinal if one not in by_number]
    if not both:
        raise InputError(Fault.NO_SUCH_MEMBER, typed=safely(typed))
    if len(both) > 1:
        raise InputError(Fault.SEVERAL_MEMBERS, typed=safely(typed))
    return both[0]


def name_of(phone: Phone, member: Member) -> str:
    """The member's name; his number when the name was erased or never came."""
    return phone.group.text(member.listed.name) or member.listed.number


def receipts_of(facts: Facts, known: Known, member: int, day: Day) -> list[PhoneFact]:
    """Receipts for a transaction day whose money is there, of every phone, in merged order."""
    return [
        fact
        for fact in facts.all
        if isinstance(fact.entry, Collected)
        and (fact.entry.member, fact.entry.due_to) == (member, day)
        and known[fact.ref].phase in COUNTED
    ]


def last_visit(facts: Facts, member: int) -> Visited | None:
    """What was said at the latest visit, by any phone; of one day the last in order."""
    visits = [
        fact.entry for fact in facts.all if isinstance(fact.entry, Visited) and fact.entry.member == member
    ]
    return max(reversed(visits), key=lambda visit: visit.value_date, default=None)


def collected_from(facts: Facts, known: Known, member: int, day: Day) -> Dong:
    """Cash that a member has paid for a transaction day, to any phone."""
    return sum(cash_of(fact) for fact in receipts_of(facts, known, member, day))


def _row(phone: Phone, ordinal: int, shown: DuesShown, facts: Facts, known: Known) -> MemberRow:
    member = phone.group.book.members[ordinal]
    dues = shown.of(ordinal)
    collected = collected_from(facts, known, ordinal, shown.day)
    return MemberRow(
        member=ordinal,
        number=member.listed.number,
        name=name_of(phone, member),
        asked_dong=sum(due.asked for due in dues),
        collected_dong=collected,
        overdue_principal_dong=sum(due.principal.overdue for due in dues),
        state=_state(dues, collected, last_visit(facts, ordinal)),
    )


def _state(dues: Sequence[LoanDue], collected: Dong, visit: Visited | None) -> str:
    if collected:
        return "collected"
    if not any(due.asked for due in dues):
        return "nothing_due"
    if visit is not None and visit.promised_on is not None:
        return "promised"
    return "overdue" if any(due.principal.overdue for due in dues) else "not_yet"
