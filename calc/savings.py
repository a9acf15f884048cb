"""One savings account: its balance and every movement, each at its place in the log (B9, B21, B23)."""

from msgspec import Struct

from calc.days import View
from calc.problems import Oddity
from protocol.day import Day
from protocol.ids import Ordinal, Position
from protocol.money import Dong
from protocol.roster_facts import SavingsAccountListed, SavingsMoved

_LOWERS = ("withdrawal", "transfer")


class Move(Struct, frozen=True):
    """A change of a balance in đồng from ``effective`` on; the rest as in `calc.loan.Effect`."""

    position: Position
    effective: Day
    change: Dong
    day: Day | None = None
    cancels: Position | None = None
    fact: SavingsMoved | None = None


class Account:
    """A listed savings account and its movements in log order; only `calc.book` changes it."""

    def __init__(self, position: Position, listed: SavingsAccountListed) -> None:
        """Open an account with the balance that the bank listed."""
        self.position = position
        self.listed = listed
        self.ordinal: Ordinal = listed.ordinal
        self.member: Ordinal = listed.member
        self.number = listed.number
        self.moves: list[Move] = []

    def copy(self) -> "Account":
        """An independent copy."""
        twin = Account(self.position, self.listed)
        twin.moves = list(self.moves)
        return twin

    def take(self, position: Position, moved: SavingsMoved) -> Oddity | None:
        """Let a movement that the core made count; one from before ``as_of`` is inside the balance (B22)."""
        if moved.effective < self.listed.as_of:
            return Oddity.BEFORE_HISTORY
        change = -moved.amount if moved.kind in _LOWERS else moved.amount
        self.moves.append(Move(position, moved.effective, change, fact=moved))
        return None

    def is_listed(self, view: View, day: Day) -> bool:
        """Say whether a view knows the account, and the balance it was listed with holds on a day."""
        return self.position <= view.at and self.listed.as_of <= day

    def standing(self, view: View) -> list[Move]:
        """Movements that count in a view, in log order."""
        found = [move for move in self.moves if view.counts(move.position, move.day)]
        cancelled = {move.cancels for move in found if move.cancels is not None}
        return [move for move in found if move.position not in cancelled]

    def balance(self, view: View, day: Day) -> Dong:
        """Balance in đồng with everything that is effective up to and on a day."""
        changes = (move.change for move in self.standing(view) if move.effective <= day)
        return self.listed.balance + sum(changes)

    def available(self, view: View, day: Day) -> Dong:
        """What a transfer may take on a day: no balance of that day or a later one falls below 0 (B9)."""
        later = {move.effective for move in self.standing(view) if move.effective > day}
        return min(self.balance(view, on) for on in {day, *later})
