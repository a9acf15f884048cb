"""A group and the bank's core system beside it, told together; numbers are ``L1`` … and ``S1`` …."""

from calc.booked import LinePlace, booked
from calc.core_comparison import compare
from calc.core_extract import CoreRow, Extract, LoanBalance
from protocol.ids import Position
from protocol.loan_facts import Disbursed, InterestReceived, PrincipalRepaid
from protocol.roster_facts import SavingsMoved
from tests.calc.days import on
from tests.calc.groups import Group
from tests.fakes.core import CoreSystem

SINCE = on("2025-11-17")
PLAIN = {"interest_received": InterestReceived, "principal_repaid": PrincipalRepaid, "disbursed": Disbursed}


class Story:
    """Two members: loans L1 and L2 of 50,000,000 đ at 6.6 %, account S1 of 500,000 đ with the second."""

    def __init__(self):
        self.group, self.core = Group(), CoreSystem()
        self.group.decide()
        for savings in (None, 500_000):
            loan = self.group.bring(self.group.member(savings))
            self.core.open_loan(f"L{loan}", SINCE, 50_000_000)
        self.core.open_account("S1", on("2025-11-30"), 500_000)
        self.group.staff()

    @property
    def book(self):
        return self.group.book

    @property
    def lines(self):
        return booked(self.group.log, self.book, self.group.facts().by_ref)

    def exported(self):
        """The rows of our export, as far as the core reads them."""
        return [
            {
                "id": f"KM-001:{line.place.position.epoch}:{line.place.position.seq}:{line.place.number}",
                "kind": line.line.kind.value,
                "loan": None if line.line.loan is None else f"L{line.line.loan}",
                "account": None if line.line.account is None else f"S{line.line.account}",
                "day": line.frame.effective,
                "amount": line.line.amount,
            }
            for line in self.lines
        ]

    def tell(self, transaction):
        """Import one transaction of the core; returns its place."""
        return self.group.tell(fact_of(transaction))

    def key(self, kind, number, day, amount):
        """Key at the table what the counter did; returns its place."""
        return self.group.tell(fact_of({**told(kind, number, day, amount), "core_ref": None}))

    def extract(self, cut, known_by=None, since=SINCE):
        """An extract of the core system in the group's ordinals."""
        return Extract(
            day=cut["day"],
            since=since,
            known_by=known_by or self.book.position,
            loans={int(number[1:]): LoanBalance(**balance) for number, balance in cut["loans"].items()},
            accounts={int(number[1:]): balance for number, balance in cut["accounts"].items()},
            rows=tuple(map(row_of, cut["transactions"])),
        )

    def compare(self, cut, known_by=None, since=SINCE):
        """What the group and an extract have to say to each other."""
        return compare(self.book, self.lines, self.extract(cut, known_by, since))


def told(kind, number, day, amount):
    return {"core_ref": "GD-1", "our_id": None, "kind": kind, "number": number, "day": day, "amount": amount}


def fact_of(transaction):
    """What an import makes of a transaction."""
    kind, number = transaction["kind"], int(transaction["number"][1:])
    day, amount, ref = transaction["day"], transaction["amount"], transaction["core_ref"]
    decided_by = "core" if ref else "GDV01"
    if kind in PLAIN:
        return PLAIN[kind](number, day, amount, ref, decided_by)
    return SavingsMoved(number, kind, day, amount, ref, decided_by)


def row_of(transaction):
    """A transaction as `calc.core_extract` has it."""
    ours, number = transaction["our_id"], transaction["number"]
    is_fact = transaction["amount"] > 0 and not transaction["kind"].startswith("credit_")
    return CoreRow(
        core_ref=transaction["core_ref"],
        ours=None if ours is None else line_place(ours),
        kind=transaction["kind"],
        day=transaction["day"],
        amount=transaction["amount"],
        loan=int(number[1:]) if number.startswith("L") else None,
        account=int(number[1:]) if number.startswith("S") else None,
        fact=fact_of(transaction) if is_fact else None,
    )


def line_place(our_id):
    _, epoch, seq, number = our_id.split(":")
    return LinePlace(Position(int(epoch), int(seq)), int(number))


def summary(comparison):
    """Subject, measure, ours − theirs, causes with what they explain, and what is left."""
    return [
        (
            f"L{one.subject[0]}" if one.subject[0] else f"S{one.subject[1]}",
            one.measure.value,
            one.ours - one.theirs,
            [(share.finding.cause.value, share.amount) for share in one.shares],
            one.unexplained,
        )
        for one in comparison.differences
    ]
