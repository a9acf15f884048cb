"""What reconciliation finds about one receipt or transfer, as values (B9, B16). All amounts are đồng.

Interest has an identity between three dues; a deposit is booked as it was written; a transfer is executed as
far as the balances go, and the rest of it is short. Every đồng of difference has one owner.
"""

from typing import Literal

from msgspec import Struct, structs

from protocol.ids import EntryRef, Ordinal, Position
from protocol.money import Dong

Outcome = Literal["matched", "short", "over"]


class Cause(Struct, frozen=True):
    """How much one entry of the branch log changed a due since the phone computed it."""

    position: Position
    code: str
    amount: Dong


class LineDifference(Struct, frozen=True):
    """One loan of a receipt: amount and signed dues, and what explains them.

    ``fault`` is the reason why the due could not be computed in full, None as a rule.
    """

    loan: Ordinal
    amount: Dong
    shown: Dong
    due_at_position: Dong
    due_now: Dong
    asked_now: Dong
    causes: tuple[Cause, ...]
    fault: str | None

    @property
    def paid(self) -> Dong:
        """Δ_paid: what the household paid differently."""
        return self.amount - self.shown

    @property
    def edge(self) -> Dong:
        """Δ_edge: what the phone computed differently; anything but 0 is a defect."""
        return self.due_at_position - self.shown

    @property
    def book(self) -> Dong:
        """Δ_book: what the branch learnt since; the sum of the causes."""
        return self.due_now - self.due_at_position


class DepositDifference(Struct, frozen=True):
    """One account of a receipt: what was written, and what of it is booked or held in suspense."""

    account: Ordinal
    amount: Dong
    booked: Dong
    held: Dong

    @property
    def difference(self) -> Dong:
        """What is neither booked nor held; anything but 0 is a defect of the branch."""
        return self.amount - self.booked - self.held


class TransferDifference(Struct, frozen=True):
    """A transfer out of savings: asked for, executed, and the balances that it could use (B9).

    ``available`` is what the savings account allowed just before; ``owed`` the principal that could be
    repaid, None for a transfer to interest, which may be more than is due.
    """

    account: Ordinal
    loan: Ordinal
    asked: Dong
    executed: Dong
    available: Dong
    owed: Dong | None

    @property
    def short(self) -> Dong:
        """What was asked for and not moved."""
        return self.asked - self.executed

    @property
    def limited_by(self) -> Literal["savings", "principal"] | None:
        """The balance that did not reach; None when everything was moved."""
        if not self.short:
            return None
        return "savings" if self.owed is None or self.available <= self.owed else "principal"


class Reconciliation(Struct, frozen=True):
    """One receipt or transfer; a visit is the sum of its lines."""

    ref: EntryRef
    knows: Position
    now: Position
    flags: tuple[str, ...]
    lines: tuple[LineDifference, ...] = ()
    deposits: tuple[DepositDifference, ...] = ()
    transfer: TransferDifference | None = None

    @property
    def amount(self) -> Dong:
        """Interest paid."""
        return sum(line.amount for line in self.lines)

    @property
    def due_now(self) -> Dong:
        """Signed due just before the posting."""
        return sum(line.due_now for line in self.lines)

    @property
    def asked_now(self) -> Dong:
        """Interest that the household would be asked for just before the posting."""
        return sum(line.asked_now for line in self.lines)

    @property
    def paid(self) -> Dong:
        """Δ_paid of the visit."""
        return sum(line.paid for line in self.lines)

    @property
    def edge(self) -> Dong:
        """Δ_edge of the visit."""
        return sum(line.edge for line in self.lines)

    @property
    def book(self) -> Dong:
        """Δ_book of the visit."""
        return sum(line.book for line in self.lines)

    @property
    def outcome(self) -> Outcome:
        """Interest against what would be asked for now; a transfer to principal against what was asked for.

        A receipt of savings alone, from a household without an open loan, is matched.
        """
        beyond = self.amount - self.asked_now
        if not self.lines and self.transfer is not None:
            beyond = -self.transfer.short
        if not beyond:
            return "matched"
        return "short" if beyond < 0 else "over"


def mirrored(found: Reconciliation) -> Reconciliation:
    """What a `Reversed` takes back: every amount with the other sign, so that both together are 0."""
    return structs.replace(
        found,
        lines=tuple(_mirrored_line(line) for line in found.lines),
        deposits=tuple(
            DepositDifference(one.account, -one.amount, -one.booked, -one.held) for one in found.deposits
        ),
        transfer=None if found.transfer is None else _mirrored_transfer(found.transfer),
    )


def _mirrored_line(line: LineDifference) -> LineDifference:
    return LineDifference(
        loan=line.loan,
        amount=-line.amount,
        shown=-line.shown,
        due_at_position=-line.due_at_position,
        due_now=-line.due_now,
        asked_now=-line.asked_now,
        causes=tuple(Cause(cause.position, cause.code, -cause.amount) for cause in line.causes),
        fault=line.fault,
    )


def _mirrored_transfer(transfer: TransferDifference) -> TransferDifference:
    return structs.replace(transfer, asked=-transfer.asked, executed=-transfer.executed)
