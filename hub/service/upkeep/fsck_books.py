"""Whether what a group's log says about money follows from what stands before it.

1. every acceptance has its seal, and every posting an entry that was received before it, with its amounts
2. every ``BookReady`` names the dues as computed again at its place (L12)
3. every ``DaySettled`` names the cash as computed again before it: what was posted and held, of the writers
   whose rounds were counted (B17, B18)
4. no branch-wide decision is missing (L12), and no phone holds another branch log than this one (L15)
5. where nothing is wrong so far, every entry of the journal adds up to 0, and every control account to its
   details (B19, B20)

What was restated was decided where phone entries stood before it; they may come back after it, or with a
phone that never does (L15). That is told, and no fault.
"""

from collections.abc import Iterator

from calc.book import Book
from calc.cash import in_transit
from calc.controls import checks
from calc.dues import book_digest
from calc.journal import journal
from calc.states import Facts
from hub.service.group.known import known_facts, stored_facts
from hub.service.group.phones import place_of
from hub.service.group.state import GroupState
from hub.service.upkeep.fsck_documents import Fault
from protocol.entries import PhoneFact, Placed
from protocol.ids import Position
from protocol.phone_facts import Collected, TransferRequested
from protocol.posting_facts import BookReady, DaySettled, Held, Posted
from protocol.trust_facts import Received, Restated

_LATER = ("entry_missing", "not_received", "expected")
"""What is no fault of an entry that was restated."""


def check_books(state: GroupState) -> list[Fault]:
    """Every fault in one group, in log order."""
    faults = [*_contradicted(state)]
    facts = stored_facts(state)
    sealed = {seal.place for seal in state.phone_seals}
    book = Book(state.log.lost)
    for placed, (_, entry) in zip(state.log.entries, state.book.log, strict=True):
        codes: list[str] = []
        if isinstance(entry, Received) and place_of(entry) not in sealed:
            codes.append("seal_missing")
        elif isinstance(entry, Posted | Held):
            codes += _posting(placed.position, entry, facts.by_ref.get(entry.entry))
        elif isinstance(entry, DaySettled):
            codes += _settled(book, known_facts(state, placed.position), entry)
        if isinstance(placed.entry, Restated):
            codes = [code for code in codes if code not in _LATER]
        book.apply(placed.position, placed.entry)
        if isinstance(entry, BookReady) and entry.digest != book_digest(book, entry.day):
            codes.append("book_digest")
        faults += (Fault(place(state, placed), code) for code in codes)
    if not book.is_complete:
        faults.append(Fault(state.group, "decision_missing"))
    return faults or [*_accounts(state, book)]


def place(state: GroupState, placed: Placed) -> str:
    """How a place in a group's log is named to a person."""
    return f"{state.group} {placed.position.epoch}.{placed.position.seq}"


def _contradicted(state: GroupState) -> Iterator[Fault]:
    """What phones say against the log; a phone that was revoked has no word in that (L15)."""
    revoked = {writer: one.admitted.ordinal for writer, one in state.writers.items() if one.revoked}
    for seal in state.phone_seals:
        known = seal.known
        if known is not None and seal.writer not in revoked.values() and state.contradicts(known):
            log, first = seal.header.log, seal.header.first_seq
            yield Fault(f"{state.group} {log.writer.hex()} {log.epoch}.{first}", "log_contradicted")
    for writer, tip in state.claims:
        if writer not in revoked and state.contradicts(tip):
            yield Fault(f"{state.group} {writer.hex()}", "log_contradicted")


def _accounts(state: GroupState, book: Book) -> Iterator[Fault]:
    facts = known_facts(state)
    entries = journal(book, facts)
    for entry in entries:
        if sum(line.amount for line in entry.lines):
            yield Fault(f"{state.group} {entry.position.epoch}.{entry.position.seq}", "journal")
    for check in checks(book, facts, entries):
        if not check.holds:
            yield Fault(f"{state.group} {check.account} {check.detail or ''}".rstrip(), "control")


def _posting(position: Position, entry: Posted | Held, fact: PhoneFact | None) -> Iterator[str]:
    if fact is None:
        yield "entry_missing"
    elif fact.received is None or fact.received > position:
        yield "not_received"
    elif not _same_amounts(entry, fact):
        yield "amounts"


def _same_amounts(entry: Posted | Held, fact: PhoneFact) -> bool:
    source = fact.entry
    if isinstance(source, Collected):
        interest = sorted((line.loan, line.interest) for line in source.lines if line.interest)
        savings = sorted((line.account, line.amount) for line in source.savings)
        return interest == sorted(_interest(entry)) and savings == sorted(_savings(entry))
    if isinstance(entry, Held):
        return not entry.interest and not entry.savings
    paid = sum(amount for _, amount in _interest(entry))
    paid += sum(line.in_term + line.overdue for line in entry.principal)
    moved = sum(change for _, change in _savings(entry))
    most = source.amount if isinstance(source, TransferRequested) else 0
    return paid == -moved and 0 <= paid <= most


def _interest(entry: Posted | Held) -> list[tuple[int, int]]:
    if isinstance(entry, Held):
        return [(line.loan, line.interest) for line in entry.interest]
    return [(line.loan, line.total) for line in entry.interest]


def _savings(entry: Posted | Held) -> list[tuple[int, int]]:
    if isinstance(entry, Held):
        return [(line.account, line.amount) for line in entry.savings]
    return [(line.account, line.change) for line in entry.savings]


def _settled(book: Book, facts: Facts, settled: DaySettled) -> Iterator[str]:
    day = book.days.get(settled.day)
    counted = day.counted if day is not None else None
    transit = in_transit(book, facts, staged=True)
    covered = set() if counted is None else {closed.writer for closed in counted.rounds}
    if settled.expected != sum(transit.get(writer, 0) for writer in covered):
        yield "expected"
    if settled.counted != (counted.counted if counted is not None else 0):
        yield "counted"
    if settled.difference != settled.counted - settled.expected:
        yield "difference"
