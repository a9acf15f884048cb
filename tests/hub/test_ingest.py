"""Bundles that carriers bring (L11, L19): every legal seal is taken in, and facts go only to who signed."""

import shutil

import pytest
from msgspec import structs

from hub.app import bundle_door, opened
from hub.errors import AccessError, BundleError
from hub.service.phones.ingest import newest
from hub.service.phones.quota import Quota
from protocol import bundle as bundles
from protocol.codec import encode
from protocol.exchange import DetachedText
from protocol.ids import BranchTip
from protocol.native import generate_signer
from protocol.trust_facts import Received, WriterRevoked
from provisioning.bundle_keys import renew_bundle_key
from provisioning.founding import Passphrases, Places
from tests.hub.builders import GROUP, Phone, visit
from tests.hub.carrying import HPKE, Carried
from tests.hub.conftest import PASSPHRASE
from tests.hub.web import ENVIRON


@pytest.fixture(scope="module")
def hub(founded, tmp_path_factory):
    """One hub for the tests of this module; each has a group of its own."""
    directory = tmp_path_factory.mktemp("ingest") / "branch"
    shutil.copytree(founded, directory)
    with opened(directory, ENVIRON, sealing=True) as hub:
        yield hub


@pytest.fixture(scope="module")
def door(hub):
    """The hub's door for bundles."""
    return bundle_door(hub)


@pytest.fixture
def leader(hub, request):
    """A phone of a new group with two visits to bring."""
    return admitted(hub, request.node.name[5:25].strip("_"))


def admitted(hub, group, ordinal=1):
    phone = Phone(group, ordinal, 0)
    hub.groups.open(group)
    state = hub.groups.append(group, lambda _: [[phone.admission]])
    phone.start(hub.groups.trust.root_spki, state.log.entries[-1].raw)
    phone.write(visit(), visit(2))
    return Carried(hub, phone, group)


def received(hub, carried):
    entries = hub.groups.load(carried.group).log.entries
    return [placed.entry for placed in entries if isinstance(placed.entry, Received)]


def answered(door, *taken):
    (opened_,) = newest(taken)
    return door.answer(opened_)


def test_every_seal_inside_is_acknowledged_as_through_http(hub, door, leader):
    first, second = leader.phone.seal(1, 1), leader.phone.seal(2, 2)
    taken = door.take_in(leader.bundle(second, first))
    assert (taken.group, taken.count, taken.fault) == (leader.group, 2, None)
    assert {(one.first_seq, one.count) for one in received(hub, leader)} == {(1, 1), (2, 1)}
    told = answered(door, taken)
    assert (told.group, told.ordinal, told.refused) == (leader.group, 1, ())
    (answer,) = told.bundles
    letter = leader.opened(answer)
    assert letter.letter.writer == leader.phone.writer
    assert letter.letter.known is None
    state = hub.groups.load(leader.group)
    assert letter.response.branch_seals == tuple(seal.raw for seal in state.seals)


def test_N74_a_bundle_that_comes_twice_or_late_changes_nothing(hub, door, leader):
    early = leader.bundle(leader.phone.seal(1, 1))
    late = leader.bundle(leader.phone.seal(1, 1), leader.phone.seal(2, 2))
    taken = [door.take_in(one) for one in (late, early, late, early)]
    length = hub.groups.load(leader.group).log.length
    assert len(received(hub, leader)) == 2
    assert [door.take_in(one).fault for one in (early, late)] == [None, None]
    assert hub.groups.load(leader.group).log.length == length
    assert len(newest(taken)) == 1
    assert newest(taken)[0].request.seals == newest(reversed(taken))[0].request.seals


def test_the_answer_goes_on_from_what_the_phone_that_knew_most_held(hub, door, leader):
    state = hub.groups.load(leader.group)
    tip = BranchTip(0, state.log.length, state.log.head)
    taken = [door.take_in(leader.bundle(known=known)) for known in (tip, None)]
    letter = leader.opened(answered(door, *taken).bundles[0])
    assert letter.letter.known == tip
    assert letter.response.branch_seals == ()


def test_L9_the_seals_of_a_bundle_that_nobody_signed_are_taken_in_and_nobody_is_answered(hub, door, leader):
    stranger = generate_signer()
    taken = door.take_in(leader.bundle(leader.phone.seal(), key=stranger))
    assert taken.fault == "bundle_unsigned"
    assert len(received(hub, leader)) == 1
    assert newest([taken]) == ()
    other = Carried(hub, leader.phone, "NO-SUCH-GROUP")
    assert door.take_in(other.bundle(leader.phone.seal(1, 1))).fault == "bundle_unsigned"
    assert len(received(hub, leader)) == 2


def test_a_seal_that_no_admitted_key_signed_is_told_by_its_code(hub, door, leader):
    foreign = Phone(leader.group, 7, 0)
    foreign.start(hub.groups.trust.root_spki, b"\x90")
    foreign.write(visit())
    taken = door.take_in(leader.bundle(foreign.seal(), b"no seal", leader.phone.seal()))
    assert answered(door, taken).refused == ("untrusted_key", "malformed")
    assert len(received(hub, leader)) == 1


def test_detached_texts_come_along(hub, door, leader):
    text = DetachedText(bytes(16), "vắng nhà".encode())
    leader.phone.write(structs.replace(visit(), note=text.hash))
    door.take_in(leader.bundle(leader.phone.seal(), texts=[text]))
    assert hub.groups.load(leader.group).texts == {text.hash: text}


def test_L10_a_revoked_phone_gets_its_acknowledgement_and_nothing_else(hub, door, leader):
    line = WriterRevoked(1, 0, 0, leader.phone.hashes[0], "lost", "it.hoa", None)
    hub.groups.append(leader.group, lambda _: [[line]])
    taken = door.take_in(leader.bundle(leader.phone.seal()))
    letter = leader.opened(answered(door, taken).bundles[0])
    assert len(letter.response.branch_seals) == 1
    assert letter.response.phone_seals == ()
    empty = door.take_in(leader.bundle())
    assert empty.fault == "bundle_unsigned"
    with pytest.raises(AccessError):
        door.answer(empty.opened)


def test_an_answer_of_several_pages_is_as_many_bundles(hub, door, leader, monkeypatch):
    for member in range(3, 7):
        leader.phone.write(visit(member))
        door.take_in(leader.bundle(leader.phone.seal(member, member)))
    monkeypatch.setattr("hub.service.phones.reply.EXCHANGE_BRANCH_SEALS_MAX", 2)
    told = answered(door, door.take_in(leader.bundle()))
    letters = [leader.opened(raw) for raw in told.bundles]
    assert len(letters) > 2
    assert [one.response.more for one in letters] == [1] * (len(letters) - 1) + [0]
    state = hub.groups.load(leader.group)
    assert [raw for one in letters for raw in one.response.branch_seals] == [one.raw for one in state.seals]
    ends = [one.letter.known and one.letter.known.seq for one in letters]
    assert ends == [None, *(state.seals[2 * page - 1].last_seq for page in range(1, len(letters)))]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"branch": "HD"}, "bundle_elsewhere"),
        ({"number": 9}, "bundle_other_key"),
        ({"way": "down"}, "bundle_for_phone"),
        ({"sealed": bytes(200)}, "bundle_closed"),
        ({"sealed": b""}, "bundle_closed"),
        ({"version": 2}, "bundle_malformed"),
    ],
)
def test_what_is_not_for_this_branch_changes_nothing(hub, door, changed, code):
    phone = admitted(hub, f"C-{code[7:]}-{len(str(changed))}")
    fields = {"version": 1, "way": "up", "branch": "KM", "number": 1}
    outer = bundles.read(phone.bundle(phone.phone.seal()))
    raw = encode(tuple((fields | {"sealed": outer.sealed} | changed).values()))
    with pytest.raises(BundleError) as refused:
        door.take_in(raw)
    assert refused.value.code == code
    assert received(hub, phone) == []


def test_a_flipped_or_cut_bundle_changes_nothing(hub, door, leader):
    raw = leader.bundle(leader.phone.seal())
    for place in range(0, len(raw), 29):
        wrong = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        with pytest.raises(BundleError):
            door.take_in(wrong)
    for wrong in (raw[:-1], raw + b"\0", raw[: len(raw) // 2]):
        with pytest.raises(BundleError):
            door.take_in(wrong)
    assert received(hub, leader) == []


def test_a_key_for_answers_that_is_none_is_told(door, leader):
    small = HPKE.public_of(leader.private)[:12] + bytes(32)
    taken = door.take_in(leader.bundle(leader.phone.seal(), reply_to=small))
    with pytest.raises(BundleError) as refused:
        answered(door, taken)
    assert refused.value.code == "bundle_no_reply_key"


def test_L17_a_phone_that_slept_through_a_renewed_key_is_answered_and_told(founded, directory):
    root = directory.parent / "root"
    shutil.copytree(founded.parent / "root", root)
    with opened(directory, ENVIRON, sealing=True) as hub:
        sleeper = admitted(hub, GROUP)
        old = sleeper.bundle(sleeper.phone.seal(1, 1))
    renew_bundle_key(Places(directory, root), Passphrases(PASSPHRASE, b"mat khau cua khoa goc"), hub.clock())
    with opened(directory, ENVIRON, sealing=True) as hub:
        door = bundle_door(hub)
        sleeper.hub = hub
        told = sleeper.opened(answered(door, door.take_in(old)).bundles[0]).response.statements
        assert set(told) == set(hub.groups.trust.statements)
        assert sleeper.statement().number == 2
        new = sleeper.opened(answered(door, door.take_in(sleeper.bundle())).bundles[0])
        assert new.response == structs.replace(new.response, more=0)
        assert len(received(hub, sleeper)) == 1


def test_a_day_full_of_bytes_is_told_and_answered_another_day(hub, leader):
    taken = bundle_door(hub, Quota(10)).take_in(leader.bundle(leader.phone.seal()))
    assert taken.fault == "quota"
    assert newest([taken]) == ()
