"""The register and a log that began anew: either may be the older copy (L15, L17)."""

import shutil
import sqlite3
from contextlib import closing

import pytest

from hub.service.phones.devices import Devices
from hub.service.phones.intake import Intake
from hub.service.phones.quota import Quota
from protocol import seal as seals
from protocol.entries import decode_entry
from protocol.exchange import Request
from protocol.phone_facts import Visited
from protocol.trust_facts import Received, WriterAdmitted, WriterRevoked
from provisioning import database
from provisioning.register import Register
from tests.facts import an
from tests.hub.builders import GROUP
from tests.hub.copies import Follower, Hamlet
from tests.hub.test_devices import accepted, revoke


class Office(Hamlet):
    """A hamlet whose phones come and go by the register, which ``copy`` and ``put_back`` leave alone."""

    def __init__(self, folder):
        super().__init__(folder)
        database.create(folder / "register.sqlite")
        self.register = Register(folder / "register.sqlite")
        self.followers[1].sync()
        self.copy()

    def carry_out(self):
        Devices(self.groups, self.register, lambda: self.now).carry_out(GROUP)

    def enrol(self):
        """A phone that people have accepted, admitted and in touch with the hub."""
        phone = accepted(self.register, role="deputy")
        return self.let_in(phone)

    def let_in(self, phone):
        """What the register has accepted is carried out, and the phone gets in touch with the hub."""
        self.carry_out()
        writer = self.state.writers[phone.writer].admitted
        phone.ordinal = writer.ordinal
        (raw,) = (one.raw for one in self.state.log.entries if one.entry == writer)
        phone.start(self.branch.root.spki, raw)
        follower = self.followers[writer.ordinal] = Follower(self, phone)
        follower.sync()
        return phone

    def admissions(self, phone):
        return [
            one
            for _, one in self.state.book.log
            if isinstance(one, WriterAdmitted) and one.writer == phone.writer
        ]


@pytest.fixture
def office(tmp_path):
    return Office(tmp_path)


def older_register(office):
    """The register as it was before anybody enrolled."""
    (office.folder / "register.sqlite").unlink()
    for rest in ("-wal", "-shm"):
        (office.folder / f"register.sqlite{rest}").unlink(missing_ok=True)
    database.create(office.folder / "register.sqlite")


def test_L15_a_phone_that_the_register_forgot_is_in_it_again_and_is_admitted_once(office):
    phone = office.enrol()
    office.put_back()
    older_register(office)
    office.begin_anew()
    office.followers[phone.ordinal].come_back()
    office.carry_out()
    office.carry_out()
    device = office.register.find(phone.writer)
    assert (device.state, device.ordinal, device.group) == ("admitted", 3, GROUP)
    assert device.decision("accepted").by == "it.hoa"
    assert len(office.admissions(phone)) == 1


def test_N36_L15_a_revocation_that_the_register_forgot_stays(office):
    phone = office.enrol()
    revoke(office.register, phone)
    office.carry_out()
    office.followers[1].sync()
    office.put_back()
    older_register(office)
    office.begin_anew()
    office.followers[1].come_back()
    office.carry_out()
    device = office.register.find(phone.writer)
    assert (device.state, device.revoked_in_log, device.decision("revoked").reason) == (
        "revoked",
        True,
        "lost",
    )
    assert office.state.writers[phone.writer].revoked


def test_L15_a_phone_that_the_register_revoked_is_barred_until_the_line_is_back(office):
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
    phone.write(an(Visited))
    brought = Request(1, GROUP, None, (), (phone.seal(),), ())
    told = Intake(office.groups, Quota()).exchange(brought, phone.writer, devices.barred(GROUP))
    (raw,) = told.branch_seals
    (entry,) = map(decode_entry, seals.unpack(seals.read(raw)).entries)
    assert (type(entry), entry.head) == (Received, phone.hashes[-1])
    assert (told.phone_seals, told.texts) == ((), ())
    office.carry_out()
    assert [one for _, one in office.state.book.log if isinstance(one, WriterRevoked)] == []
    office.followers[1].come_back()
    office.carry_out()
    assert office.state.writers[phone.writer].revoked
    assert devices.barred(GROUP) == frozenset()
    assert len([one for _, one in office.state.book.log if isinstance(one, WriterRevoked)]) == 1


def test_L18_a_line_that_nobody_gives_back_is_drawn_again_when_every_other_phone_is_back(office):
    phone = office.enrol()
    office.followers[1].sync()
    office.copy()
    revoke(office.register, phone)
    office.carry_out()
    office.put_back()
    office.begin_anew()
    for ordinal in (1, 2):
        office.followers[ordinal].come_back()
    office.carry_out()
    assert office.state.writers[phone.writer].revoked
    assert office.state.log.entries[-1].position.epoch == 1


def test_L15_who_was_accepted_before_the_restoration_waits_until_the_lost_part_is_back(office):
    phone = accepted(office.register, role="deputy")
    with (
        closing(sqlite3.connect(office.folder / "register.sqlite")) as source,
        closing(sqlite3.connect(office.folder / "older.sqlite")) as copied,
    ):
        source.backup(copied)
    office.let_in(phone)
    office.put_back()
    older_register(office)
    shutil.copy(office.folder / "older.sqlite", office.folder / "register.sqlite")
    office.begin_anew()
    office.carry_out()
    assert (office.admissions(phone), office.register.find(phone.writer).state) == ([], "accepted")
    office.followers[phone.ordinal].come_back()
    office.carry_out()
    assert len(office.admissions(phone)) == 1
    assert office.register.find(phone.writer).state == "admitted"


def test_L13_receipts_of_a_phone_admitted_after_a_restoration_begin_above_what_may_be_lost(office):
    office.enrol()
    office.put_back()
    office.begin_anew()
    later = accepted(office.register, role="deputy")
    for ordinal in (1, 2):
        office.followers[ordinal].come_back()
    office.carry_out()
    (admitted,) = office.admissions(later)
    assert (admitted.first_receipt, admitted.last_receipt) == (1_000_001, 1_010_000)


def test_a_group_that_nobody_opened_bars_nobody(office):
    assert Devices(office.groups, office.register, lambda: office.now).barred("KM-404") == frozenset()
