"""Evidence that needs the root's fingerprint alone (L16): what proves it; no byte of it may change."""

import pytest
from msgspec import structs

from protocol.codec import encode
from protocol.errors import BadSignatureError, LimitError, MalformedError, ProtocolError, UntrustedKeyError
from protocol.evidence import Evidence, Mark, Trust, assemble, check, read_evidence
from protocol.ids import BranchTip
from protocol.keys import fingerprint
from protocol.limits import EVIDENCE_BYTES_MAX
from protocol.phone_facts import Collected, Visited
from protocol.posting_facts import DayOpened
from protocol.receipt import Marked, mark
from protocol.trust_facts import WriterRevoked
from tests.builders import VERIFIER, a_group, signer, stated
from tests.facts import DAY, an

ROOT = fingerprint(signer("root").spki)
DOMAIN = b"tovay/evidence/1\0"


def trust(branch):
    return Trust(branch.root.spki, tuple(branch.statements), VERIFIER)


def a_fork(branch=None):
    """Two seals of the leader's phone: one common entry, then two histories."""
    branch = branch or a_group()
    phone = branch.phones[0]
    phone.seal(an(Collected, receipt_no=1))
    twin = phone.twin()
    return branch, phone.seal(an(Collected, receipt_no=2)), twin.seal(an(Collected, receipt_no=3))


def a_marked(branch, receipt_no=9):
    """A mark of the leader's phone for another first entry than its log has."""
    phone = branch.phones[0].twin()
    (raw,) = phone.write(an(Collected, receipt_no=receipt_no))
    marked = Marked(phone.log, phone.seq + 1, phone.head, raw)
    return encode(Mark(marked, mark(marked, phone.key)))


def a_revocation(branch):
    """The leader's phone is revoked after its first entry, and goes on."""
    phone = branch.phones[0]
    phone.seal(an(Visited))
    line = an(WriterRevoked, writer=1, epoch=0, seq=1, head=phone.head, reason="lost")
    return branch.seal(line), phone.seal(an(Collected, receipt_no=2))


def made(kind):
    """The evidence file of each kind, and what it is about."""
    branch = a_group()
    phone = branch.phones[0]
    match kind:
        case "phone_fork":
            _, *witnesses = a_fork(branch)
        case "receipt":
            witnesses = a_marked(branch), phone.seal(an(Collected, receipt_no=1))
        case "branch_fork":
            other = a_group()
            witnesses = branch.seal(an(DayOpened)), other.seal(an(DayOpened, day=DAY + 1))
            return assemble(kind, trust(branch), None, witnesses)
        case "branch_known":
            other = a_group()
            other.seal(an(DayOpened, day=DAY + 1))
            witnesses = branch.seal(an(DayOpened)), phone.seal(an(Visited), known=other.tip)
        case "after_revocation":
            witnesses = a_revocation(branch)
    return assemble(kind, trust(branch), phone.admitted_in, tuple(witnesses))


KINDS = ("phone_fork", "receipt", "branch_fork", "branch_known", "after_revocation")


def test_two_seals_of_a_phone_prove_that_its_key_signed_two_histories():
    branch, one, other = a_fork()
    phone = branch.phones[0]
    proved = check(assemble("phone_fork", trust(branch), phone.admitted_in, (one, other)), ROOT, VERIFIER)
    assert (proved.kind, proved.branch, proved.log, proved.seq) == ("phone_fork", "KM", phone.log, 2)
    assert proved.signer == phone.admission
    assert {entry for side in proved.sides for _, entry in side.entries} == {
        encode(an(Collected, receipt_no=2)),
        encode(an(Collected, receipt_no=3)),
    }
    assert proved.sides[0].hash < proved.sides[1].hash
    assert all(side.key is None and side.wall_clock is not None for side in proved.sides)


def test_the_same_two_seals_make_the_same_file_in_any_order():
    branch, one, other = a_fork()
    seal = branch.phones[0].admitted_in
    files = {assemble("phone_fork", trust(branch), seal, pair) for pair in ((one, other), (other, one))}
    assert len(files) == 1


def test_two_branch_seals_at_one_place_prove_that_the_branch_signed_two_histories():
    proved = check(made("branch_fork"), ROOT, VERIFIER)
    assert proved.log == a_group().log.log
    assert proved.seq == a_group().log.length + 1
    assert proved.signer is None
    assert [side.key for side in proved.sides] == [1, 1]


def test_a_branch_fork_tells_that_a_superseded_key_signed_one_side():
    branch, thief = a_group(), a_group()
    branch.state_new_key()
    seal = branch.seal(an(DayOpened))
    thief.seal(an(DayOpened, day=DAY + 1))
    stolen = thief.seal(an(DayOpened, day=DAY + 2))
    proved = check(assemble("branch_fork", trust(branch), None, (seal, stolen)), ROOT, VERIFIER)
    assert sorted(side.key for side in proved.sides) == [1, 2]
    assert proved.seq == branch.log.length - 1


def test_what_a_phone_held_of_the_branch_log_contradicts_what_the_branch_signed():
    proved = check(made("branch_known"), ROOT, VERIFIER)
    assert proved.log == a_group().log.log
    assert (proved.sides[0].key, proved.sides[1].key) == (1, None)
    assert proved.sides[1].entries == ()
    assert proved.signer.role == "leader"


def test_L13_a_receipt_mark_contradicts_the_chain():
    proved = check(made("receipt"), ROOT, VERIFIER)
    assert proved.seq == 1
    assert proved.sides[0].entries == ((1, encode(an(Collected, receipt_no=9))),)
    assert proved.sides[0].wall_clock is None


def test_L18_a_seal_behind_the_line_is_shown_beside_the_revocation():
    branch = a_group()
    line, seal = a_revocation(branch)
    raw = assemble("after_revocation", trust(branch), branch.phones[0].admitted_in, (line, seal))
    proved = check(raw, ROOT, VERIFIER)
    assert proved.seq == 2
    assert [entry for _, entry in proved.sides[1].entries] == [encode(an(Collected, receipt_no=2))]


def test_L18_another_history_at_the_line_itself_is_behind_it():
    branch = a_group()
    line, _ = a_revocation(branch)
    clone = a_group().phones[0]
    seal = clone.seal(an(Collected, receipt_no=7))
    raw = assemble("after_revocation", trust(branch), branch.phones[0].admitted_in, (line, seal))
    assert check(raw, ROOT, VERIFIER).seq == 1


@pytest.mark.parametrize("kind", KINDS)
def test_every_flipped_byte_of_a_file_is_refused(kind):
    raw = made(kind)
    for place in range(len(raw)):
        changed = bytearray(raw)
        changed[place] ^= 1 << place % 8
        with pytest.raises(ProtocolError):
            check(bytes(changed), ROOT, VERIFIER)


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_says_nothing_under_another_kind_or_root(kind):
    raw = made(kind)
    for other in KINDS:
        if other != kind:
            evidence = structs.replace(read_evidence(raw), kind=other)
            with pytest.raises(ProtocolError):
                check(DOMAIN + encode(evidence), ROOT, VERIFIER)
    with pytest.raises(UntrustedKeyError):
        check(raw, fingerprint(signer("other root").spki), VERIFIER)


def test_seals_that_agree_contradict_nothing():
    branch = a_group()
    phone = branch.phones[0]
    seals = phone.seal(an(Visited)), phone.seal(an(Collected))
    with pytest.raises(MalformedError, match="contradict"):
        assemble("phone_fork", trust(branch), phone.admitted_in, seals)


def test_seals_of_two_phones_or_two_groups_contradict_nothing():
    branch, other = a_group(), a_group("KM-002")
    leader, deputy = branch.phones
    pair = leader.seal(an(Visited)), deputy.seal(an(Collected))
    with pytest.raises(BadSignatureError):
        assemble("phone_fork", trust(branch), leader.admitted_in, pair)
    with pytest.raises(MalformedError, match="two logs"):
        assemble("branch_fork", trust(branch), None, (branch.seal(an(DayOpened)), other.seal(an(DayOpened))))
    phones = other.seal(an(DayOpened)), leader.seal(an(Visited), known=BranchTip(0, 1, bytes(32)))
    with pytest.raises(MalformedError, match="two logs"):
        assemble("branch_known", trust(branch), leader.admitted_in, phones)


def test_a_seal_of_the_phone_in_another_groups_name_is_refused():
    branch = a_group()
    phone = branch.phones[0]
    stranger = phone.twin()
    stranger.log = structs.replace(phone.log, group="KM-002")
    pair = phone.seal(an(Visited)), stranger.seal(an(Collected))
    with pytest.raises(UntrustedKeyError, match="admitted"):
        assemble("phone_fork", trust(branch), phone.admitted_in, pair)


def test_a_phone_that_says_nothing_of_the_branch_log_contradicts_nothing():
    branch = a_group()
    phone = branch.phones[0]
    pair = branch.seal(an(DayOpened)), phone.seal(an(Visited), known=BranchTip(0, 0, bytes(32)))
    with pytest.raises(MalformedError, match="no place"):
        assemble("branch_known", trust(branch), phone.admitted_in, pair)


def test_a_seal_up_to_the_line_is_no_contradiction():
    branch = a_group()
    phone = branch.phones[0]
    sealed = phone.seal(an(Visited))
    line = branch.seal(an(WriterRevoked, writer=1, epoch=0, seq=1, head=phone.head, reason="lost"))
    with pytest.raises(MalformedError, match="does not leave"):
        assemble("after_revocation", trust(branch), phone.admitted_in, (line, sealed))


def test_only_the_phones_own_revocation_in_its_own_group_draws_a_line():
    branch, other = a_group(), a_group("KM-002")
    phone = branch.phones[0]
    sealed = phone.seal(an(Visited))
    deputys = branch.seal(an(WriterRevoked, writer=2, epoch=0, seq=0, head=bytes(32), reason="lost"))
    strange = other.seal(an(WriterRevoked, writer=1, epoch=0, seq=0, head=bytes(32), reason="lost"))
    for line, why in ((deputys, "does not revoke"), (strange, "another group")):
        with pytest.raises(MalformedError, match=why):
            assemble("after_revocation", trust(branch), phone.admitted_in, (line, sealed))


def test_an_admission_that_is_not_alone_or_is_a_phones_own_seal_is_refused():
    branch, one, other = a_fork()
    phone = branch.phones[0]
    crowded = branch.seal(phone.admission, an(DayOpened))
    with pytest.raises(UntrustedKeyError, match="alone"):
        assemble("phone_fork", trust(branch), crowded, (one, other))
    with pytest.raises(MalformedError):
        assemble("phone_fork", trust(branch), one, (one, other))
    with pytest.raises(MalformedError, match="admission"):
        check(changed(made("phone_fork"), admission=None), ROOT, VERIFIER)


def test_a_key_that_the_root_states_signs_only_logs_of_the_root_as_branch():
    branch = a_group()
    phone = branch.phones[0]
    phones_key = stated(phone.key, number=2)
    pair = phone.seal(an(Visited)), phone.twin().seal(an(Visited))
    both = Trust(branch.root.spki, (*branch.statements, phones_key), VERIFIER)
    with pytest.raises(UntrustedKeyError, match="no log of this branch"):
        assemble("branch_known", both, phone.admitted_in, pair)


def changed(raw, **given):
    return DOMAIN + encode(structs.replace(read_evidence(raw), **given))


def test_statements_are_those_that_are_needed_and_in_one_order():
    raw = made("branch_fork")
    needed = read_evidence(raw).statements
    unused = stated(signer("branch key 2"), number=2, supersedes=bytes(32))
    foreign = stated(signer("branch key 1"), branch="HN")
    for statements in (tuple(sorted((*needed, unused))), needed * 2, tuple(sorted((*needed, foreign)))):
        with pytest.raises(MalformedError):
            check(changed(raw, statements=statements), ROOT, VERIFIER)
    bundle = stated(signer("branch key 1"), purpose="bundle")
    for statements in ((unused,), (bundle,)):
        with pytest.raises(BadSignatureError):
            check(changed(raw, statements=statements), ROOT, VERIFIER)


def test_two_seals_in_the_other_order_are_a_second_spelling():
    raw = made("phone_fork")
    evidence = read_evidence(raw)
    with pytest.raises(MalformedError, match="order"):
        check(changed(raw, first=evidence.second, second=evidence.first), ROOT, VERIFIER)


def test_only_bytes_behind_the_domain_and_within_the_limit_are_read():
    raw = made("phone_fork")
    assert isinstance(read_evidence(raw), Evidence)
    with pytest.raises(LimitError):
        read_evidence(raw + bytes(EVIDENCE_BYTES_MAX))
    for other in (b"", raw[1:], raw[len(DOMAIN) :], raw + b"\0"):
        with pytest.raises(MalformedError):
            read_evidence(other)
