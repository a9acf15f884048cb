"""What an enrolled phone, or whoever holds old seals, can make the hub do: each is bounded (L9)."""

from collections import Counter
from types import SimpleNamespace

import pytest
from msgspec import structs

from hub.errors import QuotaError
from hub.service.phones.devices import Devices
from hub.service.phones.ingest import BundleKeys, Ingest
from hub.service.phones.intake import Intake
from hub.service.phones.quota import Quota
from protocol.codec import encode
from protocol.day import to_instant
from protocol.exchange import DetachedText
from protocol.keys import KeyStatement
from protocol.roster_facts import MemberListed
from protocol.transit import Receiver, shorten
from tests.facts import an
from tests.hub.builders import GROUP, NOW, Phone, sqlite_branch, visit
from tests.hub.carrying import HPKE, Carried
from tests.hub.copies import Hamlet
from tests.hub.pushes import OTHER, push
from tests.hub.test_devices import revoke
from tests.hub.test_following import Office
from tests.hub.test_restored import afternoon
from tests.hub.web import answer, asked, signed

INFLATED = 900_000


@pytest.fixture
def branch(tmp_path):
    return sqlite_branch(tmp_path)


@pytest.fixture
def phone(branch):
    return branch.admit()


@pytest.fixture
def hamlet(tmp_path):
    hamlet = Hamlet(tmp_path)
    afternoon(hamlet)
    return hamlet


def bomb(phone: Phone, clock: int) -> bytes:
    """A seal of a few kilobytes whose entries have a megabyte."""
    entries = [encode([999, *[0] * 1_800])] * (INFLATED // 1_800)
    raw = phone.seal_of(entries, 1, phone.hashes[0], wall_clock=clock)
    assert len(raw) < 3_000
    return raw


def test_H111_L9_the_quota_counts_what_a_seal_holds_and_not_only_what_it_weighs(branch, phone):
    quota = Quota(bytes_max=2 * 1_000_000)
    for clock in (1, 2):
        push(branch, bomb(phone, clock), asker=phone, quota=quota)
    for _ in range(2):
        with pytest.raises(QuotaError):
            push(branch, *(bomb(phone, clock) for clock in (3, 4)), asker=phone, quota=quota)
    assert len(branch.groups.load(GROUP).phone_seals) == 2


def test_L9_a_seal_that_is_over_the_quota_brings_no_texts(branch, phone):
    text = DetachedText(bytes(16), "vắng nhà".encode())
    phone.write(structs.replace(visit(), note=text.hash))
    with pytest.raises(QuotaError):
        push(branch, phone.seal(), asker=phone, texts=[text], quota=Quota(bytes_max=10))
    assert branch.groups.load(GROUP).texts == {}
    push(branch, phone.seal(), asker=phone, texts=[text])
    assert branch.groups.load(GROUP).texts == {text.hash: text}


def test_L9_texts_use_up_the_quota_of_the_key_that_names_them_once(branch, phone):
    texts = [DetachedText(bytes(16), f"{number} ".encode() * 300) for number in range(3)]
    phone.write(*(structs.replace(visit(), note=text.hash) for text in texts))
    weight = sum(len(text.salt) + len(text.text) for text in texts)
    opened = max(len(phone.seal()), sum(map(len, phone.entries)))
    short, wide = Quota(bytes_max=opened + weight - 1), Quota(bytes_max=opened + weight)
    with pytest.raises(QuotaError):
        push(branch, phone.seal(), asker=phone, texts=texts, quota=short)
    assert branch.groups.load(GROUP).texts == {}
    for _ in range(2):
        push(branch, phone.seal(), asker=phone, texts=texts, quota=wide)
    assert set(branch.groups.load(GROUP).texts) == {text.hash for text in texts}
    deputy = branch.admit(ordinal=2)
    deputy.write(visit(2))
    push(branch, deputy.seal(), asker=deputy, quota=short)


def test_L9_texts_of_branch_seals_that_are_given_back_count_as_they_do(hamlet):
    text = DetachedText(bytes(16), "Nguyễn Thị Lan".encode() * 20)
    listed = an(MemberListed, ordinal=9, number="3000010009", name=text.hash)
    hamlet.groups.append(GROUP, lambda _: [[listed]])
    hamlet.followers[1].sync()
    hamlet.put_back()
    hamlet.begin_anew()
    lost = tuple(hamlet.followers[1].held.values())
    push(hamlet.branch, *lost, asker=hamlet.leader)
    with pytest.raises(QuotaError):
        push(hamlet.branch, *lost, asker=hamlet.leader, quota=Quota(bytes_max=10), texts=[text])
    assert text.hash not in hamlet.groups.load(GROUP).texts
    push(hamlet.branch, *lost, asker=hamlet.leader, texts=[text])
    assert text.hash in hamlet.groups.load(GROUP).texts


@pytest.mark.unmeasured
def test_H111_short_bombs_are_asked_for_whole_after_a_few(web):
    phone = web.admit("B-1")
    held = Receiver("B-1", phone.writer, lambda _, seq: phone.hashes[seq])
    sealed = [shorten(bomb(phone, clock), held) for clock in range(20)]
    body = asked("B-1", *sealed)
    found = answer(web.post(body, signed(phone, body)))
    assert Counter(one.code for one in found.refused)["whole"] > 10


def test_L15_seals_of_another_group_do_not_use_up_what_may_be_given_back(hamlet):
    hamlet.branch.admit(OTHER)
    foreign = [seal.raw for seal in hamlet.groups.load(OTHER).seals]
    hamlet.put_back()
    hamlet.begin_anew()
    lost = tuple(hamlet.followers[1].held.values())
    quota = Quota(bytes_max=sum(map(len, lost)))
    for _ in range(20):
        found = push(hamlet.branch, *foreign, asker=hamlet.leader, quota=quota)
        assert {one.code for one in found.refused} == {"chain"}
    assert push(hamlet.branch, *lost, asker=hamlet.leader, quota=quota).refused == ()


def test_L15_a_seal_that_continues_nothing_does_not_use_up_what_may_be_given_back(hamlet):
    hamlet.put_back()
    hamlet.begin_anew()
    lost = tuple(hamlet.followers[1].held.values())
    quota = Quota(bytes_max=sum(map(len, lost)))
    for _ in range(40):
        found = push(hamlet.branch, lost[-1], asker=hamlet.leader, quota=quota)
        assert [one.code for one in found.refused] == ["gap"]
    assert push(hamlet.branch, *lost, asker=hamlet.leader, quota=quota).refused == ()


def test_R91_L15_a_barred_phone_gets_nothing_by_a_bundle_either(tmp_path):
    office = Office(tmp_path)
    phone = office.enrol()
    office.followers[1].sync()
    office.copy()
    revoke(office.register, phone)
    office.carry_out()
    office.followers[1].sync()
    office.put_back()
    office.begin_anew()
    devices = Devices(office.groups, office.register, lambda: office.now)
    assert devices.barred(GROUP) == {phone.writer}
    private = HPKE.new_private()
    keys = BundleKeys("KM", {1: private}, HPKE, office.branch.key)
    door = Ingest(Intake(office.groups, Quota()), devices, office.groups, keys)
    at = to_instant(NOW)
    to = KeyStatement(1, "KM", "bundle", 1, "x25519", HPKE.public_of(private), at, at, None)
    carried = Carried(SimpleNamespace(groups=office.groups, signer=office.branch.key), phone)
    phone.write(visit())
    assert door.take_in(carried.bundle(phone.seal(), to=to)).fault == "bundle_unsigned"
    assert any(seal.header.log.writer == phone.writer for seal in office.state.phone_seals)
