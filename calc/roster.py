"""Members, loans and savings accounts of one group, and how facts and postings reach them (B1, B21, B22)."""

from collections.abc import Iterable, Iterator

from msgspec import Struct, structs

from calc.accrued import payable_on
from calc.contradictions import contradiction, has_left, reversed_dates
from calc.core_refs import CoreRefs
from calc.days import View
from calc.decisions import Decisions
from calc.errors import LoanError
from calc.events import Event, Kind
from calc.loan import Effect, Loan, LoanFact, Opening
from calc.problems import Oddity
from calc.rounding import Buckets
from calc.savings import Account, Move
from protocol.day import Day
from protocol.ids import Ordinal, Position
from protocol.loan_facts import (
    CoreMatched,
    CreditRefunded,
    InterestAdjusted,
    LoanBroughtForward,
    LoanClosed,
    LoanOpened,
)
from protocol.money import Dong
from protocol.posting_facts import Posted, PostedInterest, ReceiptRekeyed, Reversed
from protocol.roster_facts import MemberListed, MemberMoved, SavingsAccountListed, SavingsMoved


class Member(Struct, frozen=True):
    """A listed member, and how he left, if he did."""

    listed: MemberListed
    moved: MemberMoved | None = None


RosterFact = (
    MemberListed
    | MemberMoved
    | SavingsAccountListed
    | SavingsMoved
    | CoreMatched
    | LoanOpened
    | LoanBroughtForward
)


def loans_of(posted: Posted) -> set[Ordinal]:
    """Loans that a posting names."""
    return {line.loan for line in posted.interest} | {line.loan for line in posted.principal}


class Roster:
    """Who and what the group has, by ordinal; only `calc.book` changes it."""

    def __init__(self) -> None:
        """Start with nobody."""
        self.members: dict[Ordinal, Member] = {}
        self.loans: dict[Ordinal, Loan] = {}
        self.accounts: dict[Ordinal, Account] = {}
        self.refs = CoreRefs()
        self._numbers: dict[str, Ordinal] = {}

    def copy(self) -> "Roster":
        """An independent copy."""
        twin = Roster()
        twin.members = dict(self.members)
        twin.loans = {ordinal: loan.copy() for ordinal, loan in self.loans.items()}
        twin.accounts = {ordinal: account.copy() for ordinal, account in self.accounts.items()}
        twin.refs = self.refs.copy()
        twin._numbers = dict(self._numbers)
        return twin

    def enter(self, position: Position, fact: RosterFact) -> Oddity | None:
        """Let a member, an account, a loan or a movement of the core be known; returns what is odd."""
        match fact:
            case MemberListed():
                return self._list_member(fact)
            case MemberMoved():
                return self._move_member(fact)
            case SavingsAccountListed():
                return self._list_account(position, fact)
            case SavingsMoved():
                return self._move_savings(position, fact)
            case CoreMatched():
                return self.refs.match(position, fact)
        return self._open_loan(position, fact)

    def take(self, position: Position, fact: LoanFact, view: View, decisions: Decisions) -> Oddity | None:
        """Let a fact of a loan count, once (B21), unless it cannot be true; returns what is odd about it."""
        loan = self.loans.get(fact.loan)
        if loan is None:
            return Oddity.UNKNOWN_LOAN
        if isinstance(fact, InterestAdjusted):
            return Oddity.AFTER_CLOSING if has_left(loan, view) else loan.take(position, fact)
        if not isinstance(fact, CreditRefunded) and self.refs.knows(fact):
            return self.refs.conflict(fact)
        oddity = contradiction(loan, fact, view)
        if oddity is None and isinstance(fact, CreditRefunded):
            oddity = self._refund(position, fact, view, decisions)
        if oddity is not None:
            return oddity
        self.refs.remember(position, fact)
        return loan.take(position, fact, leaves=isinstance(fact, LoanClosed) and self._leaves(loan, fact))

    def named(self, opening: MemberListed | SavingsAccountListed | Opening) -> Ordinal | None:
        """Ordinal of what bears the bank's number that an opening names; None when nothing does."""
        if isinstance(opening, Opening):
            return self._numbers.get(opening.number)
        known = self.members.items() if isinstance(opening, MemberListed) else self.accounts.items()
        return next((ordinal for ordinal, one in known if one.listed.number == opening.number), None)

    def lacks(self, loans: Iterable[Ordinal], accounts: Iterable[Ordinal]) -> Oddity | None:
        """Say which of the loans or accounts that a posting names the group does not have."""
        if not self.loans.keys() >= set(loans):
            return Oddity.UNKNOWN_LOAN
        return None if self.accounts.keys() >= set(accounts) else Oddity.UNKNOWN_ACCOUNT

    def post(self, position: Position, posted: Posted) -> None:
        """Stage what a posting does to each loan and account that it names."""
        self.refs.remember(position, posted)
        for loan in sorted(loans_of(posted)):
            events = tuple(
                Event(posted.day, Kind.REPAID, line.in_term + line.overdue)
                for line in posted.principal
                if line.loan == loan
            )
            lines = (line for line in posted.interest if line.loan == loan)
            effect = _received(position, "posted", posted.day, lines)
            staged = structs.replace(effect, events=events, day=posted.day)
            self.loans[loan].effects.append(staged)
        for line in posted.savings:
            move = Move(position, posted.day, line.change, day=posted.day)
            self.accounts[line.account].moves.append(move)

    def rekey(self, position: Position, rekeyed: ReceiptRekeyed) -> None:
        """Let a paper receipt count on the loans and accounts that it names, at once."""
        self.refs.remember(position, rekeyed)
        for line in rekeyed.interest:
            self.loans[line.loan].effects.append(_received(position, "receipt_rekeyed", rekeyed.day, [line]))
        for deposit in rekeyed.savings:
            self.accounts[deposit.account].moves.append(Move(position, rekeyed.day, deposit.amount))

    def reverse(self, position: Position, reversed_: Reversed) -> None:
        """Let nothing of what stands at a place count from here on."""
        self.refs.remember(position, reversed_)
        place = reversed_.posted
        for loan in self.loans.values():
            if any(effect.position == place for effect in loan.effects):
                loan.effects.append(Effect(position, "reversed", cancels=place))
        for account in self.accounts.values():
            if any(move.position == place for move in account.moves):
                account.moves.append(Move(position, account.listed.as_of, 0, cancels=place))

    def settle(self, day: Day, view: View) -> Iterator[tuple[Ordinal, Position]]:
        """Drop repaid principal of a settled day that no longer fits; yields loan and place of it."""
        for loan in self.loans.values():
            for index, effect in enumerate(loan.effects):
                moved = effect.day == day and effect.events and view.counts(effect.position, day)
                if moved and loan.contradicted_by((), view):
                    loan.effects[index] = structs.replace(effect, events=())
                    yield loan.ordinal, effect.position

    def _list_member(self, listed: MemberListed) -> Oddity | None:
        """Let a member be known under his ordinal; listed there again, he has other texts from now on."""
        known = self.members.get(listed.ordinal)
        if known is not None and known.listed.number != listed.number:
            return Oddity.ORDINAL_TAKEN
        self.members[listed.ordinal] = Member(listed, None if known is None else known.moved)
        return None

    def _move_member(self, moved: MemberMoved) -> Oddity | None:
        """Remember that a member left; the end of his loans is told by facts of their own."""
        member = self.members.get(moved.member)
        if member is None:
            return Oddity.UNKNOWN_MEMBER
        self.members[moved.member] = structs.replace(member, moved=moved)
        return None

    def _list_account(self, position: Position, listed: SavingsAccountListed) -> Oddity | None:
        """Open a savings account under its ordinal."""
        if listed.ordinal in self.accounts:
            return Oddity.ORDINAL_TAKEN
        if listed.member not in self.members:
            return Oddity.UNKNOWN_MEMBER
        self.accounts[listed.ordinal] = Account(position, listed)
        return None

    def _open_loan(self, position: Position, opening: Opening) -> Oddity | None:
        """Open a loan under its ordinal; a loan has one opening, whatever it is called by (B22)."""
        if opening.ordinal in self.loans:
            return Oddity.ORDINAL_TAKEN
        if opening.number in self._numbers:
            return Oddity.NUMBER_TAKEN
        if opening.member not in self.members:
            return Oddity.UNKNOWN_MEMBER
        if reversed_dates(opening):
            return Oddity.DATES_REVERSED
        self.loans[opening.ordinal] = Loan(position, opening)
        self._numbers[opening.number] = opening.ordinal
        return None

    def _move_savings(self, position: Position, moved: SavingsMoved) -> Oddity | None:
        """Let a movement of the core on a savings account count, once (B21)."""
        account = self.accounts.get(moved.account)
        if account is None:
            return Oddity.UNKNOWN_ACCOUNT
        if self.refs.knows(moved):
            return self.refs.conflict(moved)
        self.refs.remember(position, moved)
        return account.take(position, moved)

    def _leaves(self, loan: Loan, closed: LoanClosed) -> bool:
        """Say whether a loan is closed because its member has taken it to another group (B22)."""
        moved = self.members[loan.member].moved
        return moved is not None and moved.to_group is not None and moved.effective <= closed.effective

    def _refund(
        self, position: Position, refunded: CreditRefunded, view: View, decisions: Decisions
    ) -> Oddity | None:
        """Credit the loan that is to receive a refund, if all of it is possible; else nothing (B7, B15)."""
        source = self.loans[refunded.loan]
        target = source if refunded.to_loan is None else self.loans.get(refunded.to_loan)
        if target is None or refunded.to_loan == refunded.loan:
            return Oddity.UNKNOWN_LOAN
        if target.member != source.member:
            return Oddity.OTHER_MEMBER
        if target is not source and target.closed_on(view) is not None:
            return Oddity.AFTER_CLOSING
        if refunded.effective < max(source.start, target.start):
            return Oddity.BEFORE_HISTORY
        if refunded.amount > _credit_of(source, decisions, refunded.effective, view):
            return Oddity.REFUND_EXCEEDS_CREDIT
        if target is not source:
            amount, on = refunded.amount, refunded.effective
            target.effects.append(Effect(position, "credit_carried", unallocated=amount, paid_on=on))
        return None


def _credit_of(loan: Loan, decisions: Decisions, day: Day, view: View) -> Dong:
    """Prepaid interest of a loan on a day; none when its due cannot be computed."""
    try:
        return max(0, -payable_on(loan, decisions, day, view))
    except LoanError:
        return 0


def _received(position: Position, code: str, on: Day, lines: Iterable[PostedInterest]) -> Effect:
    kept = list(lines)
    settled = (Buckets(line.in_term, line.overdue, line.grace) for line in kept)
    unallocated = sum(line.unallocated for line in kept)
    return Effect(position, code, settled=sum(settled, Buckets()), unallocated=unallocated, paid_on=on)
