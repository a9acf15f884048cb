"""PIN, device secret and data key (L19)."""

import hashlib
import hmac
from datetime import datetime, timedelta

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from edge import keystore
from edge.database import open_database, saving
from edge.errors import EdgeError, Fault
from edge.keystore import Tries, Wrapped, lock_ms
from edge.native import NativeVault
from protocol.codec import decode_as, encode
from tests.edge.steps import fault_of
from tests.fakes.places import QuickVault

PIN, OTHER = "258046", "111111"
SECRET = b"\x09" * 32
NOW = datetime.fromisoformat("2025-12-15T08:00:00+07:00")


class Store:
    """A key store on disk, its device, and a clock."""

    def __init__(self, path):
        self.path, self.now = path, NOW
        self.vault = QuickVault(SECRET)
        database = open_database(path)
        self.key = keystore.create(database, self.vault, PIN)
        database.close()

    def unlock(self, pin=PIN, vault=None):
        database = open_database(self.path)
        try:
            return keystore.unlock(database, vault or self.vault, pin, self.now)
        finally:
            database.close()

    def replace(self, wrapped=None, tries=None, *, forge=False):
        """What a person with the file in hand may write; ``forge`` needs the device's secret as well."""
        database = open_database(self.path)
        row = database.execute("SELECT wrapped, tries, code FROM keystore").fetchone()
        new = (encode(wrapped) if wrapped else row[0], encode(tries) if tries else row[1])
        code = hmac.digest(self.vault.device_output(b"tovay/keystore/code/1"), encode(new), "sha256")
        with saving(database):
            database.execute(
                "UPDATE keystore SET wrapped = ?, tries = ?, code = ?", (*new, code if forge else row[2])
            )
        database.close()

    def wrapped(self):
        database = open_database(self.path)
        raw = database.execute("SELECT wrapped FROM keystore").fetchone()[0]
        database.close()
        return decode_as(raw, Wrapped, "wrapped")


@pytest.fixture
def store(tmp_path):
    """A key store under ``PIN``."""
    return Store(tmp_path / "ledger.sqlite")


def test_the_right_pin_gives_the_same_random_key_every_time(store, tmp_path):
    assert store.unlock() == store.unlock() == store.key
    assert len(store.key) == 32
    assert Store(tmp_path / "second.sqlite").key != store.key


def test_the_key_is_wrapped_as_the_specification_says(tmp_path):
    """L19, recomputed with another library: HKDF(PBKDF2(PIN) ‖ device output), AES-256-GCM."""
    vault = NativeVault(SECRET)
    database = open_database(tmp_path / "ledger.sqlite")
    key = keystore.create(database, vault, PIN)
    raw = database.execute("SELECT wrapped FROM keystore").fetchone()[0]
    database.close()
    wrapped = decode_as(raw, Wrapped, "wrapped")
    assert wrapped.iterations == 600_000
    slow = hashlib.pbkdf2_hmac("sha256", PIN.encode(), wrapped.salt, 600_000)
    device = hmac.digest(SECRET, b"tovay/keystore/device/1", "sha256")
    kek = HKDF(SHA256(), 32, wrapped.salt, b"tovay/keystore/wrap/1").derive(slow + device)
    aad = encode(("keystore", "pbkdf2-sha256", 600_000, wrapped.salt))
    assert AESGCM(kek).decrypt(wrapped.key[:12], wrapped.key[12:], aad) == key


def test_a_subkey_is_hkdf_of_the_data_key():
    assert keystore.subkey(SECRET, b"use") == HKDF(SHA256(), 32, None, b"use").derive(SECRET)


@pytest.mark.parametrize(
    "pin", ["", "12345", "1234567890123", "12345a", " 258046", "258046\n", "２５８０４６"]
)
def test_what_is_no_pin_is_refused_and_not_counted(store, pin):
    for _ in range(10):
        assert fault_of(store.unlock, pin) is Fault.NOT_A_PIN
    assert store.unlock() == store.key


def test_P64_five_wrong_pins_lock_for_20_minutes_then_twice_as_long_and_destroy_nothing(store):
    assert [fault_of(store.unlock, OTHER) for _ in range(5)] == [Fault.WRONG_PIN] * 5
    for minutes in (20, 40, 80, 160, 320, 640, 1_280, 1_440, 1_440):
        assert fault_of(store.unlock) is Fault.LOCKED
        store.now += timedelta(minutes=minutes, milliseconds=-1)
        assert fault_of(store.unlock) is Fault.LOCKED
        store.now += timedelta(milliseconds=1)
        assert fault_of(store.unlock, OTHER) is Fault.WRONG_PIN
    store.now += timedelta(days=1)
    assert store.unlock() == store.key
    assert [fault_of(store.unlock, OTHER) for _ in range(4)] == [Fault.WRONG_PIN] * 4
    assert store.unlock() == store.key


def test_a_wrong_pin_says_how_many_tries_are_left_and_a_lock_until_when(store):
    left = []
    for _ in range(5):
        with pytest.raises(EdgeError) as refused:
            store.unlock(OTHER)
        left.append(refused.value.facts["left"])
    assert left == [4, 3, 2, 1, 0]
    with pytest.raises(EdgeError) as refused:
        store.unlock()
    assert refused.value.facts["until"] == NOW + timedelta(minutes=20)


def test_P64_a_try_is_counted_before_it_is_checked_so_killing_the_app_gains_nothing(store):
    class Killed(BaseException):
        """The process ends while the slow function runs."""

    class DyingVault(QuickVault):
        def derive(self, pin, salt, iterations):
            raise Killed

    for _ in range(5):
        with pytest.raises(Killed):
            store.unlock(OTHER, DyingVault(SECRET))
    assert fault_of(store.unlock) is Fault.LOCKED


def test_P57_a_clock_set_back_neither_opens_the_lock_nor_makes_it_longer(store):
    for _ in range(5):
        assert fault_of(store.unlock, OTHER) is Fault.WRONG_PIN
    store.now -= timedelta(days=400)
    assert fault_of(store.unlock) is Fault.LOCKED
    store.now += timedelta(minutes=20)
    assert store.unlock() == store.key


@pytest.mark.parametrize("iterations", [1, 599_999, 2_000_001, 2**31, 8 * 2**30])
def test_P65_weaker_or_endless_parameters_are_refused_before_they_are_used(store, iterations):
    class NoVault(QuickVault):
        def derive(self, pin, salt, iterations):
            raise AssertionError("the slow function ran")

    kept = store.wrapped()
    changed = Wrapped(1, kept.kdf, iterations, kept.salt, kept.key)
    store.replace(wrapped=changed)
    assert fault_of(store.unlock, PIN, NoVault(SECRET)) is Fault.OTHER_DEVICE
    store.replace(wrapped=changed, forge=True)
    assert fault_of(store.unlock, PIN, NoVault(SECRET)) is Fault.DAMAGED


def test_P65_a_count_of_tries_that_somebody_lowered_is_seen(store):
    for _ in range(5):
        fault_of(store.unlock, OTHER)
    store.replace(tries=Tries(0, 0))
    assert fault_of(store.unlock) is Fault.OTHER_DEVICE


def test_P66_a_copied_file_cannot_even_be_tried_without_the_devices_secret(store):
    for pin in (PIN, OTHER):
        assert fault_of(store.unlock, pin, QuickVault(b"\x0a" * 32)) is Fault.OTHER_DEVICE


def test_P66_with_the_code_forged_the_pin_alone_still_does_not_unwrap(store):
    class Guesser(QuickVault):
        """Knows the label of the code, but not what the device gives for the wrapping."""

        def device_output(self, label):
            real = super().device_output(label)
            return real if label == b"tovay/keystore/code/1" else bytes(32)

    assert fault_of(store.unlock, PIN, Guesser(SECRET)) is Fault.WRONG_PIN


def test_a_ledger_without_a_key_was_never_enrolled(tmp_path):
    database = open_database(tmp_path / "ledger.sqlite")
    assert not keystore.exists(database)
    assert fault_of(keystore.unlock, database, QuickVault(SECRET), PIN, NOW) is Fault.NOT_ENROLLED
    database.close()


def test_the_lock_never_overflows_however_often_the_pin_was_wrong():
    assert lock_ms(4) == 0
    assert lock_ms(2**31) == keystore.LONGEST_LOCK_MS
