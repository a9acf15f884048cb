"""The later export: what the branch learns while the leaders collect."""

from datetime import date

from rates import Decision, write_decision
from sheets import Sheets

_DECISION_2654 = ("2654/QĐ-TTg", date(2025, 12, 4), date(2025, 10, 1))
_REACHED = ("HN", "CN", "MTN")


def late_export(loan: str) -> Sheets:
    """A repayment at the counter on 12/12/2025, and two points off, decided late and from an earlier day."""
    sheets = Sheets()
    sheets.add(
        "loan_events.csv",
        core_ref="GD001-L0001",
        loan=loan,
        kind="principal_repaid",
        effective_on=date(2025, 12, 12),
        amount=10_000_000,
    )
    for programme in _REACHED:
        decision = Decision(*_DECISION_2654, programme, 20_000)
        write_decision(sheets, decision, kind="points", effective_to=date(2025, 12, 31))
    return sheets
