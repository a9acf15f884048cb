"""Every fault of a line between phone and hub: nothing lost, doubled or said too early (N73–N79)."""

import json

import pytest

from tests.system.faulty_line import (
    CAPTIVE,
    CUT_DOWN,
    CUT_UP,
    DOUBLED,
    FLIPPED_DOWN,
    FLIPPED_UP,
    LOST_REPLY,
    LOST_REQUEST,
    NONE,
    FaultyLine,
)

FAULTS = {
    LOST_REQUEST: "offline",
    LOST_REPLY: "offline",
    CUT_UP: "offline",
    CUT_DOWN: "offline",
    FLIPPED_UP: "hub_fault",
    FLIPPED_DOWN: "untrusted",
    CAPTIVE: "not_the_hub",
    DOUBLED: "done",
}
DEPOSIT = 10_000


@pytest.fixture
def line(village):
    made = FaultyLine(village.hub.address)
    village.hub.start(behind=made.hub_address)
    yield made
    made.close()


def test_N73_to_N79_whatever_a_line_does_each_receipt_arrives_once(village, line):
    for sent, (fault, outcome) in enumerate(FAULTS.items(), 1):
        village.leader.run("collect", 14, "--savings", DEPOSIT + sent, "--again", "--yes")
        line.fault = fault
        tried = json.loads(village.leader.attempt("sync", "--json").stdout)
        assert tried["outcome"] == outcome, fault
        assert tried["waiting"] == (0 if outcome == "done" else 1), fault
        line.fault = NONE
        assert village.leader.ask("sync")["waiting"] == 0, fault
    found = json.loads(village.verdict().stdout)
    assert (found["faults"], found["counts"]["phone_entries"]) == ([], len(FAULTS))
    assert found["cash_dong"] == {"pending": sum(DEPOSIT + sent for sent in range(1, len(FAULTS) + 1))}
    assert "Traceback" not in (village.folder / "branch" / "hub.log").read_text(encoding="utf-8")


@pytest.mark.parametrize("fault", [LOST_REPLY, DOUBLED])
def test_N74_an_enrolment_over_a_faulty_line_claims_its_voucher_once(village, line, fault):
    words = village.branch.words("voucher", "--group", "KM-002", "--role", "leader", "--by", "IT01")
    voucher = village.stage.ask("tovay-provision", *words)["voucher"]
    phone = type(village.leader)(village.stage, "other")
    line.fault = fault
    phone.attempt("enrol", "--hub", village.hub.url, "--voucher", voucher)
    line.fault = NONE
    digits = phone.ask("enrol", "--hub", village.hub.url, "--voucher", voucher)["digits"]
    devices = village.stage.ask("tovay-provision", *village.branch.words("devices"))
    assert [one["digits"] for one in devices if one["state"] == "waiting"] == [digits]
