"""``ForkResolved``: two people say which side of a phone's log goes on (L16).

1. the side must be there: its hash, at its place, on a history that reaches back to the start
2. the side must be one: where it parts again itself, the deeper place is to be chosen
3. what was posted stays posted, on either side; a choice that stands is not made twice, nor the other way
4. where a count of cash named a round of the side that is now set aside, that is told (fault class 48)
"""

from collections.abc import Iterator

from msgspec import Struct

from calc.book import Book
from calc.settlement import plan_day
from calc.states import Facts, Phase, states
from hub.errors import CorrectionError
from hub.service.corrections.decided import Corrected, Moment, Signed
from hub.service.forks.listed import parting
from hub.service.group.known import known_facts
from hub.service.group.state import GroupState
from protocol.day import Day
from protocol.ids import EntryRef
from protocol.money import Dong
from protocol.phone_log import PhoneLog
from protocol.trust_facts import ForkResolved


class ForkChoice(Struct, frozen=True):
    """Let one side go on; ``start`` begins the hash at ``seq`` in hexadecimal, so far that it is one."""

    writer: int
    epoch: int
    seq: int
    start: str

    def __call__(self, moment: Moment, signed: Signed) -> ForkResolved | None:
        """The choice; None when it was made before."""
        state = moment.state
        log = state.phones.get((self.writer, self.epoch))
        if log is None:
            raise CorrectionError("no_such_log", group=state.group, writer=self.writer, epoch=self.epoch)
        if log.forked_at is None:
            raise CorrectionError("no_fork", group=state.group, writer=self.writer, epoch=self.epoch)
        ref = EntryRef(self.writer, self.epoch, self.seq, self._hash(log))
        if _stands(state, ref):
            return None
        _check_one(log, ref)
        return ForkResolved(
            writer=ref.writer,
            epoch=ref.epoch,
            seq=ref.seq,
            hash=ref.hash,
            statement=signed.statement,
            decided_by=signed.decided_by,
            confirmed_by=signed.confirmed_by,
        )

    def _hash(self, log: PhoneLog) -> bytes:
        """The hash that was meant, of an entry that is really there."""
        found = [
            one.hash for one in log.known if one.seq == self.seq and one.hash.hex().startswith(self.start)
        ]
        if len(found) == 1:
            return found[0]
        raise CorrectionError("ambiguous_side" if found else "no_such_side", seq=self.seq, hash=self.start)


class CountTold(Struct, frozen=True):
    """A count of cash that a choice contradicts: đồng expected by it now, and counted.

    ``round_aside`` says that the count named a closed round that is now set aside.
    """

    day: Day
    is_settled: bool
    round_aside: bool
    expected_dong: Dong
    counted_dong: Dong


def contradicted_counts(done: Corrected) -> tuple[CountTold, ...]:
    """Counts that do not agree with the sides as they are chosen now."""
    book = done.state.book.copy()
    for entry in done.entries:
        if isinstance(entry, ForkResolved) and not _holds_choice(book, entry):
            book.trust.forks_resolved.append((book.position, entry))
    return tuple(_counts(book, known_facts(done.state)))


def _counts(book: Book, facts: Facts) -> Iterator[CountTold]:
    known = states(book, facts)
    for day in book.days.values():
        if day.counted is None:
            continue
        aside = any(ref in known and known[ref].phase is Phase.SET_ASIDE for ref in day.counted.rounds)
        settled = day.settled
        expected = plan_day(book, facts, day.day).expected if settled is None else settled.expected
        if aside or (settled is None and expected != day.counted.counted):
            yield CountTold(day.day, settled is not None, aside, expected, day.counted.counted)


def _holds_choice(book: Book, choice: ForkResolved) -> bool:
    return any(known == choice for _, known in book.trust.forks_resolved)


def _stands(state: GroupState, ref: EntryRef) -> bool:
    """Say whether this very choice was made; raises CorrectionError when another one excludes it."""
    facts = known_facts(state)
    for _, choice in state.book.trust.forks_resolved:
        chosen = EntryRef(choice.writer, choice.epoch, choice.seq, choice.hash)
        if (chosen.writer, chosen.epoch) != (ref.writer, ref.epoch):
            continue
        if chosen == ref:
            return True
        if ref not in facts.side(chosen):
            raise CorrectionError("other_side_chosen", seq=choice.seq, hash=choice.hash.hex()[:16])
    return False


def _check_one(log: PhoneLog, ref: EntryRef) -> None:
    """Refuse a side on which histories part again."""
    on_side = {ref.hash}
    for signed in sorted(log.known, key=lambda one: one.seq):
        if signed.previous in on_side:
            on_side.add(signed.hash)
    for seq, parted in sorted(parting(log).items()):
        if any(start.previous in on_side for starts in parted for start in starts):
            raise CorrectionError("parts_again", seq=seq)
