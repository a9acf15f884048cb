"""One transaction day on one phone, as any host plays it: what it shows, sends and keeps."""

from datetime import datetime

from msgspec import Struct, to_builtins

from edge import agent, enrol, rounds
from edge.collection import Deposit, plan_collection, record_collection
from edge.household import household
from edge.members import find_member, members
from edge.receipt import proof, receipt
from edge.standing import standing
from edge.sync import sync
from protocol.entries import entry_bytes

PIN = "258046"
NOW = "2025-12-17T08:00:00+07:00"
VISITS = (("1", "full", ()), ("2", "rounded", (Deposit(50_000),)), ("3", 100_000, ()))


class Told(Struct, frozen=True):
    """Views as plain values, entries, seals and QR texts as they are."""

    shown: dict[str, object]
    entries: list[str]
    seals: list[str]
    proofs: list[str]


def clock():
    """The story's only moment."""
    return datetime.fromisoformat(NOW)


def play(ledger, host, carrier, voucher):
    """Enrol, take the book, collect at three doors, close the round, send; returns the list before."""
    device = agent.open_device(ledger, PIN, host, clock, create=True)
    enrol.begin(device, enrol.voucher_typed(voucher), carrier)
    device.ledger.close()
    phone = agent.unlock(ledger, PIN, host, clock)
    enrol.check(phone, carrier)
    sync(phone, carrier)
    before = to_builtins(members(phone))
    for member, interest, deposits in VISITS:
        record_collection(phone, plan_collection(phone, find_member(phone, member), interest, deposits))
    rounds.close_round(phone, (), rounds.in_hand(phone).expected_dong)
    sync(phone, carrier)
    phone.ledger.close()
    return before


def tell(ledger, host):
    """What the ledger says after it was closed: every view, and the bytes that were signed."""
    phone = agent.unlock(ledger, PIN, host, clock)
    facts = phone.own_facts()
    told = Told(
        shown={
            "members": to_builtins(members(phone)),
            "households": [
                to_builtins(household(phone, member)) for member in phone.group.book.members.values()
            ],
            "receipts": [to_builtins(receipt(phone, fact, copy=True)) for fact in facts[: len(VISITS)]],
            "standing": to_builtins(standing(phone)),
        },
        entries=[entry_bytes(fact.entry).hex() for fact in facts],
        seals=[row.body.hex() for row in phone.ledger.kept("seal")],
        proofs=[proof(phone, fact.ref) for fact in facts[: len(VISITS)]],
    )
    phone.ledger.close()
    return to_builtins(told)
