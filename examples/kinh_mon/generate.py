"""Makes the sample branch: `python examples/kinh_mon/generate.py [--groups 268] [--out DIR]`.

The same seed gives the same bytes. A group's rows do not depend on how many groups there are: the small
sample is the beginning of the full one.
"""

import argparse
from pathlib import Path
from random import Random

from demo_group import write_demo_group
from group_book import GroupBook
from households import write_households
from late import late_export
from places import NEW_FROM, POINTS, unit_of, write_hamlet, write_units
from rates import write_policies, write_rates
from sheets import Sheets

SEED = 20251203
SMALL, FULL = 14, 268
STORY_LOAN = "660001000201"
"""The loan of Vũ Văn Tịnh in group KM-001, part of which is repaid at the counter on 12/12/2025."""

_ORGANISATIONS = ("HPN", "HND", "HCCB", "DTN")
_SHARES = (45, 30, 15, 10)


def main() -> None:
    """Write the export and the later export beneath it."""
    parser = argparse.ArgumentParser(description="Make the sample branch of Kinh Môn.")
    parser.add_argument("--groups", type=int, default=SMALL, help=f"number of groups (full: {FULL})")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="folder to write to")
    chosen = parser.parse_args()
    if not 1 <= chosen.groups <= 9_999:  # noqa: PLR2004 - customer numbers have four digits for the group
        parser.error("--groups must be 1 to 9999")
    branch_export(chosen.groups).write(chosen.out)
    late_export(STORY_LOAN).write(chosen.out / "late")


def branch_export(groups: int) -> Sheets:
    """The whole branch as of 30/11/2025, with the events of the first three days of December."""
    sheets = Sheets()
    write_units(sheets)
    write_rates(sheets)
    write_policies(sheets)
    for number in range(1, groups + 1):
        _write_group(sheets, number)
    return sheets


def _write_group(sheets: Sheets, number: int) -> None:
    rng = Random(f"{SEED}/{number}")  # noqa: S311 - sample figures, no secret
    point = POINTS[(number - 1) % len(POINTS)]
    book = GroupBook(sheets, number, point)
    area, hamlet = write_hamlet(sheets, rng, number, unit_of(point))
    sheets.add(
        "groups.csv",
        code=book.code,
        name=f"Tổ TK&VV số {number}, {hamlet}",
        area=area,
        point=point.code,
        organisation="HPN" if number == 1 else rng.choices(_ORGANISATIONS, _SHARES)[0],
        leader=book.customer(1),
        deputy=book.customer(2),
        valid_from=NEW_FROM,
    )
    if number == 1:
        write_demo_group(book, hamlet)
    else:
        write_households(book, rng, hamlet)


if __name__ == "__main__":
    main()
