"""What two people decided about a transaction day once its money was taken in (B17, B18)."""

from calc.differences import mirrored
from calc.reconcile import reconcile
from calc.states import Facts
from hub.service.day import wording as day_wording
from hub.service.day.entries import booked, kind_of, totals_of
from hub.service.day.shown import CorrectionShown, Totals
from hub.service.group.known import known_facts
from hub.service.group.names import Names
from hub.service.group.place import Place
from hub.service.group.state import GroupState
from protocol.day import Day
from protocol.ids import EntryRef, Position
from protocol.phone_facts import Collected, TransferRequested
from protocol.posting_facts import DifferenceResolved, Held, Posted, ReceiptRekeyed, Reversed


def corrections_of_day(state: GroupState, names: Names, day: Day) -> tuple[CorrectionShown, ...]:
    """Corrections of what a day booked, held or counted, in log order; as the branch log has them now."""
    desk = _Desk(state, names)
    found = []
    postings = state.book.postings
    said = dict(state.book.log)
    for position, entry in state.book.log:
        if isinstance(entry, DifferenceResolved) and position in postings.resolved and entry.day == day:
            found.append(desk.resolved(position, entry))
        if isinstance(entry, Reversed) and postings.reversed.get(entry.posted) == position:
            target = said[entry.posted]
            if isinstance(target, Posted | Held | ReceiptRekeyed) and target.day == day:
                found.append(desk.reversed(position, entry, target))
    return tuple(found)


class _Desk:
    """What naming an entry needs to know."""

    def __init__(self, state: GroupState, names: Names) -> None:
        self.state = state
        self.names = names
        self.facts: Facts = known_facts(state)

    def resolved(self, position: Position, entry: DifferenceResolved) -> CorrectionShown:
        """A release, or a part of a difference that was cleared."""
        about = "" if entry.entry is None else self.name(entry.entry)
        return CorrectionShown(
            position=Place(position.epoch, position.seq),
            kind=entry.kind,
            amount_dong=entry.amount,
            totals=None,
            sentence=day_wording.resolved(entry.kind, entry.resolution, entry.amount, about),
            has_statement=entry.statement is not None,
            decided_by=entry.decided_by,
            confirmed_by=entry.confirmed_by,
        )

    def reversed(
        self, position: Position, entry: Reversed, target: Posted | Held | ReceiptRekeyed
    ) -> CorrectionShown:
        """What was booked or held, mirrored."""
        if isinstance(target, ReceiptRekeyed):
            about = f"biên lai giấy số {target.receipt_no}"
        else:
            about = self.name(target.entry)
        amount = -booked(target)
        return CorrectionShown(
            position=Place(position.epoch, position.seq),
            kind="reversed",
            amount_dong=amount,
            totals=self.mirrored(target.entry) if isinstance(target, Posted) else None,
            sentence=day_wording.reversed_because(entry.cause, about, amount),
            has_statement=entry.statement is not None,
            decided_by=entry.decided_by,
            confirmed_by=entry.confirmed_by,
        )

    def mirrored(self, ref: EntryRef) -> Totals | None:
        """The interest that the posting explained, with the other sign (B16)."""
        found = reconcile(self.state.book, self.facts, ref)
        return totals_of(mirrored(found)) if found is not None and found.lines else None

    def name(self, ref: EntryRef) -> str:
        """How an entry is called in a sentence."""
        fact, writer = self.facts.by_ref.get(ref), self.state.book.writers.get(ref.writer)
        entry = None if fact is None else fact.entry
        role = "" if writer is None else writer.latest.role
        if isinstance(entry, Collected):
            return day_wording.entry_name("receipt", entry.receipt_no, role)
        kind = kind_of(entry) if isinstance(entry, TransferRequested) else "other"
        return day_wording.entry_name(kind, None, role)
