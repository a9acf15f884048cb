"""Programmes, their legal rates, and the policies that the sample branch has adopted."""

from datetime import date
from typing import NamedTuple

from sheets import Sheets


class Decision(NamedTuple):
    """One programme's part of a published decision; rates in parts per million a year."""

    reference: str
    signed_on: date
    effective_from: date
    programme: str
    ppm: int


PROGRAMMES = (
    ("HN", "Hộ nghèo"),
    ("CN", "Hộ cận nghèo"),
    ("MTN", "Hộ mới thoát nghèo"),
    ("HSSV", "Học sinh, sinh viên có hoàn cảnh khó khăn"),
    ("VKK", "Hộ sản xuất kinh doanh vùng khó khăn"),
    ("NS", "Nước sạch và vệ sinh môi trường nông thôn"),
    ("GQVL", "Giải quyết việc làm"),
    ("XK", "Đi làm việc ở nước ngoài theo hợp đồng"),
    ("STEM", "Học sinh, sinh viên học các ngành STEM"),
    ("DB", "Hộ dân tộc thiểu số đặc biệt khó khăn"),
)

_D750 = ("750/QĐ-TTg", date(2015, 6, 1), date(2015, 6, 5))
_D28 = ("28/2015/QĐ-TTg", date(2015, 7, 21), date(2015, 9, 5))
_D29 = ("29/2025/QĐ-TTg", date(2025, 8, 28), date(2025, 8, 28))
_D2553 = ("2553/QĐ-TTg", date(2025, 11, 20), date(2025, 12, 1))

DECISIONS = (
    Decision(*_D750, "HN", 66_000),
    Decision(*_D750, "CN", 79_200),
    Decision(*_D750, "HSSV", 66_000),
    Decision(*_D750, "VKK", 90_000),
    Decision(*_D750, "NS", 90_000),
    Decision(*_D750, "GQVL", 79_200),
    Decision(*_D750, "XK", 66_000),
    Decision(*_D750, "DB", 0),
    Decision(*_D28, "MTN", 82_500),
    Decision(*_D29, "STEM", 48_000),
    Decision(*_D2553, "HN", 62_400),
    Decision(*_D2553, "CN", 74_880),
    Decision(*_D2553, "MTN", 78_000),
    Decision(*_D2553, "HSSV", 62_400),
    Decision(*_D2553, "VKK", 78_000),
    Decision(*_D2553, "NS", 84_000),
)

POLICIES: tuple[tuple[str, str | None, int | None], ...] = (
    ("rounding", "half_up", None),
    ("allocation", "overdue_arrears_current", None),
    ("overdue_factor", None, 1_300_000),
    ("cash_unit", None, 1_000),
)


def write_rates(sheets: Sheets) -> None:
    """Programmes and the decisions that fix their rates."""
    for code, name in PROGRAMMES:
        sheets.add("programmes.csv", code=code, name=name)
    for decision in DECISIONS:
        write_decision(sheets, decision, kind="rate")


def write_decision(sheets: Sheets, decision: Decision, kind: str, effective_to: date | None = None) -> None:
    """One row of rate_decisions.csv that reaches existing loans too."""
    sheets.add(
        "rate_decisions.csv",
        reference=decision.reference,
        signed_on=decision.signed_on,
        programme=decision.programme,
        kind=kind,
        ppm=decision.ppm,
        effective_from=decision.effective_from,
        effective_to=effective_to,
        reach="all",
        overdue_reach="surcharge_on_reduced",
    )


def contract_ppm(programme: str, opened_on: date) -> int:
    """Rate in force for a new loan of a programme on a day; raises LookupError where none is."""
    in_force = [
        decision
        for decision in DECISIONS
        if decision.programme == programme and decision.effective_from <= opened_on
    ]
    if not in_force:
        raise LookupError(f"no rate for {programme} on {opened_on}")
    return max(in_force, key=lambda decision: decision.effective_from).ppm


def write_policies(sheets: Sheets) -> None:
    """The branch's own dated choices, in force since before the first loan of the sample."""
    for policy, choice, amount in POLICIES:
        sheets.add(
            "policies.csv",
            policy=policy,
            effective_from=date(2015, 6, 5),
            choice=choice,
            amount=amount,
            reference="QC-01/MAU",
            signed_on=date(2015, 6, 5),
        )
