"""One savings account over days: what came in and went out, and an estimate of its interest (B9, B23).

The balance is the bank's (B21), so interest here is an estimate that nothing posts: only
``SavingsMoved(kind = interest)`` of the core credits it. It is actual/365 on the balance at the end of each
day by the dated policy ``savings_rate`` (B2), the first day counted and the last not, rounded once.
"""

from itertools import pairwise

from msgspec import Struct

from calc.book import Book
from calc.days import View
from calc.ratio import half_up
from calc.rounding import DENOMINATOR
from calc.savings import Account, Move
from protocol.day import Day
from protocol.ids import Ppm
from protocol.money import Dong
from protocol.posting_facts import Posted


class Flow(Struct, frozen=True):
    """What moved on one account over days, in đồng: ``opening`` and everything that follows is ``closing``.

    Transfers are those that a posting made, by purpose; ``transferred`` is what the core told of without one.
    """

    opening: Dong = 0
    deposited: Dong = 0
    credited: Dong = 0
    withdrawn: Dong = 0
    to_interest: Dong = 0
    to_principal: Dong = 0
    transferred: Dong = 0

    @property
    def closing(self) -> Dong:
        """Balance at the end of the last day."""
        out = self.withdrawn + self.to_interest + self.to_principal + self.transferred
        return self.opening + self.deposited + self.credited - out


class Stretch(Struct, frozen=True):
    """Days [start, end) with one balance and one yearly rate."""

    start: Day
    end: Day
    balance: Dong
    ppm: Ppm

    @property
    def numerator(self) -> int:
        """Interest of these days in đồng × ppm × days."""
        return self.balance * self.ppm * (self.end - self.start)


class Estimate(Struct, frozen=True):
    """Interest that an account should have earned in [since, until), with its working."""

    since: Day
    until: Day
    stretches: tuple[Stretch, ...]

    @property
    def interest(self) -> Dong:
        """Whole đồng: one rounding of all stretches together."""
        return half_up(sum(stretch.numerator for stretch in self.stretches), DENOMINATOR)


def flow(book: Book, account: Account, first: Day, last: Day, view: View) -> Flow:
    """What moved on an account from one day to another, both inclusive."""
    sums = dict.fromkeys(Flow.__struct_fields__, 0)
    sums["opening"] = account.balance(view, first - 1)
    posted = {posting.position: posting.entry for posting in book.postings.posted.values()}
    for move in account.standing(view):
        if first <= move.effective <= last:
            sums[_kind(move, posted.get(move.position))] += abs(move.change)
    return Flow(**sums)


def estimate(book: Book, account: Account, until: Day, view: View) -> Estimate | None:
    """Interest since it was credited last, or since the account was listed; None without a rate for a day."""
    moves = [move for move in account.standing(view) if move.effective <= until]
    facts = (move.fact for move in moves if move.fact is not None)
    credited = (fact.effective for fact in facts if fact.kind == "interest")
    since = min(until, max(credited, default=account.listed.as_of))
    rates = book.decisions.savings_rates(view.at)
    turns = {since, until, *(move.effective for move in moves), *rates}
    days = sorted(day for day in turns if since <= day <= until)
    stretches = []
    for start, end in pairwise(days):
        balance = account.balance(view, start)
        begun = [day for day in rates if day <= start]
        if balance and not begun:
            return None
        stretches.append(Stretch(start, end, balance, rates[max(begun)] if begun else 0))
    return Estimate(since, until, tuple(stretches))


_KINDS = {
    "deposit": "deposited",
    "interest": "credited",
    "withdrawal": "withdrawn",
    "transfer": "transferred",
}


def _kind(move: Move, posted: Posted | None) -> str:
    """Which sum of a flow a movement adds to; what neither the core nor a posting made is a paper receipt."""
    if move.fact is not None:
        return _KINDS[move.fact.kind]
    if move.change >= 0 or posted is None:
        return "deposited"
    return "to_principal" if posted.principal else "to_interest"
