"""What the holder of a phone does on an ordinary day."""

from edge.cashless import OUTCOMES, TransferOrder, VisitOrder, note_visit, own_receipt, request_transfer, void
from edge.collection import Deposit, plan_collection, record_collection
from edge.dues import dues_shown
from edge.errors import EdgeError, Fault
from edge.members import find_member
from edge.rounds import accept, active_writers, close_round, hand_over, in_hand, open_handovers
from protocol.phone_facts import Collected
from tests.fakes.disk import Killed
from tests.system.simulate.paper import Line
from tests.system.simulate.world import ViolationError

REFUSALS = {
    Fault.NOT_ADMITTED,
    Fault.NO_BOOK,
    Fault.ALREADY_COLLECTED,
    Fault.NOTHING_TO_COLLECT,
    Fault.NO_LOAN,
    Fault.NO_SUCH_ACCOUNT,
    Fault.SEVERAL_ACCOUNTS,
    Fault.ALREADY_VOIDED,
    Fault.ALREADY_POSTED,
    Fault.ALREADY_ACCEPTED,
    Fault.OVER_BALANCE,
    Fault.OVER_PRINCIPAL,
    Fault.OVER_CASH,
    Fault.OVER_HANDED,
    Fault.NO_SUCH_LOAN,
    Fault.PROMISE_IN_PAST,
}
STORAGE = {Fault.STORAGE_FULL, Fault.STORAGE_FAILED}


def attempt(actor, act):
    """Let the holder do something that says one entry, and write it down when the phone says "saved".

    Whatever is refused, or cut by a death, leaves nothing or that one entry whole.
    """
    phone = actor.phone
    before = 0 if phone.own is None else phone.own.length
    told = "saved"
    try:
        act(phone)
    except Killed:
        actor.die()
        told = "killed"
    except EdgeError as error:
        told = str(error.fault)
        if error.fault not in REFUSALS | actor.stops and not (error.fault in STORAGE and actor.disk.trap):
            raise ViolationError(f"{actor.owner.name} was refused: {error.fault}") from error
    own = actor.phone.own
    after = 0 if own is None else own.length
    if after - before not in {"saved": (1,), "killed": (0, 1)}.get(told, (0,)):
        raise ViolationError(f"{actor.owner.name}: {told}, and {after - before} entries more")
    if after > before:
        added = own.entries[-1]
        actor.paper.write(Line(own.log.epoch, added.seq, added.hash, cash(added.entry)))
    return told


def cash(entry):
    """What the household handed over, added up from the lines of the paper receipt."""
    if not isinstance(entry, Collected):
        return 0
    return sum(line.interest for line in entry.lines) + sum(line.amount for line in entry.savings)


def pick(world, chance, *, may_say=True):
    """A phone that runs, or None."""
    found = world.open_actors(may_say=may_say)
    return chance.choice(found) if found else None


def a_member(phone, chance):
    """Somebody of the group, listed or not."""
    return find_member(phone, str(chance.choice(sorted(phone.group.book.members))))


def collect(world, chance, actor=None):
    """Cash at the door, with or without savings."""
    actor = actor or pick(world, chance)
    if actor is None or not actor.phone.group.book.members:
        return "nobody collects"
    interest = chance.choice(["full", "rounded", "none", chance.randrange(1, 400_000)])
    deposits = [Deposit(chance.randrange(1, 20) * 1_000)] if chance.random() < 0.4 else []
    again = chance.random() < 0.4

    def act(phone):
        plan = plan_collection(phone, a_member(phone, chance), interest, deposits, again=again)
        record_collection(phone, plan)

    return f"{actor.owner.name} collects: {attempt(actor, act)}"


def take_back(world, chance):
    actor = pick(world, chance)
    if actor is None:
        return "nobody takes back"
    numbers = [fact.entry.receipt_no for fact in actor.phone.own_facts() if isinstance(fact.entry, Collected)]
    if not numbers:
        return "nothing to take back"
    number = chance.choice(numbers)
    told = attempt(actor, lambda phone: void(phone, own_receipt(phone, number), "mistyped"))
    return f"{actor.owner.name} takes back {number}: {told}"


def transfer(world, chance):
    actor = pick(world, chance)
    if actor is None or not actor.phone.group.book.loans:
        return "nobody asks for a transfer"
    loan = chance.choice(sorted(actor.phone.group.book.loans))
    order = TransferOrder(loan, chance.choice(["interest", "principal"]), chance.randrange(1, 60) * 1_000)
    member = actor.phone.group.book.loans[loan].member
    told = attempt(actor, lambda phone: request_transfer(phone, find_member(phone, str(member)), order))
    return f"{actor.owner.name} asks for a transfer: {told}"


def visit(world, chance):
    actor = pick(world, chance)
    if actor is None or not actor.phone.group.book.members:
        return "nobody visits"
    order = VisitOrder(chance.choice(OUTCOMES), note=chance.choice(["Hẹn chiều", None]))
    told = attempt(actor, lambda phone: note_visit(phone, a_member(phone, chance), order))
    return f"{actor.owner.name} visits: {told}"


def give(world, chance):
    """Cash goes to the other phone of the group, or is accepted there."""
    actor = pick(world, chance)
    if actor is None or not actor.phone.group.book.readies:
        return "nobody hands over"
    handed = next((one for one in open_handovers(actor.phone) if one.to_me), None)
    if handed is not None:
        told = attempt(actor, lambda phone: accept(phone, handed.writer, handed.seq, handed.amount_dong))
        return f"{actor.owner.name} accepts: {told}"
    others = sorted(active_writers(actor.phone) - {actor.phone.admission.entry.ordinal})
    held = in_hand(actor.phone).expected_dong
    if not others or held <= 0:
        return f"{actor.owner.name} has nothing to hand over"
    amount = chance.randrange(1, held + 1)
    return (
        f"{actor.owner.name} hands over: {attempt(actor, lambda phone: hand_over(phone, others[0], amount))}"
    )


def close(world, chance):
    actor = pick(world, chance)
    if actor is None or not actor.phone.group.book.readies:
        return "nobody closes"
    counted = max(0, in_hand(actor.phone).expected_dong - chance.choice([0, 0, 0, 1_000]))
    return f"{actor.owner.name} closes: {attempt(actor, lambda phone: close_round(phone, [], counted))}"


def seal(world, chance):
    actor = pick(world, chance)
    return "nobody seals" if actor is None else f"{actor.owner.name} seals {actor.phone.seal()}"


def look(world, chance):
    """The holder looks at the dues: reading changes nothing."""
    actor = pick(world, chance, may_say=False)
    if actor is None or not actor.phone.group.book.readies:
        return "nobody looks"
    shown = dues_shown(actor.phone)
    return f"{actor.owner.name} sees {sum(due.payable for due in shown.dues)}"


def exchange(world, chance):
    """An ordinary synchronisation."""
    actor = pick(world, chance, may_say=False)
    return "nobody synchronises" if actor is None else synchronise(actor)


def synchronise(actor):
    """One synchronisation with whatever stands in its way; what came of it in words."""
    done = actor.sync()
    if done is None:
        return f"{actor.owner.name} dies while it synchronises"
    told = f"{done.outcome}, {done.acknowledged} acknowledged, {done.waiting} wait, {done.learnt} learnt"
    return f"{actor.owner.name} synchronises: {told}"


def restart(world, chance):
    actor = pick(world, chance, may_say=False)
    if actor is None:
        return "nobody restarts"
    actor.stop()
    actor.start()
    return f"{actor.owner.name} restarts"


ACTS = {
    "collect": collect,
    "take back": take_back,
    "transfer": transfer,
    "visit": visit,
    "give": give,
    "close": close,
    "seal": seal,
    "look": look,
    "exchange": exchange,
    "restart": restart,
}
WEIGHTS = {"collect": 8, "exchange": 6, "restart": 1, "take back": 1, "close": 2}
