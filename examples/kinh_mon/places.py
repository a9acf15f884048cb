"""Areas of Kinh Môn before and after July 2025, and the transaction points with their fixed days.

The names of the units and which unit took over from which are real; codes, hamlets and days are sample data.
"""

from datetime import date
from random import Random
from typing import NamedTuple

from sheets import Sheets

TOWN_FROM = date(2019, 11, 1)
"""Kinh Môn became a town, and its communes wards."""
OLD_UNTIL = date(2025, 6, 30)
NEW_FROM = date(2025, 7, 1)


class Unit(NamedTuple):
    """A ward or commune of today and the units that it took over from."""

    code: str
    name: str
    kind: str
    before: tuple[tuple[str, str, str], ...]


class Point(NamedTuple):
    """A commune transaction point and its day of the month; 29 to 31 mean the month's end."""

    code: str
    name: str
    unit: str
    day: int


UNITS = (
    Unit(
        "HP-KINHMON",
        "Phường Kinh Môn",
        "ward",
        (
            ("KM-ANLUU", "Phường An Lưu", "ward"),
            ("KM-HIEPAN", "Phường Hiệp An", "ward"),
            ("KM-LONGXUYEN", "Phường Long Xuyên", "ward"),
        ),
    ),
    Unit(
        "HP-NGUYENDAINANG",
        "Phường Nguyễn Đại Năng",
        "ward",
        (
            ("KM-THAITHINH", "Phường Thái Thịnh", "ward"),
            ("KM-HIENTHANH", "Phường Hiến Thành", "ward"),
            ("KM-MINHHOA", "Xã Minh Hòa", "commune"),
        ),
    ),
    Unit(
        "HP-TRANLIEU",
        "Phường Trần Liễu",
        "ward",
        (
            ("KM-ANPHU", "Phường An Phụ", "ward"),
            ("KM-HIEPHOA", "Xã Hiệp Hòa", "commune"),
            ("KM-THUONGQUAN", "Xã Thượng Quận", "commune"),
        ),
    ),
    Unit(
        "HP-BACANPHU",
        "Phường Bắc An Phụ",
        "ward",
        (
            ("KM-THATHUNG", "Phường Thất Hùng", "ward"),
            ("KM-BACHDANG", "Xã Bạch Đằng", "commune"),
            ("KM-LENINH", "Xã Lê Ninh", "commune"),
        ),
    ),
    Unit(
        "HP-PHAMSUMANH",
        "Phường Phạm Sư Mạnh",
        "ward",
        (
            ("KM-PHAMTHAI", "Phường Phạm Thái", "ward"),
            ("KM-ANSINH", "Phường An Sinh", "ward"),
            ("KM-HIEPSON", "Phường Hiệp Sơn", "ward"),
        ),
    ),
    Unit(
        "HP-NHICHIEU",
        "Phường Nhị Chiểu",
        "ward",
        (
            ("KM-TANDAN", "Phường Tân Dân", "ward"),
            ("KM-MINHTAN", "Phường Minh Tân", "ward"),
            ("KM-DUYTAN", "Phường Duy Tân", "ward"),
            ("KM-PHUTHU", "Phường Phú Thứ", "ward"),
        ),
    ),
    Unit(
        "HP-NAMANPHU",
        "Xã Nam An Phụ",
        "commune",
        (
            ("KM-QUANGTHANH", "Xã Quang Thành", "commune"),
            ("KM-LACLONG", "Xã Lạc Long", "commune"),
            ("KM-THANGLONG", "Xã Thăng Long", "commune"),
        ),
    ),
)

POINTS = (
    Point("DGD-KINHMON", "Điểm giao dịch phường Kinh Môn", "HP-KINHMON", 17),
    Point("DGD-NGUYENDAINANG", "Điểm giao dịch phường Nguyễn Đại Năng", "HP-NGUYENDAINANG", 8),
    Point("DGD-TRANLIEU", "Điểm giao dịch phường Trần Liễu", "HP-TRANLIEU", 12),
    Point("DGD-BACANPHU", "Điểm giao dịch phường Bắc An Phụ", "HP-BACANPHU", 5),
    Point("DGD-PHAMSUMANH", "Điểm giao dịch phường Phạm Sư Mạnh", "HP-PHAMSUMANH", 10),
    Point("DGD-NHICHIEU", "Điểm giao dịch phường Nhị Chiểu", "HP-NHICHIEU", 22),
    Point("DGD-NAMANPHU", "Điểm giao dịch xã Nam An Phụ", "HP-NAMANPHU", 15),
    Point("DGD-THATHUNG", "Điểm giao dịch Thất Hùng", "HP-BACANPHU", 19),
    Point("DGD-MINHTAN", "Điểm giao dịch Minh Tân", "HP-NHICHIEU", 24),
    Point("DGD-LACLONG", "Điểm giao dịch Lạc Long", "HP-NAMANPHU", 30),
)

_FIRST = ("Đông", "Tây", "Nam", "Bắc", "Thượng", "Hạ", "Trung", "Tân", "Phú", "An", "Bình", "Đồng")
_SECOND = ("Hòa", "Sơn", "Thịnh", "Lâm", "Xá", "Phong", "Quang", "Tiến", "Hưng", "Khê", "Lạc", "Trạch")


def write_units(sheets: Sheets) -> None:
    """Province, town, old units, today's units and transaction points."""
    sheets.add(
        "areas.csv",
        code="HD",
        name="Tỉnh Hải Dương",
        kind="province",
        valid_from=date(1997, 1, 1),
        valid_to=OLD_UNTIL,
        successor="HP",
    )
    sheets.add(
        "areas.csv", code="HP", name="Thành phố Hải Phòng", kind="province", valid_from=date(1976, 7, 2)
    )
    sheets.add(
        "areas.csv",
        code="HD-KINHMON",
        name="Thị xã Kinh Môn",
        kind="district",
        parent="HD",
        valid_from=TOWN_FROM,
        valid_to=OLD_UNTIL,
    )
    for unit in UNITS:
        sheets.add(
            "areas.csv", code=unit.code, name=unit.name, kind=unit.kind, parent="HP", valid_from=NEW_FROM
        )
        for code, name, kind in unit.before:
            sheets.add(
                "areas.csv",
                code=code,
                name=name,
                kind=kind,
                parent="HD-KINHMON",
                valid_from=TOWN_FROM,
                valid_to=OLD_UNTIL,
                successor=unit.code,
            )
    for point in POINTS:
        sheets.add("points.csv", code=point.code, name=point.name, area=point.unit, day_of_month=point.day)


def write_hamlet(sheets: Sheets, rng: Random, group: int, unit: Unit) -> tuple[str, str]:
    """One hamlet: it kept its code when its parent changed, or got a new name and code. (code, name)."""
    code, name = f"T-{group:03d}", _hamlet_name(rng, unit)
    renamed = group % 9 == 4  # noqa: PLR2004 - every ninth hamlet took a new name in the merger
    old_parent = unit.before[group % len(unit.before)][0]
    before = _hamlet_name(rng, unit) if renamed else name
    sheets.add(
        "areas.csv",
        code=f"{code}A" if renamed else code,
        name=before,
        kind="hamlet",
        parent=old_parent,
        valid_from=TOWN_FROM,
        valid_to=OLD_UNTIL,
        successor=code if renamed else None,
    )
    sheets.add("areas.csv", code=code, name=name, kind="hamlet", parent=unit.code, valid_from=NEW_FROM)
    return code, name


def unit_of(point: Point) -> Unit:
    """Today's unit in which a transaction point stands."""
    return next(unit for unit in UNITS if unit.code == point.unit)


def _hamlet_name(rng: Random, unit: Unit) -> str:
    prefix = "Thôn" if unit.kind == "commune" else "Khu dân cư"
    return f"{prefix} {rng.choice(_FIRST)} {rng.choice(_SECOND)}"
