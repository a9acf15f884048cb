"""One group's part of an import while it is drawn up: rows in, entries that its log lacks out."""

from collections.abc import Callable, Iterable

from msgspec import Struct
from msgspec.structs import replace

from hub.service.book_rows import (
    BadRow,
    GroupRow,
    LoanEventRow,
    LoanRow,
    MemberRow,
    Reason,
    SavingsEventRow,
    SavingsRow,
)
from hub.service.roster_entries import (
    CoreFact,
    Decision,
    MemberHashes,
    Opening,
    account_listed,
    group_listed,
    loan_fact,
    loan_opening,
    member_listed,
    savings_moved,
)
from hub.service.roster_state import Roster
from protocol.entries import BranchEntry
from protocol.exchange import DetachedText
from protocol.loan_facts import LoanBroughtForward, LoanOpened

Salt = Callable[[], bytes]
"""Sixteen fresh random bytes (L4)."""


class Planned(Struct, frozen=True):
    """An entry to append, and the row that says it; the line is 0 where no row does."""

    entry: BranchEntry
    file: str = ""
    line: int = 0


class GroupPlan(Struct, frozen=True):
    """Entries to append to one group's branch log, in order, and the texts detached from them.

    The texts are stored first: after a crash between the two, an entry would name words that nobody has.
    """

    group: str
    planned: tuple[Planned, ...]
    texts: tuple[DetachedText, ...]

    @property
    def entries(self) -> tuple[BranchEntry, ...]:
        """The entries alone."""
        return tuple(planned.entry for planned in self.planned)


class Draft:
    """What is to be appended to one group's log.

    ``refused`` are rows that contradict the log; ``changed`` are rows whose texts differ from the detached
    ones, which the log cannot change and which change no amount.
    """

    def __init__(self, roster: Roster, salt: Salt) -> None:
        self.roster = roster.copy()
        self.planned: list[Planned] = []
        self.texts: list[DetachedText] = []
        self.refused: list[BadRow] = []
        self.changed: list[BadRow] = []
        self._salt = salt

    def plan(self) -> GroupPlan:
        """What has been drawn up so far."""
        return GroupPlan(self.roster.group, tuple(self.planned), tuple(self.texts))

    def copy_decisions(self, decisions: Iterable[Planned]) -> None:
        """The branch-wide decisions that this log lacks, in the order of their numbers (L12)."""
        for planned in decisions:
            if isinstance(planned.entry, Decision) and planned.entry.number not in self.roster.decisions:
                self._add(planned)

    def list_group(self, row: GroupRow, day_of_month: int) -> None:
        """Where the group belongs from ``valid_from`` on."""
        known = self.roster.listings.get(row.valid_from)
        if known is None:
            entry = group_listed(row, day_of_month, self._detach(row.name))
            self._add(Planned(entry, "groups.csv", row.line))
            return
        if group_listed(row, day_of_month, known.name) != known:
            self.refused.append(BadRow("groups.csv", row.line, "", Reason.CHANGED))
        self._compare_text("groups.csv", row.line, "name", known.name, row.name)

    def list_member(self, row: MemberRow) -> None:
        """A member who is new to the group."""
        known = self.roster.members.get(row.customer)
        if known is not None:
            for column, hashed, text in (
                ("full_name", known.name, row.full_name),
                ("identity", known.identity, row.identity),
                ("phone", known.phone, row.phone),
                ("address", known.address, row.address),
            ):
                self._compare_text("members.csv", row.line, column, hashed, text)
            return
        hashes = MemberHashes(
            name=self._detach(row.full_name),
            identity=self._detach_some(row.identity),
            phone=self._detach_some(row.phone),
            address=self._detach_some(row.address),
        )
        entry = member_listed(row, self.roster.last_member + 1, hashes)
        self._add(Planned(entry, "members.csv", row.line))

    def list_account(self, row: SavingsRow) -> None:
        """A savings account that is new; a known one may show another balance on another day only."""
        known = self.roster.accounts.get(row.account)
        ordinal = self.roster.last_account + 1 if known is None else known.ordinal
        entry = account_listed(row, ordinal, self.roster.members[row.customer].ordinal)
        if known is None:
            self._add(Planned(entry, "savings.csv", row.line))
            return
        same_day = (
            entry if entry.as_of == known.as_of else replace(entry, as_of=known.as_of, balance=known.balance)
        )
        if same_day != known:
            self.refused.append(BadRow("savings.csv", row.line, "", Reason.CHANGED))

    def list_loan(self, row: LoanRow) -> None:
        """A loan that is new; a known one keeps its contract, and the balances that it was opened with."""
        known = self.roster.loans.get(row.loan)
        ordinal = self.roster.last_loan + 1 if known is None else known.ordinal
        entry = loan_opening(row, ordinal, self.roster.members[row.customer].ordinal)
        if known is None:
            self._add(Planned(entry, "loans.csv", row.line))
        elif not _agree(entry, known):
            self.refused.append(BadRow("loans.csv", row.line, "", Reason.CHANGED))

    def add_loan_fact(self, row: LoanEventRow) -> None:
        """An event of a loan, idempotent on its reference (B21)."""
        self._add_fact("loan_events.csv", row.line, loan_fact(row, self.roster.loans[row.loan].ordinal))

    def move_savings(self, row: SavingsEventRow) -> None:
        """A movement of an account, idempotent on its reference (B21)."""
        moved = savings_moved(row, self.roster.accounts[row.account].ordinal)
        self._add_fact("savings_events.csv", row.line, moved)

    def _add_fact(self, file: str, line: int, fact: CoreFact) -> None:
        assert fact.core_ref is not None
        known = self.roster.facts.get(fact.core_ref)
        if known is None:
            self._add(Planned(fact, file, line))
        elif known != fact:
            self.refused.append(BadRow(file, line, "", Reason.CHANGED))

    def _add(self, planned: Planned) -> None:
        self.planned.append(planned)
        self.roster.take(planned.entry)

    def _detach(self, text: str) -> bytes:
        detached = DetachedText(self._salt(), text.encode())
        self.texts.append(detached)
        return detached.hash

    def _detach_some(self, text: str | None) -> bytes | None:
        return None if text is None else self._detach(text)

    def _compare_text(
        self, file: str, line: int, column: str, hashed: bytes | None, text: str | None
    ) -> None:
        known = None if hashed is None else self.roster.text_of(hashed)
        erased = hashed is not None and known is None
        if not erased and known != text:
            self.changed.append(BadRow(file, line, column, Reason.CHANGED))


def _agree(now: Opening, known: Opening) -> bool:
    """Whether a row says the same of a known loan: all of it on the same day, else what no day changes."""
    if isinstance(now, LoanOpened) and isinstance(known, LoanOpened):
        return replace(now, due_on=known.due_on) == known
    if (
        isinstance(now, LoanBroughtForward)
        and isinstance(known, LoanBroughtForward)
        and now.as_of == known.as_of
    ):
        return now == known
    return (now.member, now.programme, now.grace_end) == (known.member, known.programme, known.grace_end)
