"""Each kind of event in an export is its own kind of entry, in the order in which it counts."""

import pytest

from protocol.entries import decode_entry, entry_bytes
from protocol.loan_facts import (
    CoreMatched,
    Disbursed,
    FreezeLifted,
    InstalmentOverdue,
    InstalmentScheduled,
    InterestReceived,
    LoanClosed,
    LoanExtended,
    LoanFrozen,
    LoanRenewed,
    LoanWrittenOff,
    PrincipalRepaid,
    RecoveredAfterWriteOff,
)
from tests.facts import an
from tests.hub.exports import FILES, with_cells, write_export
from tests.hub.imports import imported, plan

EVENTS = {
    "disbursed": Disbursed,
    "instalment_scheduled": InstalmentScheduled,
    "principal_repaid": PrincipalRepaid,
    "interest_received": InterestReceived,
    "instalment_overdue": InstalmentOverdue,
    "loan_extended": LoanExtended,
    "loan_frozen": LoanFrozen,
    "freeze_lifted": FreezeLifted,
    "loan_renewed": LoanRenewed,
    "loan_written_off": LoanWrittenOff,
    "recovered_after_write_off": RecoveredAfterWriteOff,
    "loan_closed": LoanClosed,
}
NEEDS = {
    "loan_extended": {"due_on": "2030-01-01"},
    "loan_frozen": {"until": "2028-01-01"},
    "loan_renewed": {"due_on": "2030-01-01", "ppm": "62400", "amount": ""},
    "recovered_after_write_off": {"interest": "7"},
    "loan_closed": {"amount": ""},
}


@pytest.mark.parametrize("kind", EVENTS)
def test_each_kind_of_event_is_its_own_entry(tmp_path, kind):
    cells = {"kind": kind} | NEEDS.get(kind, {})
    [group] = plan(write_export(tmp_path, loan_events=with_cells("loan_events", 3, **cells))).groups
    entry = next(
        planned.entry for planned in group.planned if planned.line == 3 and planned.table == "loan_events"
    )
    assert type(entry) is EVENTS[kind]
    assert (entry.loan, entry.core_ref) == (1, "G2")
    assert decode_entry(entry_bytes(entry)) == entry


def test_events_stand_in_the_order_in_which_they_count(tmp_path):
    header = FILES["loan_events"].splitlines()[0]
    rows = [
        "E1,L1,principal_repaid,2025-12-02,5000000,,,,",
        "E2,L1,interest_received,2025-12-01,100000,,,,",
        "E3,L1,disbursed,2025-12-02,10000000,,,,",
    ]
    events = "\n".join([header, *rows, ""])
    [group] = plan(write_export(tmp_path, loan_events=events)).groups
    assert [entry.core_ref for entry in group.entries if getattr(entry, "loan", None)] == ["E2", "E3", "E1"]


def test_facts_without_a_reference_of_the_bank_are_not_mixed_up(tmp_path):
    keyed = an(PrincipalRepaid, core_ref=None)
    branch, _ = imported(write_export(tmp_path), extra=[keyed, an(CoreMatched)])
    assert set(branch.rosters["KM-001"].facts) == {"G1", "G2", "G3"}
