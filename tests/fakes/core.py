"""The bank's core system in plain dictionaries: it books, counts interest day by day, and cuts extracts.

It shares nothing with ``calc``: a balance is the sum of its transactions, interest is added up day by day in
fractions. It takes in our export of postings once per line, and has a counter of its own. ``now`` counts the
moments at which it booked something; an extract holds what had been booked by its moment.
"""

from fractions import Fraction
from itertools import count

PRINCIPAL = {"disbursed": 1, "principal_repaid": -1}
INTEREST = {"interest_received": 1, "credit_refunded": -1, "credit_carried": 1}
SAVINGS = {"deposit": 1, "withdrawal": -1, "interest": 1, "transfer": -1}
OWN = ("held", "cash_counted", "shortage", "surplus")


class CoreSystem:
    """Loans and accounts by number; every transaction in the order in which it was booked."""

    def __init__(self):
        self.loans, self.accounts = {}, {}
        self.transactions = []
        self.taken = set()
        self._refs = count(1)

    @property
    def now(self):
        """How many transactions have been booked."""
        return len(self.transactions)

    def open_loan(self, number, start, principal, ppm=66_000):
        """A loan that bears interest from ``start`` on."""
        self.loans[number] = {"start": start, "principal": principal, "ppm": ppm}

    def open_account(self, number, start, balance):
        """A savings account."""
        self.accounts[number] = {"start": start, "balance": balance}

    def book(self, kind, number, day, amount, our_id=None, core_ref=None):
        """Book one transaction; returns it."""
        booked = {
            "core_ref": core_ref or f"GD-{next(self._refs):05d}",
            "our_id": our_id,
            "kind": kind,
            "number": number,
            "day": day,
            "amount": amount,
        }
        self.transactions.append(booked)
        return booked

    def take_in(self, rows):
        """Post lines of our export, each of them once; what stays in our own cash is not for the core."""
        for row in rows:
            if row["kind"] not in OWN and row["id"] not in self.taken:
                self.taken.add(row["id"])
                number = row["loan"] or row["account"]
                self.book(row["kind"], number, row["day"], row["amount"], row["id"])

    def extract(self, day, by=None, since=None):
        """Balances on a day, and the transactions from a day on, as booked by a moment."""
        booked = [one for one in self.transactions[:by] if one["day"] <= day]
        return {
            "day": day,
            "loans": {number: self._loan(number, booked, day) for number in self.loans},
            "accounts": {number: self._balance(number, booked) for number in self.accounts},
            "transactions": [one for one in booked if since is None or one["day"] >= since],
        }

    def _loan(self, number, booked, day):
        loan = self.loans[number]
        mine = [one for one in booked if one["number"] == number]
        numerator = sum(self._principal(loan, mine, on) * loan["ppm"] for on in range(loan["start"], day))
        received = sum(INTEREST.get(one["kind"], 0) * one["amount"] for one in mine)
        accrued = Fraction(numerator, 365_000_000)
        return {
            "in_term": self._principal(loan, mine, day),
            "overdue": 0,
            "frozen": 0,
            "interest": int(accrued + Fraction(1, 2)) - received,
        }

    def _principal(self, loan, mine, day):
        moved = (PRINCIPAL.get(one["kind"], 0) * one["amount"] for one in mine if one["day"] <= day)
        return loan["principal"] + sum(moved)

    def _balance(self, number, booked):
        moved = (SAVINGS[one["kind"]] * one["amount"] for one in booked if one["number"] == number)
        return self.accounts[number]["balance"] + sum(moved)
