"""Whole logs, their merge, the exchange, vouchers and digits (L7, L10, L11, L15–L18)."""

import copy

from protocol.chain import genesis
from protocol.codec import encode
from protocol.entries import entry_bytes
from protocol.exchange import DetachedText, Refused, Request, Response
from protocol.keys import fingerprint, statement_digest
from protocol.phone_facts import Collected
from protocol.posting_facts import DayOpened
from protocol.trust_facts import BranchEpochOpened, KeyStated
from protocol.voucher import voucher, write_qr, write_voucher
from tests.builders import Branch, Writer, a_group, signer, stated
from tests.facts import GROUP, MOMENT, an
from tests.vectors.cases import Vector
from tests.vectors.entry_cases import HANDED

ROOT = signer("root")
GIVEN = {"root": ROOT.spki.hex(), "group": GROUP}


def branch_cases():
    """A branch log from its opening on, with a change of key; and seals that it refuses."""
    branch = Branch()
    branch.seal(an(DayOpened), an(DayOpened, decisions=1))
    branch.state_new_key()
    branch.seal(an(DayOpened, decisions=2))
    seals = tuple(branch.seals)
    other = Branch().seal(an(DayOpened, decisions=9), an(DayOpened, decisions=1))
    late = Writer(branch.log.log, signer("branch key 1"), branch.log.head)
    late.seq = branch.log.length
    late.write(an(DayOpened))
    lower = KeyStated(stated(signer("branch key 2"), number=1))
    for name, about, brought in (
        ("key-change", "the second key signs from the seal after KeyStated", seals),
        ("repeat", "a repeated seal changes nothing, under the key of its time", (*seals, seals[1])),
    ):
        yield _branch(f"good/branch-log/{name}", about, brought)
    for name, layer, about, brought in (
        ("gap", "gap", "the second seal is missing (B40)", (seals[0], seals[2])),
        ("fork", "fork", "another history (B42)", (*seals, other)),
        ("old-key", "signature", "the old key after the change", (*seals, late.seal())),
        ("no-opening", "log", "entry 1 is no opening", (_first_seal(an(DayOpened)),)),
        ("other-group", "log", "another group's log", (a_group("KM-002").seals[0],)),
        ("entry", "entry", "an entry that its field list forbids", (seals[0], _wrong(branch, (113, 1)))),
        ("phones-kind", "entry", "what only a phone may say", (seals[0], _wrong(branch, HANDED))),
        ("phones-tag", "entry", "a phone's kind of tomorrow", (seals[0], _wrong(branch, (9, 1)))),
        ("number", "key", "a key change that does not go up", (_first_seal(_opening(branch), lower),)),
        (
            "genesis",
            "fork",
            "the first seal continues something",
            (_first_seal(_opening(branch), at=bytes(32)),),
        ),
    ):
        yield _branch(f"bad/branch-log/{name}", about, brought, layer)


def key_cases():
    """Which key opens a branch log, and what an old one may still say (L5, L17)."""
    branch = Branch()
    branch.seal(an(DayOpened), an(DayOpened, decisions=1))
    old = Writer(branch.log.log, signer("branch key 1"), branch.log.head)
    old.seq = branch.log.length
    branch.state_new_key()
    seals, change = tuple(branch.seals), branch.log.entries[-1].raw
    repeat, more = copy.copy(old), copy.copy(old)
    repeat.pending, more.pending = [change], [change, entry_bytes(an(DayOpened))]
    about = "the old key seals its last entries anew, with nothing new"
    yield _branch("good/branch-log/old-key-repeats", about, (*seals, repeat.seal()))
    about = "the old key seals its last entries anew, and one more"
    yield _branch("bad/branch-log/old-key-overlap", about, (*seals, more.seal()), "key")
    kinds = branch.seal(encode((39, "x")), encode((128, 7)))
    yield _branch("good/branch-log/kinds-of-tomorrow", "chained and set aside", (*seals, kinds))
    about = "nobody stated the key"
    yield _branch("bad/branch-log/no-statement", about, seals, "key", ())
    twice = (stated(signer("branch key 1")), stated(signer("branch key 1"), number=2))
    opening = entry_bytes(BranchEpochOpened(GROUP, 0, statement_digest(twice[1]), None))
    about = "one key, stated twice; the opening names the second statement"
    yield _branch("good/branch-log/stated-twice", about, (_first_seal(opening),), "ok", twice)


def phone_cases():
    """A phone's log as its seals arrive: repeats, gaps, forks, entries set aside (L7, L9, L16)."""
    branch = a_group()
    phone = branch.phones[0]
    first = phone.seal(_collected(1))
    twin = phone.twin()
    longer = phone.twin().seal(_collected(2), _collected(3), _collected(4))
    second, third = phone.seal(_collected(2)), phone.seal(_collected(3))
    theirs = twin.seal(_collected(5))
    faulty = phone.seal(encode((1, "no receipt")), an(DayOpened))
    no_entries = phone.seal(b"\x05", b"\x90", encode((0, 1)), encode((7_000, *[bytes(250)] * 33)))
    astray = phone.twin()
    astray.seq, astray.head = 2, bytes(32)
    for name, about, brought in (
        ("in-order", "each extends", (first, second, third)),
        ("repeat", "the first comes twice", (first, first, second)),
        ("gap", "the last two wait for the first", (third, second, first)),
        ("overlap", "a longer seal that agrees is no fork", (first, second, longer)),
        ("fork", "a clone's seal is kept beside (P55)", (first, second, theirs)),
        ("fork-first", "the clone's comes first", (first, theirs, third, second)),
        (
            "faulty",
            "entries that a phone may not say are chained and set aside",
            (first, second, third, faulty),
        ),
        ("no-entries", "so are values that are no entries", (first, second, third, faulty, no_entries)),
        ("waits-twice", "a seal that waits comes twice", (third, third, second, first)),
        ("claims", "a seal that waits contradicts another", (first, longer, astray.seal(_collected(6)))),
    ):
        yield _phone(f"good/phone-log/{name}", about, (entry_bytes(phone.admission), *brought))
    thief = phone.twin()
    thief.key = signer("thief")
    stolen = thief.seal(_collected(9))
    deputys = branch.phones[1].seal(_collected(10_001))
    yield _phone(
        "bad/phone-log/other-key", "a thief's key", (entry_bytes(phone.admission), stolen), "signature"
    )
    yield _phone("bad/phone-log/other-log", "the deputy's", (entry_bytes(phone.admission), deputys), "log")
    for name, about, given in (
        ("algorithm", "an algorithm of tomorrow: nothing of that writer is verified", {"algorithm": "p256"}),
        ("name", "a name that its key does not bear", {"writer": bytes(10)}),
    ):
        other = Branch().admit("leader", **given)
        parts = (entry_bytes(other.admission), other.seal(_collected(1)))
        yield _phone(f"bad/phone-log/{name}", about, parts, "key")


def merge_cases():
    """A story of two phones, one cloned, out of order: one order in the end (L10, L16)."""
    branch = a_group()
    leader, deputy = branch.phones
    leader.seal(_collected(1))
    twin = leader.twin()
    leader.seal(_collected(2), _collected(3))
    deputy.seal(_collected(10_001))
    unreceived = deputy.seal(_collected(10_002))
    theirs = twin.seal(_collected(4))
    branch.receive(deputy.seals[0], leader.seals[1])
    branch.receive(leader.seals[0], theirs, leader.seals[1])
    brought = (theirs, leader.seals[1], unreceived, deputy.seals[0], leader.seals[0])
    given = GIVEN | {"statements": "1", "branch-seals": str(len(branch.seals))}
    about = "writer.epoch.seq.hash@position of its Received, or @-; ! from a fork on"
    parts = (*branch.statements, *branch.seals, *brought)
    yield Vector("good/merge/story", "merge", about, parts, given)


def wire_cases():
    """Exchange bodies (L11)."""
    branch = a_group()
    phone = branch.phones[0]
    text = DetachedText(bytes(range(16)), "Phạm Thị Lụa".encode())
    request = encode(Request(1, GROUP, branch.tip, (), (phone.seal(an(Collected)),), (text,)))
    seals = tuple(branch.seals[-2:])
    statements = tuple(branch.statements)
    response = encode(Response(1, MOMENT, statements, seals, (), (text,), (Refused(0, "x"),), 1, 1))
    first = encode(Request(1, GROUP, None, (), (), ()))
    yield Vector("good/exchange/request", "request", "one seal and one text", (request,))
    yield Vector("good/exchange/first-request", "request", "a phone that has nothing yet", (first,))
    yield Vector("good/exchange/response", "response", "two branch seals, and more to come", (response,))
    for name, raw in (
        ("version-2", encode((2, GROUP, None, (), (), ()))),
        ("trailing", first + b"\0"),
        ("seals-65", encode((1, GROUP, None, (), (b"",) * 65, ()))),
        ("html", b"<!DOCTYPE html>"),
    ):
        yield Vector(f"bad/exchange/{name}", "request", "a body of another shape", (raw,), expect="exchange")


def voucher_cases():
    """Vouchers, typed and scanned, and the six digits (L17)."""
    pinned = fingerprint(ROOT.spki)
    made = voucher(0x123456789ABCDEF01, pinned)
    typed = write_voucher(made)
    about = "bytes: a root's fingerprint"
    for name, text, root in (
        ("as-printed", typed, pinned),
        ("by-hand", typed.lower().replace("-", " ").replace("0", "o"), pinned),
        ("other-root", typed, fingerprint(signer("other root").spki)),
    ):
        yield Vector(f"good/voucher/{name}", "voucher", about, (root,), {"typed": text})
    for name, text in (
        ("typo", "Z" + typed[1:]),
        ("dotless-i", typed.replace("-", "").replace("1", "ı")),
        ("swapped", typed[1] + typed[0] + typed[2:]),
        ("short", typed[:-2]),
        ("letter-u", "U" + typed[1:]),
    ):
        yield Vector(
            f"bad/voucher/{name}", "voucher", "mistyped (R96)", (pinned,), {"typed": text}, "voucher"
        )
    scanned = write_qr(made, pinned, "https://hub.example.vn")
    raw = encode((1, typed.replace("-", "")[:13], pinned, "https://hub.example.vn"))
    yield Vector("good/voucher/qr", "voucher-qr", "as scanned", (raw,), {"qr": scanned})
    keys = (signer("leader").spki, ROOT.spki, bytes(range(16)))
    yield Vector("good/digits/six", "digits", "phone SPKI, root SPKI, the hub's nonce", keys)


def _collected(number):
    return an(Collected, receipt_no=number)


def _opening(branch):
    return branch.log.entries[0].raw


def _branch(name, about, seals, expect="ok", statements=None):
    statements = (stated(signer("branch key 1")),) if statements is None else statements
    given = GIVEN | {"statements": str(len(statements))}
    return Vector(name, "branch-log", about, (*statements, *seals), given, expect)


def _phone(name, about, parts, expect="ok"):
    return Vector(name, "phone-log", about, parts, GIVEN, expect)


def _wrong(branch, fields):
    opening = branch.log.entries[0]
    second = Writer(branch.log.log, signer("branch key 1"), opening.hash)
    second.seq = 1
    second.write(encode(fields))
    return second.seal()


def _first_seal(*entries, at=None):
    first = Writer(Branch().log.log, signer("branch key 1"), at)
    (opening, *_rest) = first.write(*entries)
    first.head = at or genesis(ROOT.spki, opening)
    return first.seal()
