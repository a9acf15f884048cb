"""Keys at the table what a household did at the bank's counter, before the core system tells it (B21).

The fact counts at once and is provisional: it has no reference until an extract confirms it, or until an
import brings the same transaction, which is then matched and is no second one.
"""

from typing import Literal, get_args

from msgspec import Struct
from msgspec.structs import replace

from calc.core_refs import Told
from calc.core_slots import slots_of
from calc.words import day as written
from hub.errors import CoreError
from hub.service.group.closing import day_under_way, end_run
from hub.service.group.derived import publish
from hub.service.group.groups import Groups
from hub.service.group.state import GroupState
from protocol.day import DAY_MAX, Day, day_of
from protocol.entries import BranchEntry
from protocol.loan_facts import InterestReceived, PrincipalRepaid
from protocol.money import Dong
from protocol.roster_facts import SavingsMoved

Keyable = InterestReceived | PrincipalRepaid | SavingsMoved

Kind = Literal["interest_received", "principal_repaid", "deposit", "withdrawal"]
KINDS: tuple[str, ...] = get_args(Kind)


class Keyed(Struct, frozen=True):
    """What somebody keys: one transaction on one loan or account, by its number.

    ``again`` says that it is a second one which is the same in every word.
    """

    number: str
    kind: Kind
    day: Day
    amount: Dong
    decided_by: str
    again: bool = False


def key_fact(groups: Groups, group: str, keyed: Keyed) -> GroupState:
    """Append a provisional fact and the book that follows from it; returns the state after it.

    Raises:
        UnknownGroupError, CoreError: nothing was appended.
    """
    today = day_of(groups.clock())
    if keyed.day > today:
        raise CoreError("keyed_future", day=written(keyed.day), today=written(today))
    state = groups.append(group, lambda state: [_run(state, keyed, today)])
    publish(groups.store, state)
    return state


def _run(state: GroupState, keyed: Keyed, today: Day) -> list[BranchEntry]:
    """The fact and the end of its run, as far as the group's book can hold it."""
    fact = _fact(state, keyed)
    known = (slot.fact for slot in slots_of(state.book, ()) if slot.fact is not None)
    if not keyed.again and any(_is_same(one, fact) for one in known):
        raise CoreError("keyed_before", group=state.group)
    assert state.book.group is not None, "a group with loans or accounts is listed"
    day = day_under_way(state.book, state.book.group.day_of_month, today)
    ending = end_run(state.book, [fact], day, keyed.decided_by)
    if ending.faults or ending.loans:
        raise CoreError("keyed_impossible", group=state.group)
    return [fact, *ending.entries]


def _fact(state: GroupState, keyed: Keyed) -> Keyable:
    """The fact about the loan or account of this number; one from before its history has no effect."""
    book = state.book
    loan = next((one for one in book.loans.values() if one.number == keyed.number), None)
    account = next((one for one in book.accounts.values() if one.number == keyed.number), None)
    if loan is None and account is None:
        raise CoreError("unknown_number", group=state.group, number=keyed.number)
    start = loan.start if loan is not None else account.listed.as_of if account is not None else DAY_MAX
    if keyed.day < start:
        raise CoreError("keyed_impossible", group=state.group)
    match keyed.kind:
        case "interest_received" | "principal_repaid":
            if loan is None:
                raise CoreError("not_of_an_account")
            kind = InterestReceived if keyed.kind == "interest_received" else PrincipalRepaid
            return kind(loan.ordinal, keyed.day, keyed.amount, None, keyed.decided_by)
        case "deposit" | "withdrawal":
            if account is None:
                raise CoreError("not_of_a_loan")
            if keyed.kind == "withdrawal" and keyed.amount > account.available(book.view(), keyed.day):
                raise CoreError("keyed_overdrawn", number=keyed.number)
            return SavingsMoved(account.ordinal, keyed.kind, keyed.day, keyed.amount, None, keyed.decided_by)


def _is_same(known: Told, fact: Keyable) -> bool:
    return replace(known, core_ref=fact.core_ref, decided_by=fact.decided_by) == fact
