"""A restore changes nothing: what was lost counts again as if nothing had been, and never twice (L15, B1)."""

from collections import Counter

from hypothesis import settings
from msgspec.structs import replace

from calc.dues import dues
from calc.journal import journal, trial_balance
from calc.reconcile import reconcile
from calc.states import Facts, states
from protocol.loan_facts import InstalmentOverdue, InterestReceived, LoanOpened
from protocol.roster_facts import MemberListed, RateDecided, SavingsAccountListed
from protocol.trust_facts import WriterAdmitted, WriterRevoked
from tests.calc.days import on
from tests.calc.groups import D
from tests.calc.restated import Restored
from tests.calc.story import NEXT, Telling
from tests.facts import an

STRANGERS = (
    an(MemberListed, ordinal=1, number="M-other"),
    an(SavingsAccountListed, ordinal=1, member=1, number="A-other", as_of=on("2025-11-30"), balance=7_000),
    an(LoanOpened, ordinal=1, member=1, number="L-other", opened_on=on("2025-11-30")),
    an(WriterAdmitted, ordinal=1, writer=b"\x77" * 10, first_receipt=70_001, last_receipt=79_999),
)
"""What a restored branch opens under numbers that it once gave to others."""


def figures(book, facts, number=lambda _space, ordinal: ordinal):
    """What a group has and owes, with the ordinals that ``number`` gives for those of the uncut log."""
    view = book.view()
    return (
        {(due.loan, due.payable, due.settled, due.principal) for due in dues(book, D)},
        {(due.loan, due.payable, due.settled) for due in dues(book, NEXT)},
        {(account.ordinal, account.balance(view, NEXT)) for account in book.accounts.values()},
        {
            (number("writers", ref.writer), ref.seq, ref.hash, state.phase, state.cause)
            for ref, state in states(book, facts).items()
        },
        {day: (one.settled is not None, one.difference_open) for day, one in book.days.items()},
    )


def renumbered(found, number):
    """The same figures under the ordinals that count."""
    due, later, balances, known, days = found
    return (
        {(number("loans", loan), *rest) for loan, *rest in due},
        {(number("loans", loan), *rest) for loan, *rest in later},
        {(number("accounts", account), *rest) for account, *rest in balances},
        {(number("writers", writer), *rest) for writer, *rest in known},
        days,
    )


def sums(book, facts):
    """Journal sums by control account."""
    found = Counter()
    for (account, _), amount in trial_balance(journal(book, facts)).items():
        found[account] += amount
    return {account: amount for account, amount in found.items() if amount}


def owners(book, facts):
    """Who owns what of each receipt and transfer, without the places where it was learnt."""
    found = Counter()
    for fact in facts.all:
        explained = reconcile(book, facts, fact.ref)
        if explained is not None:
            lines = tuple((line.amount, line.paid, line.edge, line.book) for line in explained.lines)
            found[fact.ref.seq, fact.ref.hash, lines, explained.flags] += 1
    return found


class Restoring(Telling):
    """At the end of a story its branch is restored from a backup, at several places."""

    def teardown(self):
        """The laws."""
        if hasattr(self, "group"):
            whole = self.group.book, self.group.facts()
            size = len(self.group.log)
            for base in {1, 3 + size % 5, size // 2, size - size % 3}:
                self.everything_counts_again(whole, base)
                self.numbers_may_change(whole, base)
                self.what_was_learnt_between_is_no_defect_of_a_phone(whole, base)

    def everything_counts_again(self, whole, base):
        """A log that is cut anywhere and restated whole says the same; restated again, no more."""
        book, facts = whole
        restored = Restored(self.group.log, base)
        restored.restate()
        told = figures(book, facts), sums(book, facts), owners(book, facts), len(book.problems)
        for _ in range(2):
            found = restored.facts(facts)
            known = restored.book
            same = figures(known, found), sums(known, found), owners(known, found), len(known.problems)
            assert same == told
            restored.restate()
        cut = len(restored.log)
        for later in (cut, base + (cut - base) // 3, base):
            restored.again(later)
            restored.restate()
            found = restored.facts(facts)
            assert (figures(restored.book, found), sums(restored.book, found)) == told[:2]

    def numbers_may_change(self, whole, base):
        """What is opened meanwhile under the same ordinals, or others, changes nothing of the rest."""
        book, facts = whole
        alone, restored = Restored(self.group.log, base), Restored(self.group.log, base)
        strangers = self.strangers(restored.book)
        before = sums(alone.book, Facts(()))
        alone.tell(*strangers)
        after = sums(alone.book, Facts(()))
        restored.tell(*strangers)
        restored.restate()
        found = restored.facts(facts)
        expected = renumbered(figures(book, facts), restored.number)
        for part, wanted in zip(figures(restored.book, found)[:4], expected, strict=False):
            assert part >= wanted
        assert len(restored.book.loans) == len(book.loans) + 1
        more = Counter(sums(book, facts))
        more.update(after)
        more.subtract(before)
        assert sums(restored.book, found) == {account: amount for account, amount in more.items() if amount}

    def what_was_learnt_between_is_no_defect_of_a_phone(self, whole, base):
        """B16: a phone that could not see what came before the restating showed what it should."""
        _, facts = whole
        restored = Restored(self.group.log, base)
        number = len(self.group.book.decisions.numbers) + 1
        restored.tell(an(RateDecided, number=number, kind="rate", ppm=70_000, reach="all"))
        for writer in restored.book.writers:
            restored.tell(an(WriterRevoked, writer=writer, epoch=0, seq=0))
        for loan in restored.book.loans:
            restored.tell(InterestReceived(loan, on("2025-12-10"), 12_345, None, "CB001"))
            restored.tell(InstalmentOverdue(loan, on("2025-12-11"), 1_000, None, "CB001"))
        restored.restate()
        found = restored.facts(facts)
        for fact in found.all:
            explained = reconcile(restored.book, found, fact.ref)
            if explained is not None:
                assert [line.edge for line in explained.lines] == [0] * len(explained.lines)
                assert (
                    explained.amount - explained.due_now == explained.paid - explained.edge - explained.book
                )
                assert "unknown_book" not in explained.flags

    def strangers(self, book):
        """Openings that take the next ordinals."""
        member, account = len(book.members) + 1, len(book.accounts) + 1
        found = []
        numbers = member, account, len(book.loans) + 1, len(book.writers) + 1
        for entry, ordinal in zip(STRANGERS, numbers, strict=True):
            given = {"member": member} if hasattr(entry, "member") else {}
            found.append(replace(entry, ordinal=ordinal, **given))
        return found


RestoringTest = Restoring.TestCase
RestoringTest.settings = settings(max_examples=max(20, settings().max_examples // 4), stateful_step_count=15)
