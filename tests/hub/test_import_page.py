"""The page that tells a bank how to export says what the reader wants."""

import re
from pathlib import Path

import pytest

from hub.service.reading.rows import LOAN_EVENT_KINDS
from hub.service.reading.tables import TABLES

PAGE = (Path(__file__).parents[2] / "docs" / "operate" / "import.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^### (\S+)\n(.*?)(?=^###? |\Z)", PAGE, re.MULTILINE | re.DOTALL))
COLUMN = re.compile(r"^\| (\**)(\w+)\** \| (○?) ?\| .+ \|$", re.MULTILINE)


def test_each_file_has_its_section():
    assert list(SECTIONS) == [table.name for table in TABLES]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_section_of_a_file_names_its_columns(table):
    told = [
        (name, mark == "", star != "")
        for star, name, mark in COLUMN.findall(SECTIONS[table.name])
        if name != "column"
    ]
    assert told == [(column.name, column.required, column.name in table.identity) for column in table.columns]


def test_the_kinds_of_events_stand_in_their_order():
    assert tuple(re.findall(r"^\| `(\w+)` \|", SECTIONS["loan_events"], re.MULTILINE)) == LOAN_EVENT_KINDS
