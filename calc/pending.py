"""Phone entries that the branch has not posted yet, and the preview of dues that counts them (B1, B16).

`P` of a receipt is what its phone counted on top of the book: its own entries before it and those of other
logs that it had read, as far as they were unposted and not taken back. Hub and phone find it by this one
module, so that a due which a phone showed can be computed again to the đồng.
"""

from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from calc.book import Book
from calc.days import View
from calc.dues import LoanDue, due_in, open_loans
from calc.states import Facts, barred, decided, excluded, is_in_time, void_of
from protocol.day import Day
from protocol.entries import PhoneFact
from protocol.ids import EntryRef, Ordinal
from protocol.money import Dong
from protocol.phone_facts import Collected, Knows, LogTip, TransferRequested

Scope = Callable[[EntryRef], bool]
"""Which phone entries somebody knew."""


class Waiting(Struct, frozen=True):
    """Interest of one loan that a phone entry brings once it is posted."""

    fact: PhoneFact
    loan: Ordinal
    amount: Dong


def preview(book: Book, day: Day, facts: Facts, scope: Scope | None = None) -> tuple[LoanDue, ...]:
    """Dues that a phone shows: those of the last `BookReady`, less what waits; none without one (L12)."""
    if book.ready is None:
        return ()
    view = book.view(book.ready.position)
    waiting = waiting_at(book, facts, view, scope)
    return tuple(
        due_in(book, loan, day, view, pending=_total(waiting, loan.ordinal))
        for loan in open_loans(book, day, view)
    )


def waiting_at(book: Book, facts: Facts, view: View, scope: Scope | None = None) -> tuple[Waiting, ...]:
    """`P` (B16): interest of the entries in scope that are unposted in a view, and not voided in scope."""
    known = [fact for fact in facts.all if scope is None or scope(fact.ref)]
    taken_back = {
        target
        for target, voids in facts.voids.items()
        if any(
            (scope is None or scope(void.ref))
            and excluded(book, facts, void, view.at) is None
            and is_in_time(book, void, target, view)
            for void in voids
        )
    }
    return tuple(
        line
        for fact in known
        for line in _lines(fact)
        if fact.ref not in taken_back
        and decided(book, fact.ref, view) is None
        and excluded(book, facts, fact, view.at) is None
    )


def still_waits(book: Book, facts: Facts, fact: PhoneFact, view: View) -> bool:
    """Say whether an entry of `P` is still pending once the log is read up to a view (B16).

    A phone knows nothing of a fork, so `P` counts both sides of one; the branch does not (L16).
    """
    if decided(book, fact.ref, view) is not None or barred(book, facts, fact, view.at) is not None:
        return False
    void = void_of(book, facts, fact.ref, view)
    return void is None or void.received is None or void.received > view.at


def scope_of(facts: Facts, ref: EntryRef, knows: Knows) -> Scope:
    """What a phone knew when it wrote an entry: its log before it, and other logs up to their tips (B5)."""
    before = LogTip(ref.writer, ref.epoch, ref.seq - 1, facts.by_ref[ref].previous)
    return scope_at(facts, (*knows.logs, before))


def scope_at(facts: Facts, tips: Iterable[LogTip]) -> Scope:
    """The entries on the chains that end in ``tips``, each on its own side of a fork (L1)."""
    ends = (EntryRef(tip.writer, tip.epoch, tip.seq, tip.head) for tip in tips)
    return frozenset(ref for end in ends for ref in facts.chain(end)).__contains__


def _lines(fact: PhoneFact) -> Iterator[Waiting]:
    entry = fact.entry
    if isinstance(entry, Collected):
        for line in entry.lines:
            yield Waiting(fact, line.loan, line.interest)
    elif isinstance(entry, TransferRequested) and entry.purpose == "interest":
        yield Waiting(fact, entry.loan, entry.amount)


def _total(waiting: tuple[Waiting, ...], loan: Ordinal) -> Dong:
    return sum(line.amount for line in waiting if line.loan == loan)
