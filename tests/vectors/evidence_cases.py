"""Vectors of the two files that the root's fingerprint alone proves: evidence (L16) and checkpoints."""

from hashlib import sha256

from msgspec import structs

from protocol.checkpoint import Checkpoint, GroupHead, SignedCheckpoint, publish
from protocol.codec import encode
from protocol.evidence import Mark, Trust, assemble, read_evidence
from protocol.keys import fingerprint, statement_digest
from protocol.phone_facts import Collected, Visited
from protocol.posting_facts import DayOpened
from protocol.receipt import Marked, mark
from protocol.trust_facts import WriterRevoked
from tests.builders import VERIFIER, a_group, signer, stated
from tests.facts import DAY, an
from tests.vectors.cases import Vector

TRUSTED = {"fingerprint": fingerprint(signer("root").spki).hex()}
EVIDENCE, CHECKPOINT = b"tovay/evidence/1\0", b"tovay/checkpoint/1\0"


def evidence_cases():
    """Each kind of contradiction, and files that show none."""
    good = {
        "phone-fork": (_phone_fork(), "a copied phone: two second entries"),
        "receipt": (_receipt(), "a receipt that is not the one in the log (L13)"),
        "branch-fork": (_branch_fork(), "two histories of one group under one branch key"),
        "branch-known": (_branch_known(), "a phone was shown another history"),
        "after-revocation": (_after_revocation(), "a seal behind the line (L18)"),
    }
    for name, (raw, about) in good.items():
        yield Vector(f"good/evidence/{name}", "evidence", about, (raw,), TRUSTED)
    fork = good["phone-fork"][0]
    read = read_evidence(fork)
    unused = tuple(sorted((*read.statements, stated(signer("branch key 2"), number=2))))
    for name, layer, raw, about in (
        ("domain", "evidence", fork[1:], "another first byte"),
        ("trailing", "evidence", fork + b"\0", "a byte behind the array"),
        ("order", "evidence", _changed(fork, first=read.second, second=read.first), "the greater hash first"),
        ("same", "evidence", _changed(fork, second=read.first), "one seal twice"),
        ("unused", "evidence", _changed(fork, statements=unused), "a statement that signed nothing"),
        ("no-admission", "evidence", _changed(fork, admission=None), "nothing says whose key it is"),
        ("other-kind", "signature", _changed(fork, kind="branch_known"), "a phone's seal as the branch's"),
        ("flipped-bit", "signature", _flipped(fork), "one bit of the second seal's header is flipped"),
    ):
        yield Vector(f"bad/evidence/{name}", "evidence", about, (raw,), TRUSTED, layer)
    other = {"fingerprint": fingerprint(signer("other root").spki).hex()}
    yield Vector("bad/evidence/other-root", "evidence", "another root is trusted", (fork,), other, "key")


def checkpoint_cases():
    """A checkpoint of two groups, and bytes that are none."""
    key, statement = signer("branch key 1"), stated(signer("branch key 1"))
    root = signer("root").spki
    heads, first = _heads(), _first()
    good = publish(first, root, statement, key)
    yield Vector("good/checkpoint/two-groups", "checkpoint", "two groups", (good,), TRUSTED)
    bundle = stated(key, purpose="bundle")
    for name, layer, raw, about in (
        ("trailing", "checkpoint", good + b"\0", "a byte behind the array"),
        ("seal-prefix", "signature", _signed(first, key.sign(b"tovay/seal/1\0" + encode(first))), "S37"),
        ("bundle-key", "key", publish(first, root, bundle, key), "a key stated for bundles"),
        ("other-branch", "key", _published(first, branch="HN"), "a branch whose key this is not"),
        ("no-previous", "checkpoint", _raw(_said(first, number=2)), "the second names none before it"),
        ("descending", "checkpoint", _raw(_said(first, heads=heads[::-1])), "groups in another order"),
    ):
        yield Vector(f"bad/checkpoint/{name}", "checkpoint", about, (raw,), TRUSTED, layer)


def contradiction_cases():
    """Two checkpoints of one branch, the older one first: what they cannot both say honestly."""
    (one, two), first = _heads(), _first()
    later = {"number": 2, "day": DAY + 1, "previous": sha256(encode(first)).digest()}
    higher = GroupHead("KM-001", 0, 15, bytes([3]) * 32), GroupHead("KM-002", 2, 1, bytes([4]) * 32)
    new = GroupHead("KM-003", 0, 1, bytes([5]) * 32)
    for name, about, given in (
        ("same", "one file twice contradicts nothing", {}),
        ("grown", "higher heads, a higher epoch, one group more", later | {"heads": (*higher, new)}),
        ("skipped", "the third beside the first: the link is the second's", later | {"number": 3}),
        ("twice", "two under one number", {"day": DAY + 1}),
        ("not-linked", "the next one names another before it", later | {"previous": bytes(32)}),
        ("day-back", "the later one is of an earlier day", later | {"day": DAY - 1}),
        ("head-missing", "a group is gone", later | {"heads": (one,)}),
        ("head-back", "a lower seq, and a lower epoch", later | {"heads": (_at(one, 0, 11), _at(two, 0, 9))}),
        (
            "head-rewritten",
            "another hash at one place",
            later | {"heads": (one, structs.replace(two, head=bytes(32)))},
        ),
        ("all", "everything at once", later | {"previous": bytes(32), "day": 0, "heads": (_at(two, 0, 1),)}),
    ):
        pair = _published(first), _published(first, **given)
        yield Vector(f"good/checkpoints/{name}", "checkpoints", about, pair, TRUSTED)
    second, key = structs.replace(first, **later), signer("branch key 1")
    statement = stated(key, branch="HN")
    hanoi = structs.replace(second, branch="HN", statement=statement_digest(statement))
    for name, about, pair in (
        ("order", "the newer one first", (_published(second), _published(first))),
        (
            "other-branch",
            "two branches of one root",
            (_published(first), publish(hanoi, signer("root").spki, statement, key)),
        ),
    ):
        yield Vector(f"bad/checkpoints/{name}", "checkpoints", about, pair, TRUSTED, "checkpoint")


def _phone_fork():
    branch = a_group()
    phone = branch.phones[0]
    phone.seal(an(Visited))
    twin = phone.twin()
    seals = phone.seal(an(Collected, receipt_no=2)), twin.seal(an(Collected, receipt_no=3))
    return _made("phone_fork", branch, phone.admitted_in, seals)


def _receipt():
    branch = a_group()
    phone = branch.phones[0]
    (raw,) = phone.twin().write(an(Collected, receipt_no=9))
    marked = Marked(phone.log, 1, phone.head, raw)
    witnesses = encode(Mark(marked, mark(marked, phone.key))), phone.seal(an(Collected, receipt_no=1))
    return _made("receipt", branch, phone.admitted_in, witnesses)


def _branch_fork():
    branch, other = a_group(), a_group()
    seals = branch.seal(an(DayOpened)), other.seal(an(DayOpened, day=DAY + 1))
    return _made("branch_fork", branch, None, seals)


def _branch_known():
    branch, other = a_group(), a_group()
    phone = branch.phones[0]
    other.seal(an(DayOpened, day=DAY + 1))
    seals = branch.seal(an(DayOpened)), phone.seal(an(Visited), known=other.tip)
    return _made("branch_known", branch, phone.admitted_in, seals)


def _after_revocation():
    branch = a_group()
    phone = branch.phones[0]
    phone.seal(an(Visited))
    line = branch.seal(an(WriterRevoked, writer=1, epoch=0, seq=1, head=phone.head, reason="lost"))
    return _made("after_revocation", branch, phone.admitted_in, (line, phone.seal(an(Collected))))


def _heads():
    return GroupHead("KM-001", 0, 12, bytes([1]) * 32), GroupHead("KM-002", 1, 3, bytes([2]) * 32)


def _first():
    return Checkpoint(1, "KM", 1, DAY, None, statement_digest(stated(signer("branch key 1"))), _heads())


def _at(head, epoch, seq):
    return structs.replace(head, epoch=epoch, seq=seq)


def _made(kind, branch, admitted, witnesses):
    trust = Trust(branch.root.spki, tuple(branch.statements), VERIFIER)
    return assemble(kind, trust, admitted, witnesses)


def _changed(raw, **given):
    return EVIDENCE + encode(structs.replace(read_evidence(raw), **given))


def _flipped(raw):
    second = bytearray(read_evidence(raw).second)
    second[40] ^= 1
    return _changed(raw, second=bytes(second))


def _published(first, **given):
    root, key = signer("root").spki, signer("branch key 1")
    return publish(structs.replace(first, **given), root, stated(key), key)


def _signed(first, signature):
    root, statement = signer("root").spki, stated(signer("branch key 1"))
    return CHECKPOINT + encode(SignedCheckpoint(root, statement, encode(first), signature))


def _raw(body):
    """A file whose checkpoint is any bytes, properly signed."""
    key = signer("branch key 1")
    signed = SignedCheckpoint(signer("root").spki, stated(key), body, key.sign(CHECKPOINT + body))
    return CHECKPOINT + encode(signed)


def _said(first, **given):
    """A checkpoint with fields that no struct would take together."""
    return encode(tuple((structs.asdict(first) | given).values()))
