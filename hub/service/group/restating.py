"""What of the lost part of a branch log is said again in its newest epoch (L15).

1. revocations come first of all, each behind the admission of its writer where that is lost too; then the
   other admissions, so that what their keys signed can be judged
2. everything else follows in its old order; acceptances do not, because phones send those seals again, nor
   what was about an epoch alone: its opening and its keys. What a lost `Restated` names counts through that.
   Only the entry up to which a received seal of a phone had read is always named, an acceptance as soon as
   its seal is received again: every reader then holds the line that this seal was written on
3. what opens a thing keeps the thing's ordinal where the log has it: a member, an account or a loan is the
   same when the bank's number is, a phone when its key is; otherwise it gets the next ordinal
4. a run that ends with other dues than its last book names ends with a book of its own (L12)

A plan names only what no `Restated` names yet, so that it can be made again after any crash.
"""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from calc.book import START, Book
from calc.dues import book_digest
from hub.service.group.branch_seals import BranchSeal
from hub.service.group.state import GroupState
from protocol.entries import BranchEntry, Entry, Placed
from protocol.ids import Code, Hash, Ordinal, Position
from protocol.loan_facts import LoanBroughtForward, LoanOpened
from protocol.posting_facts import BookReady
from protocol.roster_facts import MemberListed, SavingsAccountListed
from protocol.trust_facts import (
    BranchEpochOpened,
    KeyStated,
    Received,
    Restated,
    WriterAdmitted,
    WriterRevoked,
)

LOST_SEALS_PER_RUN_MAX = 64

_OF_AN_EPOCH = BranchEpochOpened | KeyStated | Received


class Again(Struct, frozen=True):
    """What is to be said again: about keys, before any seal is received; and everything else, after it."""

    keys: tuple[Placed, ...]
    others: tuple[Placed, ...]

    @property
    def all(self) -> tuple[Placed, ...]:
        """Both, in order."""
        return (*self.keys, *self.others)


def unrestated(state: GroupState) -> Again:
    """Lost entries of older epochs that count for nothing yet, in the order in which they are said again."""
    epoch, lost = state.log.log.epoch, state.log.lost
    if not lost:
        return Again((), ())
    said = _named(state.log.entries)
    inner = _named(lost.values())
    read = _read_up_to(state)
    waiting = [
        _Lost(placed, meant)
        for place, placed in sorted(lost.items())
        if place[0].epoch < epoch and place not in said | inner
        if (meant := _meant(state, placed)) is not None
        and (not isinstance(meant, _OF_AN_EPOCH) or not read.isdisjoint(_line(state, placed)))
    ]
    keys = tuple(_keys(waiting))
    return Again(keys, tuple(one.placed for one in waiting if one.placed not in keys))


def restated(state: GroupState, entries: Iterable[Placed], decided_by: Code) -> list[list[BranchEntry]]:
    """Runs that say these entries again; a run names few lost seals, so that it fits a page with them."""
    numbering = _Numbering(state.book)
    runs: list[list[BranchEntry]] = []
    holders = {placed.hash: seal for seal in state.stored.lost for placed in seal.placed}
    named: set[bytes] = set()
    for placed in entries:
        holder: BranchSeal = holders[placed.hash]
        if not runs or len(named | {holder.raw}) > LOST_SEALS_PER_RUN_MAX:
            runs.append([])
            named = set()
        named.add(holder.raw)
        meant = _meant(state, placed)
        ordinal = None if meant is None else numbering.ordinal(meant)
        runs[-1].append(Restated(placed.position, placed.hash, ordinal, decided_by))
    return runs


def closing_book(state: GroupState, runs: Sequence[Sequence[BranchEntry]]) -> list[BranchEntry]:
    """The book that ends what was said again since the last one, and these runs; empty when that still holds.

    It is of the day of the last book that is said again: of that alone the place counts.
    """
    last, lost = state.book.ready, state.log.lost
    since = START if last is None else last.position
    said = [placed.entry for placed in state.log.entries if placed.position > since]
    said += [entry for run in runs for entry in run]
    again = [lost.get((one.entry, one.hash)) for one in said if isinstance(one, Restated)]
    days = [one.entry.day for one in again if one is not None and isinstance(one.entry, BookReady)]
    if not again or (last is None and not days):
        return []
    after = state.book.copy()
    for entry in (entry for run in runs for entry in run):
        after.apply(Position(after.position.epoch, after.position.seq + 1), entry)
    day = days[-1] if days or last is None else last.day
    digest = book_digest(after, day)
    return [] if last is not None and (last.day, last.digest) == (day, digest) else [BookReady(day, digest)]


def _named(entries: Iterable[Placed]) -> frozenset[tuple[Position, Hash]]:
    """Places and chain hashes that `Restated` among these name."""
    said = (placed.entry for placed in entries)
    return frozenset((entry.entry, entry.hash) for entry in said if isinstance(entry, Restated))


def _read_up_to(state: GroupState) -> frozenset[tuple[Position, Hash]]:
    """Lost entries up to which received phone seals had read, but acceptances that count nowhere yet."""
    received = {(one.epoch, one.first_seq, one.count, one.head) for _, one in state.book.received}
    found = set()
    for seal in state.phone_seals:
        known = seal.known
        if seal.received is None or known is None:
            continue
        place = Position(known.epoch, known.seq), known.head
        if (placed := state.log.lost.get(place)) is None:
            continue
        one = _meant(state, placed)
        if not isinstance(one, Received) or (one.epoch, one.first_seq, one.count, one.head) in received:
            found.add(place)
    return frozenset(found)


def _line(state: GroupState, placed: Placed) -> Iterator[tuple[Position, Hash]]:
    """The place of a lost entry, and where it is a `Restated`, the places that it leads to."""
    named: Placed | None = placed
    while named is not None:
        yield named.position, named.hash
        entry = named.entry
        named = state.log.lost.get((entry.entry, entry.hash)) if isinstance(entry, Restated) else None


def _meant(state: GroupState, placed: Placed) -> Entry | None:
    """What a lost entry says, through any `Restated`; None when that was not given back."""
    entry = placed.entry
    while isinstance(entry, Restated):
        inner = state.log.lost.get((entry.entry, entry.hash))
        if inner is None:
            return None
        entry = inner.entry
    return entry


class _Lost(Struct, frozen=True):
    placed: Placed
    meant: Entry


def _keys(lost: Sequence[_Lost]) -> Iterator[Placed]:
    """Revocations, each behind the lost admissions of its writer; then the other admissions."""
    given: set[bytes] = set()
    for one in lost:
        if isinstance(revoked := one.meant, WriterRevoked):
            for other in lost:
                is_its = isinstance(other.meant, WriterAdmitted) and other.meant.ordinal == revoked.writer
                if is_its and other.placed.position < one.placed.position:
                    if other.placed.hash not in given:
                        yield other.placed
                    given.add(other.placed.hash)
            yield one.placed
    for one in lost:
        if isinstance(one.meant, WriterAdmitted) and one.placed.hash not in given:
            yield one.placed


class _Numbering:
    """Ordinals of things by what the bank calls them; a new one gets the next."""

    def __init__(self, book: Book) -> None:
        self._known: dict[str, dict[str, Ordinal]] = {
            "member": {one.listed.number: ordinal for ordinal, one in book.members.items()},
            "loan": {one.number: ordinal for ordinal, one in book.loans.items()},
            "account": {one.number: ordinal for ordinal, one in book.accounts.items()},
            "writer": {writer.hex(): ordinal for writer, ordinal in book.writer_ordinals.items()},
        }

    def ordinal(self, entry: Entry) -> Ordinal | None:
        """The ordinal of what an entry opens; None when it opens nothing."""
        match entry:
            case MemberListed():
                return self._of("member", entry.number)
            case LoanOpened() | LoanBroughtForward():
                return self._of("loan", entry.number)
            case SavingsAccountListed():
                return self._of("account", entry.number)
            case WriterAdmitted():
                return self._of("writer", entry.writer.hex())
        return None

    def _of(self, kind: str, name: str) -> Ordinal:
        known = self._known[kind]
        return known.setdefault(name, max(known.values(), default=0) + 1)
