"""A transaction day as people see it, with everything in it that must add up."""

from hub.service.day.reconciliation import group_day
from hub.service.day.shown import GroupDay
from hub.service.loan_book.imports import directory_of
from tests.hub.days import DAY


def shown(day, on=DAY) -> GroupDay:
    found = group_day(day.state, directory_of(day.branch.store), on)
    check_sums(found)
    return found


def check_sums(found: GroupDay):
    """B16, B18 and promise 3: what is shown adds up, whatever happened."""
    for entry in found.entries:
        for loan in entry.loans:
            if loan.due_now_dong is not None:
                deltas = loan.delta_paid_dong - loan.delta_edge_dong - loan.delta_book_dong
                assert loan.amount_dong - loan.due_now_dong == deltas
                assert sum(cause.amount_dong for cause in loan.causes) == loan.delta_book_dong
                assert loan.delta_edge_dong == 0
        for one in entry.savings:
            if entry.transfer is None and one.booked_dong is not None:
                assert one.amount_dong == one.booked_dong + one.held_dong
                assert one.difference_dong == 0
        if entry.transfer is not None:
            assert entry.transfer.executed_dong + entry.transfer.short_dong == entry.amount_dong
            assert entry.posted_dong == entry.transfer.executed_dong
    if found.cash.count is not None and found.cash.count.parts is not None:
        count, parts = found.cash.count, found.cash.count.parts
        assert count.difference_dong == (
            parts.handed_dong + parts.found_dong - parts.unstated_dong - parts.other_days_dong
        )
        assert bool(parts.sentences) == any(
            (parts.handed_dong, parts.found_dong, parts.unstated_dong, parts.other_days_dong)
        )
    totals = found.totals
    deltas = totals.delta_paid_dong - totals.delta_edge_dong - totals.delta_book_dong
    assert totals.amount_dong - totals.due_now_dong == deltas
    assert sum(one.amount_dong for one in found.states) == found.received_dong
    assert sum(one.entries for one in found.states) == len(found.entries)
    assert sum(one.cash_dong for one in found.states) == sum(entry.cash_dong for entry in found.entries)
    counted = [one for one in found.cash.writers if one.is_counted or found.cash.count is None]
    assert found.cash.expected_dong == sum(one.expected_dong for one in counted)
    moved = sum(one.accepted_dong - one.handed_over_dong + one.other_days_dong for one in counted)
    assert found.cash.expected_dong == sum(entry.expected_dong for entry in found.entries) + moved


def by_number(found):
    return {entry.receipt_no: entry for entry in found.entries if entry.receipt_no is not None}
