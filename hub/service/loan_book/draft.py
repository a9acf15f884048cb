"""One group's part of an import while it is drawn up: rows in, entries that its log lacks out.

A row that needs one that was refused is refused with it (`hub.service.loan_book.refusals`). Rows come kind
by kind in the order of the methods here; a row that says what the log says adds nothing.
"""

from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from hub.service.loan_book import changes, entries
from hub.service.loan_book.entries import CoreFact, Decision, MemberHashes
from hub.service.loan_book.refusals import Refusals
from hub.service.loan_book.roster import Roster
from hub.service.reading.reasons import Reason
from hub.service.reading.rows import (
    BadRow,
    GroupRow,
    LoanEventRow,
    LoanRow,
    MemberMoveRow,
    MemberRow,
    PointRow,
    Row,
    SavingsEventRow,
    SavingsRow,
)
from protocol.day import Day
from protocol.entries import BranchEntry
from protocol.exchange import DetachedText
from protocol.loan_facts import CoreMatched
from protocol.roster_facts import MemberMoved, SavingsMoved

Salt = Callable[[], bytes]
"""Sixteen fresh random bytes (L4)."""


class Planned(Struct, frozen=True):
    """An entry to append, and the row that says it; the line is 0 where no row does."""

    entry: BranchEntry
    table: str = ""
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


class Surroundings(Struct, frozen=True):
    """What the drafts of all groups share.

    ``cut_off`` is the day of the export: changes without a day of their own count from it. ``references`` are
    those of the facts in every group's log, with the group.
    """

    refusals: Refusals
    salt: Salt
    cut_off: Day
    references: Mapping[str, str]


class Draft:
    """What is to be appended to one group's log; rows that contradict it go to the refusals."""

    def __init__(self, roster: Roster, around: Surroundings) -> None:
        self.roster = roster.copy()
        self.planned: list[Planned] = []
        self.texts: list[DetachedText] = []
        self._around = around
        self._refusals = around.refusals

    def plan(self) -> GroupPlan:
        """What has been drawn up so far."""
        return GroupPlan(self.roster.group, tuple(self.planned), tuple(self.texts))

    def copy_decisions(self, decisions: Iterable[Planned]) -> None:
        """The branch-wide decisions that this log lacks, in the order of their numbers (L12)."""
        for planned in decisions:
            if isinstance(planned.entry, Decision) and planned.entry.number not in self.roster.decisions:
                self.planned.append(planned)
                self.roster.take(planned.entry)

    def list_group(self, row: GroupRow, day_of_month: int | None) -> None:
        """Where the group belongs from ``valid_from`` on; without a day of its own, from the cut-off on."""
        if day_of_month is None:
            self._refuse("groups", row, "point", Reason.REFUSED_WITH)
            return
        known, latest = self.roster.listings.get(row.valid_from), self.roster.listing
        if known is None or latest is None:
            name = self._detach(row.name)
            self._add("groups", row, entries.group_listed(row, day_of_month, name))
        elif all(
            changes.is_elsewhere(row, day_of_month, listing, self.roster.text_of)
            for listing in (known, latest)
        ):
            if known is latest and self._around.cut_off >= latest.effective:
                renamed = changes.reads_otherwise(latest.name, row.name, self.roster.text_of)
                name = self._detach(row.name) if renamed else latest.name
                listed = entries.group_listed(row, day_of_month, name)
                self._add("groups", row, changes.relisted(listed, self._around.cut_off))
            else:
                self._refuse("groups", row, "", Reason.OLDER_THAN_LOG)

    def follow_point(self, point: PointRow) -> None:
        """Another day of the group's transaction point, from the cut-off on."""
        latest = self.roster.listing
        if (
            latest is not None
            and latest.point == point.code
            and latest.day_of_month != point.day_of_month
            and self._around.cut_off >= latest.effective
        ):
            listed = replace(latest, day_of_month=point.day_of_month)
            self._add("points", point, changes.relisted(listed, self._around.cut_off))

    def list_member(self, row: MemberRow) -> None:
        """A member who is new to the group, or one whose name, telephone or the like is another now."""
        known = self.roster.members.get(row.customer)
        if not self.roster.listings or (known is None and self._refusals.bars("customer", row.customer)):
            self._refuse("members", row, "group", Reason.REFUSED_WITH)
        elif known is None:
            hashes = MemberHashes(
                name=self._detach(row.full_name),
                identity=self._detach_some(row.identity),
                phone=self._detach_some(row.phone),
                address=self._detach_some(row.address),
            )
            self._add("members", row, entries.member_listed(row, self.roster.last_member + 1, hashes))
        elif changed := changes.changed_texts(row, known, self.roster.text_of):
            hashes = MemberHashes(
                name=self._detach(row.full_name) if "full_name" in changed else known.name,
                identity=self._detach_some(row.identity) if "identity" in changed else known.identity,
                phone=self._detach_some(row.phone) if "phone" in changed else known.phone,
                address=self._detach_some(row.address) if "address" in changed else known.address,
            )
            self._add("members", row, entries.member_listed(row, known.ordinal, hashes))

    def list_account(self, row: SavingsRow) -> None:
        """A savings account that is new; a known one may show another balance on another day only."""
        member, known = self.roster.members.get(row.customer), self.roster.accounts.get(row.account)
        if member is None:
            self._refuse("savings", row, "customer", Reason.REFUSED_WITH)
            return
        ordinal = self.roster.last_account + 1 if known is None else known.ordinal
        entry = entries.account_listed(row, ordinal, member.ordinal)
        if known is None:
            self._add("savings", row, entry, waits=self._refusals.bars("account", row.account))
            return
        for column in changes.changed_account(entry, known):
            self._refuse("savings", row, column, Reason.CHANGED)

    def list_loan(self, row: LoanRow) -> None:
        """A loan that is new; a known one keeps its contract, and the balances that it was opened with."""
        member, known = self.roster.members.get(row.customer), self.roster.loans.get(row.loan)
        if member is None:
            self._refuse("loans", row, "customer", Reason.REFUSED_WITH)
            return
        ordinal = self.roster.last_loan + 1 if known is None else known.ordinal
        entry = entries.loan_opening(row, ordinal, member.ordinal)
        if known is None:
            self._add("loans", row, entry, waits=self._waits(row.loan, row.programme))
            return
        for column in changes.changed_loan(entry, row, known, self.roster):
            self._refuse("loans", row, column, Reason.CHANGED)

    def add_loan_fact(self, row: LoanEventRow) -> None:
        """An event of a loan, idempotent on its reference (B21)."""
        loan = self.roster.loans.get(row.loan)
        if loan is None:
            self._refuse_stranger("loan_events", row, row.core_ref, "loan")
            return
        fact = entries.loan_fact(row, loan.ordinal)
        self._add_fact("loan_events", row, fact, waits=self._waits(row.loan, loan.programme))

    def move_savings(self, row: SavingsEventRow) -> None:
        """A movement of an account, idempotent on its reference (B21)."""
        account = self.roster.accounts.get(row.account)
        if account is None:
            self._refuse_stranger("savings_events", row, row.core_ref, "account")
            return
        moved = entries.savings_moved(row, account.ordinal)
        self._add_fact("savings_events", row, moved, waits=self._refusals.bars("account", row.account))

    def leave(self, row: MemberMoveRow) -> None:
        """A member who leaves, idempotent on the reference of his move (B21)."""
        known = self.roster.facts.get(row.core_ref)
        ordinals = [ordinal for ordinal, number in self.roster.customers.items() if number == row.customer]
        if not ordinals:
            self._refuse_stranger("member_moves", row, row.core_ref, "customer")
            return
        moved = [entries.member_moved(row, ordinal) for ordinal in ordinals]
        if known is None or known not in moved:
            waits = self._refusals.bars("customer", row.customer)
            self._add_fact("member_moves", row, moved[-1], waits=waits)

    def hand_over(self, row: LoanRow) -> None:
        """The end here of a loan that goes on in another group, from the day of its balances there (B22)."""
        known = self.roster.loans.get(row.loan)
        if known is None or known.ordinal in self.roster.ended or self._waits(row.loan, row.programme):
            return
        assert row.as_of is not None, "a loan that moves comes with its balances"
        self._add("loans", row, changes.closed(known.ordinal, row, row.as_of))

    def redate(self, row: LoanRow) -> None:
        """A due day that is later than all that the log and the events of this export say.

        A row may go on telling the due day of the contract: extensions then come as events.
        """
        known = self.roster.loans[row.loan]
        since, due_on = self.roster.terms[known.ordinal]
        on = self._around.cut_off if row.as_of is None else row.as_of
        if row.due_on in {due_on, known.due_on} or known.ordinal in self.roster.ended:
            return
        if row.due_on < due_on:
            self._refuse("loans", row, "due_on", Reason.EARLIER_DUE)
        elif on < since:
            self._refuse("loans", row, "due_on", Reason.OLDER_THAN_LOG)
        else:
            entry = changes.extended(known.ordinal, row, on)
            self._add("loans", row, entry, waits=self._waits(row.loan, known.programme))

    def _waits(self, loan: str, programme: str) -> bool:
        return self._refusals.bars("loan", loan) or self._refusals.bars_programme(programme)

    def _add_fact(self, table: str, row: Row, fact: CoreFact, *, waits: bool) -> None:
        assert fact.core_ref is not None
        known = self.roster.facts.get(fact.core_ref)
        said = None if isinstance(fact, MemberMoved) else self.roster.echoes.said(fact)
        if (known is not None and known != fact) or said is False:
            self._refuse(table, row, "", Reason.CHANGED)
        elif known is None and said is None:
            self._add_new(table, row, fact, fact.core_ref, waits=waits)

    def _add_new(self, table: str, row: Row, fact: CoreFact, reference: str, *, waits: bool) -> None:
        """A fact under a new reference, unless it is one of ours that the core tells back (B21)."""
        if reference in self._around.references:
            self._refuse(table, row, "core_ref", Reason.REPEATED_KEY)
        elif isinstance(fact, MemberMoved):
            self._add(table, row, fact, waits=waits)
        elif (place := self.roster.echoes.keyed_as(fact)) is not None:
            self._add(table, row, CoreMatched(place, reference), waits=waits)
        elif self.roster.echoes.may_be_ours(fact):
            self._refuse(table, row, "", Reason.MAY_BE_OURS)
        elif isinstance(fact, SavingsMoved) and not waits and self.roster.overdraws(fact):
            self._refuse(table, row, "amount", Reason.OVERDRAWN)
        else:
            self._add(table, row, fact, waits=waits)

    def _refuse_stranger(self, table: str, row: Row, reference: str, column: str) -> None:
        """A fact about something that this log does not have, or under a reference that it has."""
        if reference in self._around.references:
            self._refuse(table, row, "core_ref", Reason.REPEATED_KEY)
        else:
            self._refuse(table, row, column, Reason.REFUSED_WITH)

    def _add(self, table: str, row: Row, entry: BranchEntry, *, waits: bool = False) -> None:
        if waits or self._refusals.bars("group", self.roster.group):
            self._refuse(table, row, "", Reason.REFUSED_WITH)
            return
        self.planned.append(Planned(entry, table, row.line))
        self.roster.take(entry)

    def _refuse(self, table: str, row: Row, column: str, reason: Reason) -> None:
        self._refusals.add(BadRow(table, row.line, column, reason))

    def _detach(self, text: str) -> bytes:
        detached = DetachedText(self._around.salt(), text.encode())
        self.texts.append(detached)
        return detached.hash

    def _detach_some(self, text: str | None) -> bytes | None:
        return None if text is None else self._detach(text)
