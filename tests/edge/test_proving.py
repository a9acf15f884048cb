"""What a phone proves by itself: two histories of the branch, or of another phone of its group (L16, N42)."""

from edge.proving import evidence, trusted
from edge.sync import sync
from edge.transport import Outcome
from protocol.evidence import check
from protocol.posting_facts import DayOpened
from tests.builders import VERIFIER
from tests.edge.steps import take
from tests.edge.village import DAY
from tests.facts import an


def shown_two_histories(hub, place, phone):
    """A hub that was restored and goes on by itself, as if nothing had happened."""
    count = len(hub.branch.seals)
    hub.ready(DAY)
    sync(phone, place.carrier)
    hub.restore(count)
    hub.say(an(DayOpened, decisions=6))
    assert sync(phone, place.carrier).outcome is Outcome.TWO_HISTORIES


def test_a_phone_that_holds_one_history_has_no_evidence(place, phone):
    take(phone, "1", 100_000)
    sync(phone, place.carrier)
    assert evidence(phone) == ()


def test_N42_a_phone_proves_that_the_branch_signed_two_histories(hub, place, phone):
    shown_two_histories(hub, place, phone)
    (raw,) = evidence(phone)
    proved = check(raw, trusted(phone), VERIFIER)
    assert (proved.kind, proved.log.group) == ("branch_fork", phone.identity.group)
    place.reopen(phone)
    assert evidence(phone) == (raw,)


def test_evidence_is_written_and_told_with_the_roots_fingerprint(enrolled, hub):
    out = enrolled.directory / "chung-cu"
    code, told, _ = enrolled.type("evidence", "--out", str(out))
    assert (code, told) == (0, "Máy không giữ hai sổ nào trái nhau: không có gì để làm chứng cứ.\n")
    count = len(hub.branch.seals)
    hub.ready(DAY)
    assert enrolled.type("sync")[0] == 0
    hub.restore(count)
    hub.say(an(DayOpened, decisions=6))
    assert enrolled.type("sync")[0] == 1
    code, told, _ = enrolled.type("evidence", "--out", str(out))
    assert (code, f"Đã ghi chứng cứ vào {out}." in told) == (0, True)
    read = enrolled.read("evidence", "--out", str(out))
    assert read["files"] == [str(out)]
    assert check(out.read_bytes(), bytes.fromhex(read["fingerprint"]), VERIFIER).kind == "branch_fork"
    code, _, said = enrolled.type("evidence", "--out", str(enrolled.directory))
    assert (code, "Không ghi được tệp" in said) == (1, True)
