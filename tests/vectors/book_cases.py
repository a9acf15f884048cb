"""What a `Restated` does to a book and to phones' entries (L15), and how decisions are numbered (L12)."""

from protocol.loan_facts import InterestReceived, LoanBroughtForward
from protocol.phone_facts import Collected
from protocol.posting_facts import DayOpened
from protocol.roster_facts import MemberListed, PolicyAdopted, RateDecided
from protocol.trust_facts import WriterRevoked
from tests.builders import a_group
from tests.facts import DAY, GROUP, an
from tests.vectors.cases import Vector

SINCE = DAY - 30
OLD, NEW = "660001000203", "660001000209"


def restated_cases():
    """A member, a loan, interest, a decision and a collection are lost; some of it is said again."""
    before, lost, paid = _lost()
    leader = before.phones[0]
    for name, about, given_back, wanted in (
        ("opening", "the lost loan gets the next number, also where the phone names it", True, "all"),
        ("same-bank-number", "the loan was entered again meanwhile: it is the same one", True, "same"),
        ("brought-and-not-restated", "the number is nobody's: the phone meant another loan", True, "none"),
        ("not-brought", "the number is nobody's while nobody has brought what it meant", False, "none"),
        ("twice", "a second `Restated` of one entry changes nothing", True, "twice"),
        ("copies", "what was entered again by hand is not counted twice", True, "by-hand"),
    ):
        after = before.restored(4)
        after.open_epoch()
        number = OLD if wanted == "same" else NEW
        after.seal(_member(3, "3000010009" if number == NEW else "3000010003"), _loan(3, number))
        if wanted == "by-hand":
            after.seal(_interest(), _rate())
        if given_back:
            _restate(after, lost, wanted)
        after.receive(paid)
        yield _book(f"good/book/restated-{name}", about, after, (*leader.seals,))


def epoch_again_cases():
    """What was restated is lost itself; and a phone that was lost is admitted and revoked again."""
    before, lost, paid = _lost()
    once = before.restored(4)
    once.open_epoch()
    found = once.take_back(lost)
    once.seals.append(lost)
    again = once.restate(*found)
    twice = before.restored(4)
    twice.open_epoch(2)
    twice.take_back(lost)
    inner = twice.take_back(once.seals[4], again)
    twice.seals += [lost, once.seals[4], again]
    twice.restate(*inner[1:], ordinals={one.position: 3 for one in inner[1:3]})
    twice.receive(paid)
    about = "a lost `Restated` is restated: what it named counts"
    yield _book("good/book/restated-through-another", about, twice, tuple(before.phones[0].seals))
    yield _revoked()


def decision_cases():
    """One number, one decision; a claim says how many there are."""
    for name, about, entries in (
        ("repeated", "a second copy under one number is ignored", (_policy(1), an(DayOpened, decisions=5))),
        (
            "conflict",
            "another decision under a number that is taken has no effect",
            (an(PolicyAdopted, number=4, policy="cash_unit", amount=500, effective=SINCE),),
        ),
        ("gap", "number 6 is missing up to 7", (_rate(number=7), an(DayOpened, decisions=7))),
        (
            "gap-closed",
            "it comes later, which is soon enough",
            (_rate(number=7), an(DayOpened, decisions=7), _rate(number=6, ppm=36_000)),
        ),
        ("claimed", "a day claims more than there are", (an(DayOpened, decisions=6),)),
    ):
        branch = a_group()
        branch.seal(*entries)
        yield _book(f"good/book/decisions-{name}", about, branch, ())


def _lost():
    """A group whose backup has the first four seals; what it lost in one seal, and a receipt after it."""
    before = a_group()
    entries = _member(3, "3000010003"), _loan(3, OLD), _interest(), _rate(), an(DayOpened, decisions=6)
    lost = before.seal(*entries)
    cash = an(Collected, member=3, lines=[(3, 90_000, 90_000)], knows=((0, 2), ()))
    return before, lost, before.phones[0].seal(cash)


def _restate(after, lost, wanted):
    found = after.take_back(lost)
    after.seals.append(lost)
    if wanted == "none":
        return
    opened = dict.fromkeys((one.position for one in found[:2]), 3 if wanted == "same" else 4)
    after.restate(*found, ordinals=opened)
    if wanted == "twice":
        after.restate(*found, ordinals=opened)


def _revoked():
    """The deputy's admission and revocation are lost; another phone bears the ordinal meanwhile."""
    before = a_group()
    deputy = before.phones[1]
    cash = deputy.seal(an(Collected, receipt_no=10_001))
    line = {"writer": 2, "epoch": 0, "seq": 1, "head": deputy.head, "reason": "lost"}
    revoked = before.seal(an(WriterRevoked, **line))
    after = before.restored(3)
    after.phones = after.phones[:1]
    after.open_epoch()
    after.admit("new deputy", ordinal=2)
    found = after.take_back(deputy.admitted_in, revoked)
    after.seals += [deputy.admitted_in, revoked]
    after.restate(*found, ordinals={found[0].position: 3})
    about = "a revocation is said again behind the admission that it is about, which has another number now"
    return _book("good/book/restated-revocation", about, after, (cash,))


def _member(ordinal, number):
    return an(MemberListed, ordinal=ordinal, number=number)


def _loan(ordinal, number):
    balance = {"as_of": SINCE, "in_term": 10_000_000}
    return an(LoanBroughtForward, ordinal=ordinal, member=ordinal, number=number, **balance)


def _interest():
    return an(InterestReceived, loan=1, effective=DAY - 1, amount=100_000, core_ref="CB-000007")


def _rate(number=6, ppm=48_000):
    return an(RateDecided, number=number, kind="rate", ppm=ppm, reach="all", effective_from=DAY - 2)


def _policy(number):
    return an(PolicyAdopted, number=number, policy="rounding", choice="half_up", effective=SINCE)


def _book(name, about, branch, phone_seals):
    given = {"root": branch.root.spki.hex(), "group": GROUP, "day": str(DAY)}
    given |= {"statements": str(len(branch.statements)), "branch-seals": str(len(branch.seals))}
    parts = (*branch.statements, *branch.seals, *phone_seals)
    return Vector(name, "book", about, parts, given)
