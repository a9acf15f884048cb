"""``Reversed`` and ``CreditRefunded``: what was booked is mirrored, a credit is paid back (B7, B15, B17)."""

from collections.abc import Iterator

from msgspec import Struct

from calc.dues import due_in
from calc.loan import Loan
from calc.words import money
from hub.errors import CorrectionError
from hub.service.corrections.decided import Moment, Signed
from hub.service.corrections.resolving import receipt_no
from hub.service.group.known import known_facts
from protocol.ids import Position
from protocol.loan_facts import CreditRefunded
from protocol.money import Dong
from protocol.posting_facts import Reversed


class Reversal(Struct, frozen=True):
    """Mirror what stands booked: of the receipt with this number, or at this place of the branch log."""

    receipt_no: int | None
    place: Position | None
    cause: str

    def __call__(self, moment: Moment, signed: Signed) -> Reversed | None:
        """The reversal, as of today; None for what was reversed before."""
        postings, view = moment.book.postings, moment.book.view()
        booked = list(_booked(moment))
        if self.place is not None:
            places = [place for place, _ in booked if place == self.place]
        else:
            places = [place for place, number in booked if number == self.receipt_no]
        standing = [place for place in places if postings.reversed_at(place, view) is None]
        if not standing:
            if places:
                return None
            raise CorrectionError("not_booked")
        if len(standing) > 1:
            raise CorrectionError(
                "several_booked", places=", ".join(f"{one.epoch}.{one.seq}" for one in standing)
            )
        _check_principal(moment, standing[0])
        return Reversed(
            posted=standing[0],
            day=moment.today,
            cause=self.cause,
            statement=signed.statement,
            decided_by=signed.decided_by,
            confirmed_by=signed.confirmed_by,
        )


class Refund(Struct, frozen=True):
    """Pay a loan's credit back in cash, or carry it to another loan of the member; None is all of it."""

    loan: str
    amount: Dong | None
    to_loan: str | None

    def __call__(self, moment: Moment, signed: Signed) -> CreditRefunded:
        """The refund, as of today."""
        source = _loan(moment, self.loan)
        target = None if self.to_loan is None else _loan(moment, self.to_loan)
        credit = due_in(moment.book, source, moment.today, moment.book.view()).prepaid
        if target is not None and (target is source or target.member != source.member):
            raise CorrectionError("other_member", loan=self.to_loan)
        if target is not None and target.closed_on(moment.book.view()) is not None:
            raise CorrectionError("closed_loan", loan=self.to_loan)
        if not credit:
            raise CorrectionError("no_credit", loan=self.loan)
        if self.amount is not None and self.amount > credit:
            raise CorrectionError("credit_less", loan=self.loan, left=money(credit))
        return CreditRefunded(
            loan=source.ordinal,
            effective=moment.today,
            amount=credit if self.amount is None else self.amount,
            to_loan=None if target is None else target.ordinal,
            decided_by=signed.decided_by,
            confirmed_by=signed.confirmed_by,
        )


def _booked(moment: Moment) -> Iterator[tuple[Position, int | None]]:
    """What settled days booked and what papers were typed in, with the number of a receipt.

    A receipt that was held and posted later stands booked by its posting alone.
    """
    book, view = moment.book, moment.book.view()
    facts = known_facts(moment.state).by_ref
    posted = {
        ref: posting.position
        for ref, posting in book.postings.posted.items()
        if view.counts(posting.position, posting.entry.day)
    }
    held = {
        ref: posting.position
        for ref, posting in book.postings.held.items()
        if view.counts(posting.position, posting.entry.day)
    }
    for ref, place in (held | posted).items():
        fact = facts.get(ref)
        yield place, None if fact is None else receipt_no(fact)
    for number, (place, _) in book.postings.rekeyed.items():
        yield place, number


def _check_principal(moment: Moment, place: Position) -> None:
    """Refuse to give principal back to a loan that the bank has closed since: the core has the last word."""
    view = moment.book.view()
    for loan in moment.book.loans.values():
        repaid = any(effect.position == place and effect.events for effect in loan.effects)
        if repaid and loan.closed_on(view) is not None:
            raise CorrectionError("closed_principal", loan=loan.number)


def _loan(moment: Moment, number: str) -> Loan:
    """A loan that has begun, by its number."""
    loans = moment.book.loans.values()
    found = [loan for loan in loans if loan.number == number and loan.start <= moment.today]
    if not found:
        raise CorrectionError("unknown_loan", loan=number)
    return found[0]
