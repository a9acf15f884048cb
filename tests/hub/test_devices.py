"""What the register decides about phones, in the groups' branch logs."""

import secrets

import pytest

from hub.service.forks.reopening import reopen
from hub.service.phones.devices import Devices
from hub.service.phones.intake import Intake
from hub.service.phones.quota import Quota
from hub.store.sqlite import SqliteStore, create
from protocol.day import to_instant
from protocol.exchange import Request
from protocol.native import generate_signer
from protocol.trust_facts import WriterAdmitted, WriterRevoked
from provisioning import database
from provisioning.devices import Decision
from provisioning.register import Claim, Register, VoucherRow
from tests.hub.builders import GROUP, NOW, Branch, Phone, visit
from tests.hub.pushes import go_on, push
from tests.hub.stopping import stop

AT = to_instant(NOW)


@pytest.fixture
def branch(tmp_path):
    create(tmp_path / "hub.sqlite")
    branch = Branch(SqliteStore(tmp_path / "hub.sqlite"))
    branch.groups.open(GROUP)
    return branch


@pytest.fixture
def register(tmp_path):
    database.create(tmp_path / "register.sqlite")
    return Register(tmp_path / "register.sqlite")


@pytest.fixture
def devices(branch, register):
    return Devices(branch.groups, register, branch.clock)


def accepted(register, group=GROUP, role="leader", at=AT) -> Phone:
    """A phone whose voucher was used and which IT has accepted."""
    phone = Phone(group, 1, 0)
    mac = secrets.token_bytes(32)
    register.add_voucher(VoucherRow(mac, group, role, "it.hoa", AT - 1, AT + 86_400_000))
    register.claim(Claim(mac, phone.signer.spki, None, bytes(16), at, "127.0.0.1"))
    register.decide(phone.writer, Decision("accepted", "it.hoa", None, "", AT))
    return phone


def revoke(register, phone, confirmed_by=None):
    register.decide(phone.writer, Decision("revoked", "it.hoa", confirmed_by, "lost", AT))


def facts(branch, kind, group=GROUP):
    entries = branch.another_process().load(group).log.entries
    return [placed.entry for placed in entries if isinstance(placed.entry, kind)]


def send(branch, phone, *sealed):
    intake = Intake(branch.groups, Quota())
    return intake.exchange(Request(1, GROUP, None, (), sealed, ()), phone.writer)


def test_L13_an_accepted_phone_is_admitted_in_a_seal_of_its_own(branch, register, devices):
    leader, deputy = accepted(register), accepted(register, role="deputy", at=AT + 1)
    devices.carry_out(GROUP)
    admitted = facts(branch, WriterAdmitted)
    assert [(one.ordinal, one.writer, one.role) for one in admitted] == [
        (1, leader.writer, "leader"),
        (2, deputy.writer, "deputy"),
    ]
    assert [(one.first_receipt, one.last_receipt) for one in admitted] == [(1, 10_000), (10_001, 20_000)]
    assert {(one.epoch, one.decided_by, one.confirmed_by) for one in admitted} == {(0, "it.hoa", None)}
    sizes = [seal.last_seq - seal.first_seq for seal in branch.groups.load(GROUP).seals]
    assert sizes == [0, 0, 0]
    assert [(device.state, device.ordinal) for device in register.devices()] == [
        ("admitted", 1),
        ("admitted", 2),
    ]


def test_carrying_out_again_changes_nothing(branch, register, devices):
    accepted(register)
    devices.carry_out(GROUP)
    stored = branch.store.ids("")
    devices.carry_out(GROUP)
    assert branch.store.ids("") == stored


class DyingRegister(Register):
    """A register whose process dies before it can remember what the log says."""

    def mark_admitted(self, writer, ordinal, at):
        raise SystemExit

    def mark_revoked(self, writer, at):
        raise SystemExit


def test_a_crash_between_the_log_and_the_register_is_made_good(branch, register, devices, tmp_path):
    dying = Devices(branch.another_process(), DyingRegister(tmp_path / "register.sqlite"), branch.clock)
    phone = accepted(register)
    with pytest.raises(SystemExit):
        dying.carry_out(GROUP)
    assert register.find(phone.writer).ordinal is None
    devices.carry_out(GROUP)
    assert register.find(phone.writer).ordinal == 1
    revoke(register, phone)
    with pytest.raises(SystemExit):
        dying.carry_out(GROUP)
    devices.carry_out(GROUP)
    assert register.find(phone.writer).revoked_in_log
    assert (len(facts(branch, WriterAdmitted)), len(facts(branch, WriterRevoked))) == (1, 1)


def test_phones_of_a_group_without_a_log_wait(register, devices):
    phone = accepted(register, "KM-404")
    devices.carry_out("KM-404")
    assert register.find(phone.writer).state == "accepted"


def test_phones_of_a_stopped_group_wait(branch, register, devices):
    phone = accepted(register)
    stop(branch.groups, GROUP)
    devices.carry_out(GROUP)
    assert register.find(phone.writer).state == "accepted"


def test_L1_a_second_key_with_the_id_of_an_admitted_one_is_refused(branch, register, devices):
    phone = accepted(register)
    other = generate_signer().spki
    admission = Phone(GROUP, 1, 0).admission
    forged = WriterAdmitted(
        **{name: getattr(admission, name) for name in admission.__struct_fields__}
        | {"writer": phone.writer, "spki": other}
    )
    branch.groups.append(GROUP, lambda _: [[forged]])
    devices.carry_out(GROUP)
    assert [one.spki for one in facts(branch, WriterAdmitted)] == [other]
    assert register.find(phone.writer).state == "accepted"


def test_L18_the_line_under_a_revoked_phone_is_what_was_received_without_a_gap(branch, register, devices):
    phone = accepted(register)
    devices.carry_out(GROUP)
    phone.start(branch.trust.root_spki, branch.groups.load(GROUP).log.entries[-1].raw)
    phone.write(*(visit(member) for member in range(1, 6)))
    send(branch, phone, phone.seal(1, 2), phone.seal(4, 5))
    revoke(register, phone, "it.nam")
    devices.carry_out(GROUP)
    (line,) = facts(branch, WriterRevoked)
    assert (line.writer, line.epoch, line.seq, line.head) == (1, 0, 2, phone.hashes[2])
    assert (line.reason, line.decided_by, line.confirmed_by) == ("lost", "it.hoa", "it.nam")
    assert register.find(phone.writer).revoked_in_log
    assert branch.groups.load(GROUP).writers[phone.writer].revoked


def test_L18_a_phone_that_sent_nothing_is_revoked_at_its_beginning(branch, register, devices):
    phone = accepted(register)
    devices.carry_out(GROUP)
    revoke(register, phone)
    devices.carry_out(GROUP)
    devices.carry_out(GROUP)
    (line,) = facts(branch, WriterRevoked)
    assert (line.seq, line.head) == (0, branch.groups.load(GROUP).phones[1, 0].hash_at(0))


def test_a_phone_that_was_revoked_before_it_was_admitted_is_in_no_log(branch, register, devices):
    phone = accepted(register)
    revoke(register, phone)
    devices.carry_out(GROUP)
    assert facts(branch, WriterAdmitted) == []
    assert register.find(phone.writer).state == "revoked"


def test_an_ordinal_is_never_given_twice(branch, register, devices):
    gone = accepted(register)
    devices.carry_out(GROUP)
    revoke(register, gone)
    replacement = accepted(register)
    devices.carry_out(GROUP)
    assert [one.ordinal for one in facts(branch, WriterAdmitted)] == [1, 2]
    assert branch.groups.load(GROUP).writers[replacement.writer].admitted.ordinal == 2


def test_L18_a_revocation_draws_a_line_under_every_epoch_of_a_phone(branch, register, devices):
    phone = accepted(register)
    devices.carry_out(GROUP)
    phone.start(branch.root.spki, branch.groups.load(GROUP).log.entries[-1].raw)
    phone.write(visit(1), visit(2))
    push(branch, phone.seal(), asker=phone)
    go_on(branch, phone, reopen(branch.groups, GROUP, 1, "KSV01", "IT01"))
    revoke(register, phone)
    devices.carry_out(GROUP)
    devices.carry_out(GROUP)
    assert [(line.epoch, line.seq) for line in facts(branch, WriterRevoked)] == [(0, 2), (1, 1)]
    assert branch.groups.load(GROUP).writers[phone.writer].revoked


def test_L13_a_phone_that_comes_after_a_reopened_one_gets_numbers_of_its_own(branch, register, devices):
    accepted(register)
    devices.carry_out(GROUP)
    reopen(branch.groups, GROUP, 1, "KSV01", "IT01")
    accepted(register, role="deputy")
    devices.carry_out(GROUP)
    ranges = [(one.ordinal, one.first_receipt) for one in facts(branch, WriterAdmitted)]
    assert ranges == [(1, 1), (1, 10_001), (2, 20_001)]
