"""A hub that dies at every single write while it begins anew and takes back: the next call goes on (L15)."""

import pytest

from hub.service.upkeep.fsck import check
from hub.service.upkeep.restoring import Wish, restore
from hub.store.sqlite import SqliteStore
from tests.hub.copies import Hamlet
from tests.hub.stopping import stopped
from tests.hub.test_restored import afternoon, sums


class Died(BaseException):
    """The process is gone: nobody catches it."""


def until_it_lives(hamlet, work):
    """Do the work again and again in processes that each live for one write; returns how many died."""
    deaths = 0
    while True:
        hamlet.branch.store = OneWrite(hamlet.folder / "hub.sqlite")
        hamlet.branch.groups = hamlet.groups = hamlet.branch.another_process()
        try:
            work()
        except Died:
            deaths += 1
            assert deaths < 100
        else:
            return deaths


class OneWrite(SqliteStore):
    """A store that lets one new fact in and then dies."""

    def add(self, documents):
        found = super().add(documents)
        if any(one.value == "new" for one in found):
            raise Died
        return found

    def append(self, *given):
        super().append(*given)
        raise Died


@pytest.mark.parametrize("marks_too", [False, True])
def test_N38_L15_a_hub_that_dies_at_every_write_ends_where_one_that_lives_does(tmp_path, marks_too):
    hamlet = Hamlet(tmp_path)
    afternoon(hamlet)
    before = hamlet.state
    hamlet.put_back()
    if marks_too:
        hamlet.marks.close()
        (tmp_path / "marks.sqlite").unlink()
    people = iter(range(100))

    def begin_anew():
        name = f"GD{next(people)}"
        return restore(hamlet.groups, Wish(name, "KSV01"), lambda _: None).restoration.decided_by

    assert until_it_lives(hamlet, begin_anew) >= 2
    assert begin_anew() == "GD0"
    for ordinal in (3, 1, 3):
        until_it_lives(hamlet, hamlet.followers[ordinal].come_back)
    hamlet.branch.store = SqliteStore(tmp_path / "hub.sqlite")
    hamlet.open_again()
    assert sums(hamlet.state) == sums(before)
    assert (check(hamlet.groups, lambda: None).faults, stopped(hamlet.groups)) == ((), {})
