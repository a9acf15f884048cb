"""A whole office in small: generated, imported in every form, and measured by the bench."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from hub.service.loan_book.imports import Wish, import_book, plan_book
from protocol.day import day_of
from tests.hub.builders import NOW, sqlite_branch
from tests.hub.test_book_laws import unsalted
from tests.hub.test_import_killed import salt
from tests.hub.workbooks import cell_of, write_workbook

ROOT = Path(__file__).parents[2]
GROUPS = 3


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """The sample branch with three groups, as the files of a folder."""
    folder = tmp_path_factory.mktemp("office")
    script = ROOT / "examples" / "kinh_mon" / "generate.py"
    subprocess.run([sys.executable, script, "--groups", str(GROUPS), "--out", folder / "book"], check=True)
    return folder / "book"


@pytest.fixture(scope="module")
def forms(office):
    """The same office as a workbook and as a document."""
    tables = {
        path.stem: list(csv.reader(path.read_text("utf-8-sig").splitlines()))
        for path in sorted(office.glob("*.csv"))
    }
    sheets = {
        name: [rows[0], *([cell_of(cell) for cell in row] for row in rows[1:])]
        for name, rows in tables.items()
    }
    write_workbook(office.parent / "book.xlsx", sheets)
    objects = {
        name: [dict(zip(rows[0], row, strict=True)) for row in rows[1:]] for name, rows in tables.items()
    }
    (office.parent / "book.json").write_text(json.dumps(objects, ensure_ascii=False), encoding="utf-8")
    return {"csv": office, "xlsx": office.parent / "book.xlsx", "json": office.parent / "book.json"}


def taken_in(groups, book):
    loans = []
    planned = plan_book(groups, Wish(book, None, day_of(NOW), "core", full=True), salt, loans.append)
    written = []
    import_book(groups, planned, written.append)
    return planned, loans, written


def test_every_form_of_an_office_is_the_same_book_and_counts_its_loans(forms, tmp_path):
    logs, loans = {}, set()
    for form, book in forms.items():
        (tmp_path / form).mkdir()
        branch = sqlite_branch(tmp_path / form)
        planned, tried, written = taken_in(branch.groups, book)
        assert (planned.form, planned.plan.refused, planned.absent) == (form, (), ())
        assert planned.plan.imported == planned.lines
        assert len(tried) == len(written) == GROUPS
        assert tried == written
        logs[form] = {
            code: unsalted([placed.entry for placed in branch.groups.load(code).log.entries][1:])
            for code in branch.groups.codes()
        }
        loans.add(sum(written))
        again, _, _ = taken_in(branch.groups, forms["json"])
        assert (again.plan.groups, again.plan.unchanged) == ((), planned.lines)
    assert logs["csv"] == logs["xlsx"] == logs["json"]
    assert len(loans) == 1


def test_a_new_group_is_folded_twice_and_not_once_for_each_write(forms, tmp_path):
    branch = sqlite_branch(tmp_path)
    scans = []
    scan = branch.store.scan
    branch.store.scan = lambda *words: scans.append(words) or scan(*words)
    taken_in(branch.groups, forms["csv"])
    assert len(scans) == 2 * GROUPS


def test_the_bench_of_the_import_tells_its_ratio():
    told = subprocess.run(
        [sys.executable, "-m", "bench.import", "--groups", "1"],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "1 groups, 21 loans" in told.stdout
    assert "ratio" in told.stdout
