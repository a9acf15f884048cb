"""Receipts that may be one payment written twice (B17). A flag only: a household may really have paid twice.

What the branch posted comes first, then what it holds, then what waits, each in the merged order: an entry
that lay behind a gap (L10) may stand there before one that was posted long ago. A receipt is a possible
duplicate of an earlier one when

1. another phone wrote the same lines for the same member and transaction day, or
2. the same phone wrote the same interest for the same loan and the same month.
"""

from calc.book import Book
from calc.states import Facts, FactState, Phase, cash_of
from protocol.day import to_date
from protocol.entries import PhoneFact
from protocol.ids import EntryRef, Ordinal
from protocol.phone_facts import Collected

_STANDING = (Phase.PENDING, Phase.POSTED, Phase.HELD)
_DECIDED = {Phase.POSTED: 0, Phase.REVERSED: 0, Phase.HELD: 1}
Trait = tuple[object, ...]


def duplicates(book: Book, facts: Facts, known: dict[EntryRef, FactState]) -> dict[EntryRef, EntryRef]:
    """The first receipt that each possible duplicate repeats; released ones are settled and stay out."""
    by_trait: dict[Trait, list[tuple[int, Ordinal, EntryRef]]] = {}
    found: dict[EntryRef, EntryRef] = {}
    for place, (entry, fact) in enumerate(receipts(facts, known)):
        ref = fact.ref
        if known[ref].phase not in _STANDING or not cash_of(fact):
            continue
        across, within = _across(entry), _within(ref.writer, entry)
        earlier = [one for one in by_trait.get(across, ()) if one[1] != ref.writer]
        earlier += [one for trait in within for one in by_trait.get(trait, ())]
        if earlier and ref not in book.postings.released:
            found[ref] = min(earlier)[2]
        for trait in (across, *within):
            by_trait.setdefault(trait, []).append((place, ref.writer, ref))
    return found


def receipts(facts: Facts, known: dict[EntryRef, FactState]) -> list[tuple[Collected, PhoneFact]]:
    """Receipts that are not set aside, in the order in which one is the first of two (B17, L13)."""
    found = [
        (fact.entry, fact)
        for fact in facts.all
        if isinstance(fact.entry, Collected) and known[fact.ref].phase is not Phase.SET_ASIDE
    ]
    return sorted(found, key=lambda one: _DECIDED.get(known[one[1].ref].phase, len(_DECIDED)))


def _across(entry: Collected) -> Trait:
    interest = sorted((line.loan, line.interest) for line in entry.lines if line.interest)
    savings = sorted((line.account, line.amount) for line in entry.savings)
    return ("across", entry.member, entry.due_to, tuple(interest), tuple(savings))


def _within(writer: Ordinal, entry: Collected) -> list[Trait]:
    month = to_date(entry.due_to)
    return [
        ("within", writer, line.loan, month.year, month.month, line.interest)
        for line in entry.lines
        if line.interest
    ]
