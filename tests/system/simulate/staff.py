"""What the branch's people do: facts from the counter, decisions, transaction days, corrections."""

from calc.settlement import plan_day
from calc.states import Phase, states
from hub.errors import CorrectionError, DayError, StoppedGroupError
from hub.service.corrections.decided import Signed, correct
from hub.service.corrections.resolving import Release
from hub.service.corrections.taking_back import Reversal
from hub.service.day.posting import Counting, Settling, count, settle
from hub.service.group.known import known_facts
from protocol.exchange import DetachedText
from protocol.loan_facts import InterestReceived, PrincipalRepaid
from protocol.phone_facts import Collected
from protocol.roster_facts import MemberListed, MemberMoved, RateDecided, SavingsAccountListed
from tests.facts import an
from tests.system.simulate.branch import CONTROLLER, TELLER


def a_group(world, chance):
    return chance.choice(world.codes)


def pay_at_the_counter(world, chance, group=None):
    """Interest or principal that a household pays at the bank."""
    group = group or a_group(world, chance)
    loan = chance.choice(sorted(world.state(group).book.loans))
    paid = {"loan": loan, "effective": world.branch.today, "core_ref": world.branch.reference()}
    if chance.random() < 0.5:
        fact = an(InterestReceived, amount=chance.randrange(1, 200_000), **paid)
    else:
        fact = an(PrincipalRepaid, amount=chance.randrange(1, 20) * 100_000, **paid)
    world.branch.say(group, fact)
    return f"{type(fact).__name__} in {group}"


def decide_a_rate(world, chance):
    """A decision for the whole branch: one number, in every group, behind what the group lacks (L12)."""
    ppm = chance.choice([60_000, 62_400, 66_000])
    known = {group: world.state(group).book.decisions.numbers for group in world.codes}
    decided = {number: one for numbers in known.values() for number, one in numbers.items()}
    number = max(decided, default=0) + 1
    decided[number] = an(RateDecided, number=number, kind="rate", ppm=ppm, reach="all")
    for group in world.codes:
        world.branch.say(group, *(decided[one] for one in sorted(decided) if one not in known[group]))
    return f"the rate becomes {ppm}"


def list_a_member(world, chance):
    group = a_group(world, chance)
    book = world.state(group).book
    ordinal, account = len(book.members) + 1, len(book.accounts) + 1
    as_of, number = world.branch.today, f"TV{ordinal:03}"
    listed = an(MemberListed, ordinal=ordinal, number=number, core_ref=world.branch.reference())
    held = an(SavingsAccountListed, ordinal=account, member=ordinal, number=f"TK{account}", as_of=as_of)
    world.branch.say(group, listed, held)
    return f"{group} lists member {ordinal}"


def move_a_member(world, chance):
    """Somebody leaves the group while its phones do not know it yet (fault class 47)."""
    group = a_group(world, chance)
    book = world.state(group).book
    owing = {loan.member for loan in book.loans.values()}
    free = sorted(ordinal for ordinal, one in book.members.items() if ordinal not in owing and not one.moved)
    if not free:
        return "nobody may leave"
    gone = an(MemberMoved, member=free[0], effective=world.branch.today, core_ref=world.branch.reference())
    world.branch.say(group, gone)
    return f"member {free[0]} leaves {group}"


def transaction_day(world, chance):
    """The day comes: the teller counts, the controller settles."""
    group = a_group(world, chance)
    state = world.state(group)
    day = world.branch.day(state)
    if day > world.branch.today:
        world.branch.until(day)
    missing = chance.choice([0, 0, 0, -1_000, 500])
    told = [
        refusal(world, lambda groups: count(groups, group, _counting(groups, group, day, missing))),
        refusal(world, lambda groups: settle(groups, group, Settling(day, CONTROLLER, TELLER)).changed),
    ]
    return f"{group} settles {day}: {told}"


def reverse(world, chance):
    """Two people take back what is booked."""
    group = a_group(world, chance)
    state = world.state(group)
    known = states(state.book, known_facts(state))
    booked = [
        fact.entry.receipt_no
        for fact in state.facts
        if isinstance(fact.entry, Collected) and fact.ref in known and known[fact.ref].phase is Phase.POSTED
    ]
    if not booked:
        return "nothing is booked"
    decision = Reversal(chance.choice(booked), None, "mistyped")
    return f"{group} reverses: {decided(world, group, decision)}"


def release(world, chance):
    """Two people release a receipt that is held."""
    group = a_group(world, chance)
    state = world.state(group)
    known = states(state.book, known_facts(state))
    held = [
        fact.entry.receipt_no
        for fact in state.facts
        if isinstance(fact.entry, Collected) and fact.ref in known and known[fact.ref].phase is Phase.HELD
    ]
    if not held:
        return "nothing is held"
    decision = Release(chance.choice(held))
    return f"{group} releases: {decided(world, group, decision)}"


def wait(world, chance):
    world.time.wait(hours=chance.randrange(1, 30))
    return f"it is {world.time.now.isoformat()}"


def _counting(groups, group, day, missing):
    """What the teller finds: what should be there, or a little else."""
    state = groups.load(group)
    expected = plan_day(state.book, known_facts(state), day).expected
    return Counting(day, max(0, expected + missing), (), TELLER, None)


def decided(world, group, decision):
    return refusal(world, lambda groups: correct(groups, group, decision, _signed(world)))


def refusal(world, act):
    """The code with which people's work is refused, or that it was done."""
    try:
        world.branch.at_the_desk(act)
    except (DayError, CorrectionError, StoppedGroupError) as error:
        return error.code
    return "done"


def _signed(world):
    paper = DetachedText(world.noise.randbytes(16), b"Bi\xc3\xaan b\xe1\xba\xa3n")
    return Signed(CONTROLLER, TELLER, paper)


ACTS = {
    "pay at the counter": pay_at_the_counter,
    "decide a rate": decide_a_rate,
    "list a member": list_a_member,
    "move a member": move_a_member,
    "transaction day": transaction_day,
    "reverse": reverse,
    "release": release,
    "wait": wait,
}
WEIGHTS = {"transaction day": 2}
