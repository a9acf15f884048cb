"""Members, loans and savings accounts of one group, and how facts and postings reach them (B1, B21, B22)."""

from collections.abc import Iterable, Iterator

from msgspec import Struct, structs

from calc.days import View
from calc.events import Event, Kind
from calc.loan import CoreFact, Effect, Loan, LoanFact, Opening
from calc.problems import Oddity
from calc.rounding import Buckets
from calc.savings import Account, Move
from protocol.day import Day
from protocol.ids import Ordinal, Position
from protocol.loan_facts import CoreMatched, CreditRefunded, InterestAdjusted, LoanBroughtForward, LoanOpened
from protocol.posting_facts import Posted, PostedInterest, ReceiptRekeyed
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
        self._numbers: dict[str, Ordinal] = {}
        self._core_refs: dict[str, CoreFact | SavingsMoved] = {}
        self._provisional: dict[Position, CoreFact | SavingsMoved] = {}

    def copy(self) -> "Roster":
        """An independent copy."""
        twin = Roster()
        twin.members = dict(self.members)
        twin.loans = {ordinal: loan.copy() for ordinal, loan in self.loans.items()}
        twin.accounts = {ordinal: account.copy() for ordinal, account in self.accounts.items()}
        twin._numbers = dict(self._numbers)
        twin._core_refs = dict(self._core_refs)
        twin._provisional = dict(self._provisional)
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
                return self._match(fact)
        return self._open_loan(position, fact)

    def take(self, position: Position, fact: LoanFact, view: View) -> Oddity | None:
        """Let a fact of a loan count, once (B21); returns what is odd about it."""
        loan = self.loans.get(fact.loan)
        if loan is None:
            return Oddity.UNKNOWN_LOAN
        if isinstance(fact, CreditRefunded):
            return self._refund(position, fact, view)
        if isinstance(fact, InterestAdjusted):
            return loan.take(position, fact, view)
        if self._is_known(fact):
            return self._conflict(fact)
        oddity = loan.take(position, fact, view)
        self._remember(position, fact)
        return oddity

    def lacks(self, loans: Iterable[Ordinal], accounts: Iterable[Ordinal]) -> Oddity | None:
        """Say which of the loans or accounts that a posting names the group does not have."""
        if not self.loans.keys() >= set(loans):
            return Oddity.UNKNOWN_LOAN
        return None if self.accounts.keys() >= set(accounts) else Oddity.UNKNOWN_ACCOUNT

    def post(self, position: Position, posted: Posted) -> None:
        """Stage what a posting does to each loan and account that it names."""
        for loan in sorted(loans_of(posted)):
            events = tuple(
                Event(posted.day, Kind.REPAID, line.in_term + line.overdue)
                for line in posted.principal
                if line.loan == loan
            )
            effect = _received(position, "posted", (line for line in posted.interest if line.loan == loan))
            staged = structs.replace(effect, events=events, day=posted.day)
            self.loans[loan].effects.append(staged)
        for line in posted.savings:
            move = Move(position, posted.day, line.change, day=posted.day)
            self.accounts[line.account].moves.append(move)

    def rekey(self, position: Position, rekeyed: ReceiptRekeyed) -> None:
        """Let a paper receipt count on the loans and accounts that it names, at once."""
        for line in rekeyed.interest:
            self.loans[line.loan].effects.append(_received(position, "receipt_rekeyed", [line]))
        for deposit in rekeyed.savings:
            self.accounts[deposit.account].moves.append(Move(position, rekeyed.day, deposit.amount))

    def reverse(self, position: Position, place: Position) -> None:
        """Let nothing of what stands at a place count from here on."""
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
                if moved and not loan.bears((), view):
                    loan.effects[index] = structs.replace(effect, events=())
                    yield loan.ordinal, effect.position

    def _list_member(self, listed: MemberListed) -> Oddity | None:
        """Let a member be known under his ordinal."""
        if listed.ordinal in self.members:
            return Oddity.ORDINAL_TAKEN
        self.members[listed.ordinal] = Member(listed)
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
        self.loans[opening.ordinal] = Loan(position, opening)
        self._numbers[opening.number] = opening.ordinal
        return None

    def _move_savings(self, position: Position, moved: SavingsMoved) -> Oddity | None:
        """Let a movement of the core on a savings account count, once (B21)."""
        account = self.accounts.get(moved.account)
        if account is None:
            return Oddity.UNKNOWN_ACCOUNT
        if self._is_known(moved):
            return self._conflict(moved)
        account.take(position, moved)
        self._remember(position, moved)
        return None

    def _match(self, matched: CoreMatched) -> Oddity | None:
        """Let the bank's reference name a fact that was keyed before it had one (B21)."""
        fact = self._provisional.get(matched.entry)
        if fact is None:
            return Oddity.UNKNOWN_PLACE
        known = self._core_refs.setdefault(matched.core_ref, fact)
        return None if known is fact else Oddity.CORE_REF_TAKEN

    def _refund(self, position: Position, refunded: CreditRefunded, view: View) -> Oddity | None:
        target = refunded.to_loan
        if target is not None and (target not in self.loans or target == refunded.loan):
            return Oddity.UNKNOWN_LOAN
        if target is not None:
            credit = Effect(position, "credit_carried", unallocated=refunded.amount)
            self.loans[target].effects.append(credit)
        return self.loans[refunded.loan].take(position, refunded, view)

    def _is_known(self, fact: CoreFact | SavingsMoved) -> bool:
        return fact.core_ref in self._core_refs

    def _conflict(self, fact: CoreFact | SavingsMoved) -> Oddity | None:
        assert fact.core_ref is not None
        known = self._core_refs[fact.core_ref]
        again = structs.replace(known, core_ref=fact.core_ref, decided_by=fact.decided_by)
        return None if again == fact else Oddity.CORE_REF_TAKEN

    def _remember(self, position: Position, fact: CoreFact | SavingsMoved) -> None:
        if fact.core_ref is None:
            self._provisional[position] = fact
        else:
            self._core_refs[fact.core_ref] = fact


def _received(position: Position, code: str, lines: Iterable[PostedInterest]) -> Effect:
    kept = list(lines)
    settled = (Buckets(line.in_term, line.overdue, line.grace) for line in kept)
    unallocated = sum(line.unallocated for line in kept)
    return Effect(position, code, settled=sum(settled, Buckets()), unallocated=unallocated)
