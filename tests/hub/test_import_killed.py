"""An import that is killed at any of its writes: the same import again completes it, nothing is doubled."""

import json
import os
import signal
from itertools import count

import pytest

from hub.service.loan_book.imports import Wish, import_book, plan_book
from hub.service.upkeep.fsck import check
from protocol.day import day_of
from protocol.roster_facts import GroupListed, MemberListed
from protocol.trust_facts import BranchEpochOpened
from tests.hub.builders import NOW, sqlite_branch
from tests.hub.exports import FILES, rows_of, with_row, write_export
from tests.hub.workbooks import sheets_of, write_workbook

pytestmark = pytest.mark.crash

TWO = {
    "groups": with_row("groups", code="KM-002", leader="C3", deputy=""),
    "members": with_row("members", group="KM-002", customer="C3") + "KM-002,C4,Người hỏng,,12,\n",
}
TABLES = {name: rows_of(name, TWO.get(name)) for name in FILES}
SALTS = count(1)


def book_of(form, folder):
    """The same book in one of its forms."""
    if form == "csv":
        return write_export(folder / "export", **TWO)
    path = folder / f"book.{form}"
    if form == "xlsx":
        return write_workbook(path, sheets_of(**TABLES))
    rows = {
        name: [dict(zip(header, row, strict=True)) for row in rest]
        for name, (header, *rest) in TABLES.items()
    }
    path.write_text(json.dumps(rows))
    return path


def taken_in(groups, book):
    planned = plan_book(groups, Wish(book, None, day_of(NOW), "core"), salt, lambda _: None)
    import_book(groups, planned, lambda _: None)
    return planned.plan


def salt():
    return next(SALTS).to_bytes(16, "big")


class Deadly:
    """A store after whose n-th write the process dies, and so before the next one."""

    def __init__(self, store, writes):
        self._store, self._left = store, writes

    def __getattr__(self, name):
        return getattr(self._store, name)

    def add(self, documents):
        return self._written(lambda: self._store.add(documents))

    def append(self, log, expected_head, seal):
        return self._written(lambda: self._store.append(log, expected_head, seal))

    def put_derived(self, document):
        return self._written(lambda: self._store.put_derived(document))

    def _written(self, write):
        written = write()
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return written


def dies(branch, book, writes):
    """Whether an import in a process of its own was killed after its n-th write."""
    branch.store.close()
    child = os.fork()
    if child == 0:
        groups = branch.another_process()
        groups.store = Deadly(branch.store, writes)
        taken_in(groups, book)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == -signal.SIGKILL


@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
def test_N80_an_import_that_is_killed_again_and_again_is_completed(tmp_path, form):
    branch, book = sqlite_branch(tmp_path), book_of(form, tmp_path)
    deaths = [dies(branch, book, writes) for writes in (1, 2, 1, 4, 3, 2, 6, 1)]
    assert sum(deaths) >= 4
    taken_in(branch.groups, book)
    groups = branch.another_process()
    assert check(groups, lambda: None).faults == ()
    logs = {code: [type(placed.entry) for placed in groups.load(code).log.entries] for code in groups.codes()}
    assert {code: log.count(MemberListed) for code, log in logs.items()} == {"KM-001": 2, "KM-002": 1}
    for log in logs.values():
        assert (log[0], log.count(BranchEpochOpened), log.count(GroupListed)) == (BranchEpochOpened, 1, 1)
    again = taken_in(groups, book)
    assert (again.groups, again.imported, again.refused_rows) == ((), 0, 1)
