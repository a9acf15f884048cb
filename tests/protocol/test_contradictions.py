"""What is found among seals that somebody holds (L16): every contradiction, the same files for everybody."""

import itertools

from protocol.codec import encode
from protocol.contradictions import contradictions
from protocol.evidence import Trust, check
from protocol.ids import BranchTip
from protocol.keys import fingerprint
from protocol.phone_facts import Collected, Visited
from protocol.posting_facts import DayOpened
from protocol.trust_facts import WriterRevoked
from tests.builders import VERIFIER, a_group, signer
from tests.facts import DAY, an


def found(branch, phone_seals=(), more=()):
    """What each file proves to a stranger, as kind and place."""
    trust = Trust(branch.root.spki, tuple(branch.statements), VERIFIER)
    files = tuple(contradictions(trust, (*branch.seals, *more), phone_seals))
    assert len(set(files)) == len(files)
    proved = [check(raw, fingerprint(branch.root.spki), VERIFIER) for raw in files]
    return [(one.kind, one.log, one.seq) for one in proved]


def test_honest_logs_contradict_nothing():
    branch = a_group()
    sealed = [phone.seal(an(Visited), an(Collected)) for phone in branch.phones]
    branch.receive(*sealed)
    assert found(branch, sealed) == []


def test_a_fork_of_a_phone_is_one_contradiction_however_far_both_sides_go_on():
    branch = a_group()
    phone = branch.phones[0]
    sealed = [phone.seal(an(Visited))]
    twin = phone.twin()
    order = (phone, twin, twin, phone, phone)
    sealed += [one.seal(an(Collected, receipt_no=7 if one is phone else 8)) for one in order]
    for mixed in itertools.islice(itertools.permutations(sealed), 0, 720, 60):
        assert found(branch, mixed) == [("phone_fork", phone.log, 2)]


def test_a_third_side_that_parts_later_is_a_second_contradiction():
    branch = a_group()
    phone = branch.phones[0]
    twin = phone.twin()
    sealed = [phone.seal(an(Collected, receipt_no=1)), phone.seal(an(Collected, receipt_no=2))]
    sealed.append(twin.seal(an(Collected, receipt_no=3)))
    third = twin.twin()
    sealed += [twin.seal(an(Collected, receipt_no=4)), third.seal(an(Collected, receipt_no=5))]
    assert {seq for _, _, seq in found(branch, sealed)} == {1, 2}


def test_a_side_whose_beginning_is_missing_contradicts_all_the_same():
    branch = a_group()
    phone = branch.phones[0]
    twin = phone.twin()
    sealed = [phone.seal(*(an(Collected, receipt_no=no) for no in (1, 2, 3)))]
    twin.seal(an(Visited))
    sealed.append(twin.seal(an(Collected, receipt_no=9)))
    assert found(branch, sealed) == [("phone_fork", phone.log, 1)]


def test_two_histories_of_the_branch_and_what_a_phone_held_are_found():
    branch, other = a_group(), a_group()
    branch.seal(an(DayOpened))
    elsewhere = other.seal(an(DayOpened, day=DAY + 1))
    phone = branch.phones[0]
    sealed = [phone.seal(an(Visited), known=other.tip), phone.seal(an(Visited), known=other.tip)]
    place = branch.log.length
    assert found(branch, sealed) == [("branch_known", branch.log.log, place)]
    assert found(branch, sealed, [elsewhere]) == [("branch_fork", branch.log.log, place)]


def test_what_nobody_holds_is_not_contradicted():
    branch = a_group()
    phone = branch.phones[0]
    sealed = [phone.seal(an(Visited), known=BranchTip(*place, bytes(32))) for place in ((0, 999), (7, 1))]
    assert found(branch, sealed) == []


def test_L18_what_lies_behind_a_line_is_found_and_what_lies_before_it_is_not():
    branch = a_group()
    phone, deputy = branch.phones
    before = phone.seal(an(Visited))
    line = an(WriterRevoked, writer=1, epoch=0, seq=1, head=phone.head, reason="lost")
    branch.seal(line)
    behind = phone.seal(an(Collected))
    sealed = [before, phone.seal(an(Visited)), behind, deputy.seal(an(Visited))]
    assert found(branch, sealed) == [("after_revocation", phone.log, 2)]


def test_L15_a_line_of_another_branch_epoch_is_drawn_under_the_phone_alone_whose_hash_it_names():
    branch = a_group()
    leader, backup = branch.phones[0], len(branch.seals)
    lost = branch.admit("lost")
    first = leader.seal(an(Visited))
    branch = branch.restored(backup)
    branch.open_epoch()
    other = branch.admit("other", ordinal=lost.admission.ordinal)
    branch.seal(an(WriterRevoked, writer=3, epoch=0, seq=0, head=other.head, reason="lost"))
    branch.seal(an(WriterRevoked, writer=1, epoch=0, seq=1, head=leader.head, reason="lost"))
    sealed = [phone.seal(an(Visited)) for phone in (leader, lost, other)]
    told = [("after_revocation", leader.log, 2), ("after_revocation", other.log, 1)]
    assert sorted(found(branch, [first, *sealed], [lost.admitted_in])) == sorted(told)


def test_seals_that_nobody_admitted_or_can_read_prove_nothing():
    branch = a_group()
    phone = branch.phones[0]
    thief = phone.twin()
    thief.key = signer("thief")
    sealed = [phone.seal(an(Visited)), thief.seal(an(Collected)), b"junk"]
    assert found(branch, sealed) == []
    strange = phone.twin()
    strange.log = type(phone.log)("KM-404", phone.log.writer, 0)
    pair = [strange.seal(an(Visited)), strange.twin().seal(an(Collected))]
    assert found(branch, pair) == []


def test_a_branch_seal_with_an_entry_that_is_none_admits_and_revokes_nobody():
    branch = a_group()
    writer = branch.phones[0].twin()
    writer.key = signer("branch key 1")
    writer.write(encode((36, 1)))
    assert found(branch, (), [writer.seal()]) == []
