"""A collection day through a hub that passes on; the appender is lost in the middle, another one named."""

import json
import os
import shutil
import signal

import pytest
from cast import Branch
from stage import Hub

from provisioning.settings import BRANCH_FILES, ROOT_SPKI, SETTINGS, STATEMENTS
from tests.hub.branches import append_at, forward_at

PEOPLE = ("--by", "KSV01", "--confirmed-by", "GDV01")


class Machine:
    """A hub of the branch on a machine of its own, over the same store."""

    def __init__(self, village, name, files):
        self.folder = village.folder / name
        self.folder.mkdir()
        for file in files:
            shutil.copy(village.folder / "branch" / file, self.folder / file)
        village.store.reach(village.folder / "branch", self.folder)
        self._store = village.store
        self.hub = Hub(village.stage, self.folder)
        self.branch = Branch(village.stage, self.folder, village.folder / "branch-passphrase")

    def join(self, origin, *words):
        """What a person does to make it a hub of the branch."""
        self.branch.run("init", "--join", "--yes", "--origin", origin, *self._store.words, *words)


@pytest.fixture
def edge(village):
    """The hub that phones reach: it passes on, and holds no key."""
    edge = Machine(village, "edge", (ROOT_SPKI, STATEMENTS, SETTINGS))
    edge.hub.address = village.hub.address
    village.hub = Hub(village.stage, village.folder / "branch")
    edge.origin = edge.hub.url
    edge.join(edge.origin, "--forward-to", village.hub.url)
    yield edge
    edge.hub.stop()


def carriages(phone):
    return [entry["carriage"] for entry in phone.ask("status")["entries"] if entry["receipt_no"]]


def name_another(village, edge):
    """The branch's machine is gone; another one with its keys appends from now on."""
    other = Machine(village, "second", BRANCH_FILES)
    other.join(edge.origin, "--passphrase-file", village.folder / "branch-passphrase")
    append_at(other.folder, edge.origin)
    forward_at(edge.folder, other.hub.url, edge.origin)
    edge.hub.stop()
    edge.hub.start()
    other.hub.start()
    village.branch, village.hub = other.branch, other.hub


def test_L14_a_day_goes_on_when_the_appender_is_lost_and_every_sum_is_that_of_the_receipts(village, edge):
    village.hub.start()
    edge.hub.start()
    leader, deputy = village.leader, village.deputy
    paid = [leader.ask("collect", 3, "--full", "--yes")["receipt"]]
    leader.run("sync")
    assert carriages(leader) == ["at_branch"]
    enrol_another(village, edge)

    os.kill(village.hub.process_id, signal.SIGKILL)
    village.hub.stop()
    paid += [deputy.ask("collect", 2, "--full", "--yes")["receipt"]]
    paid += [leader.ask("collect", 5, "--savings", 20_000, "--yes")["receipt"]]
    for phone in (deputy, leader):
        assert "còn 1 gói chưa nhận" in phone.attempt("sync").stdout
    assert (carriages(deputy), carriages(leader)) == (["sent"], ["at_branch", "sent"])
    refused = edge.branch.attempt("restored", *PEOPLE)
    assert (refused.returncode, village.hub.url in refused.stderr) == (1, True)

    name_another(village, edge)
    for phone in (deputy, leader, deputy):
        phone.run("sync")
    assert (carriages(deputy), carriages(leader)) == (["at_branch"], ["at_branch"] * 2)

    village.stage.now = "2025-12-17T08:30:00+07:00"
    edge.hub.stop()
    village.hub.stop()
    village.hub.start()
    edge.hub.start()
    sums = {phone: sum(one["total_dong"] for one in found) for phone, found in by_phone(paid, leader, deputy)}
    for phone, total in sums.items():
        phone.run("close-round", "--counted", total, "--yes")
        phone.run("sync")
    village.day("count", "--counted", sum(sums.values()), "--by", "GDV01")
    assert village.day("settle", *PEOPLE).returncode == 0
    told = json.loads(village.day("status", "--json").stdout)
    assert told["cash"]["count"]["difference_dong"] == 0
    states = {one["receipt_no"]: (one["state"], one["cash_dong"]) for one in told["entries"]}
    assert states == {one["receipt_no"]: ("posted", one["total_dong"]) for one in paid}
    assert json.loads(village.verdict().stdout)["faults"] == []
    assert edge.branch.attempt("fsck").returncode == 0


def enrol_another(village, edge):
    """A leader of another group is enrolled at the hub that passes on."""
    kept = shutil.move(village.leader.folder, village.folder / "kept")
    village.branch.enrol("leader", "KM-002", edge.origin).run("sync")
    shutil.move(village.leader.folder, village.folder / "phone-of-another")
    shutil.move(kept, village.leader.folder)


def by_phone(paid, leader, deputy):
    """Receipts of each phone."""
    return (leader, [paid[0], paid[2]]), (deputy, [paid[1]])
