"""The encrypted shelves (L4, L19)."""

import pytest

from edge.cashless import VisitOrder, note_visit
from edge.database import open_database
from edge.errors import Fault
from edge.ledger import NO_LOG, Ledger
from edge.members import find_member
from protocol.exchange import DetachedText
from protocol.ids import LogId
from tests.edge.steps import behind_the_triggers, fault_of, take
from tests.edge.village import NAMES
from tests.fakes.places import QuickVault

LOG, OTHER = LogId("KM-001", b"0123456789", 0), LogId("KM-001", b"0123456789", 1)
KEY = b"\x05" * 32
TEXT = DetachedText(b"\x01" * 16, "Nguyễn Thị Ánh".encode())


@pytest.fixture
def ledger(tmp_path):
    """An open ledger with a few rows."""
    opened = Ledger(open_database(tmp_path / "ledger.sqlite"), QuickVault(b"\x01" * 32), KEY)
    with opened.saving():
        opened.keep("entry", LOG, 1, b"one")
        opened.keep("entry", LOG, 2, b"two")
        opened.keep("entry", OTHER, 1, b"other")
        opened.keep_text(TEXT)
    yield opened
    opened.close()


def bodies(ledger, shelf, log=None):
    return [(row.seq, row.body) for row in ledger.kept(shelf, log)]


def test_rows_come_back_in_order_by_shelf_and_log(ledger):
    assert bodies(ledger, "entry") == [(1, b"one"), (2, b"two"), (1, b"other")]
    assert bodies(ledger, "entry", OTHER) == [(1, b"other")]
    assert bodies(ledger, "seal") == []


def test_new_bodies_are_kept_once_each_after_the_last_of_its_log(ledger):
    for _ in range(2):
        with ledger.saving():
            ledger.keep_new("statement", [(NO_LOG, b"a"), (NO_LOG, b"b"), (NO_LOG, b"a"), (NO_LOG, b"c")])
    assert bodies(ledger, "statement") == [(1, b"a"), (2, b"b"), (3, b"c")]


def test_a_text_is_kept_once_under_its_hash(ledger):
    with ledger.saving():
        ledger.keep_text(TEXT)
    assert ledger.texts() == {TEXT.hash: TEXT}


def test_a_note_is_replaced(ledger):
    assert ledger.note("identity", DetachedText) is None
    for text in (TEXT, DetachedText(b"\x02" * 16, b"x")):
        with ledger.saving():
            ledger.set_note("identity", text)
    assert ledger.note("identity", DetachedText) == DetachedText(b"\x02" * 16, b"x")
    assert fault_of(ledger.note, "identity", LogId) is Fault.DAMAGED


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE kept SET seq = 3 WHERE seq = 2",
        "UPDATE kept SET shelf = 'seal' WHERE seq = 2",
        "UPDATE kept SET log = x'00' WHERE seq = 2",
        "UPDATE kept SET sealed = (SELECT sealed FROM kept WHERE seq = 1) WHERE seq = 2",
    ],
)
def test_a_body_in_another_place_does_not_decrypt(ledger, tmp_path, change):
    """L19: the place is bound to the ciphertext, so rows cannot be swapped behind the triggers' back."""
    ledger.close()
    behind_the_triggers(tmp_path / "ledger.sqlite", change)
    again = Ledger(open_database(tmp_path / "ledger.sqlite"), QuickVault(b"\x01" * 32), KEY)
    assert fault_of(lambda: [bodies(again, shelf) for shelf in ("entry", "seal")]) is Fault.DAMAGED
    again.close()


def test_a_text_under_another_hash_does_not_decrypt(ledger, tmp_path):
    ledger.close()
    behind_the_triggers(tmp_path / "ledger.sqlite", "UPDATE texts SET hash = x'00'")
    again = Ledger(open_database(tmp_path / "ledger.sqlite"), QuickVault(b"\x01" * 32), KEY)
    assert fault_of(again.texts) is Fault.DAMAGED
    again.close()


def test_another_key_opens_nothing(ledger, tmp_path):
    ledger.close()
    again = Ledger(open_database(tmp_path / "ledger.sqlite"), QuickVault(b"\x01" * 32), b"\x06" * 32)
    assert fault_of(bodies, again, "entry") is Fault.DAMAGED
    again.close()


def test_nothing_personal_is_in_clear_in_any_file_of_the_phone(place, phone):
    """L4, L19: names and notes are looked for in the raw bytes, while the phone is open and after."""
    take(phone, "1")
    note_visit(phone, find_member(phone, "2"), VisitOrder("promised", note="Hẹn sau khi bán lợn"))
    phone.seal()
    secrets = [word for name in NAMES for word in (name, name.split()[-1] + " ")]
    secrets += ["TV001", "660001", "TK1", "bán lợn", "possible", "promised"]
    for _ in range(2):
        files = {path.name: path.read_bytes() for path in place.directory.iterdir()}
        assert "ledger.sqlite" in files
        for name, raw in files.items():
            for secret in secrets:
                assert secret.encode() not in raw, (name, secret)
        phone.ledger.close()


@pytest.mark.parametrize(
    "row",
    ["notes SET {} WHERE name = 'contact'", "kept SET {} WHERE shelf = 'sent'", "texts SET {}"],
    ids=["note", "shelf", "text"],
)
def test_P63_a_flipped_bit_in_what_no_start_needs_is_found_at_the_start(place, phone, row):
    take(phone, "1")
    place.synchronise(phone)
    phone.ledger.close()
    flip = "sealed = CAST(x'00' || substr(sealed, 2) AS BLOB)"
    behind_the_triggers(place.ledger, "UPDATE " + row.format(flip))
    assert fault_of(place.unlock) is Fault.DAMAGED
