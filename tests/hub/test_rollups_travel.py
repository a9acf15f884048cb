"""Roll-ups travel from branches to a province and the nation by the server's own replication.

Every order, repetition and older copy ends in the same, and nothing else travels with them.
"""

import json
import shutil
from itertools import permutations
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import msgspec
import pytest

from hub.documents import document_id, rollups_of_branch, travelling
from hub.errors import HeadMovedError, SettingsError
from hub.ports import Added
from hub.service.rollup.document import listing
from hub.service.rollup.making import send
from hub.service.rollup.reading import Asked, State, gather
from hub.store.couch_server import CouchServer
from hub.store.rollups import CouchRollups
from protocol.roster_facts import SavingsMoved
from tests.couchdb.servers import Couch
from tests.couchdb.stand_in import StandIn
from tests.hub.days import DAY, JANUARY, NEXT
from tests.hub.reported import CORE
from tests.hub.rolled import BOTH, PERSONAL, checked, rolled, two_groups

STEPS = (("km", "province"), ("hd", "province"), ("province", "nation"))
ORDERS = tuple(permutations(STEPS))
NAMES = {"HD": "Hải Dương", "KM": "Kinh Môn"}


class Above:
    """Databases of roll-ups on a server, under names that nobody else has."""

    def __init__(self, couch):
        self.couch, self.run, self._opened = couch, uuid4().hex, []

    def name(self, place):
        return f"tovay-test-{self.run}-{place}"

    def make(self, place):
        server = CouchServer(self.couch.address())
        server.make(self.name(place), partitioned=False)
        self._opened.append(CouchRollups(server, self.name(place)))
        return self._opened[-1]

    def carry(self, source, target):
        """One-way replication, once, as CouchDB's own; returns how many documents were written."""
        told = {"source": self.address(source), "target": self.address(target)}
        answer = self.couch.http.post("/_replicate", json=told)
        assert answer.status_code == 200, answer.text
        assert answer.json()["ok"]
        return answer.json().get("docs_written", 0)

    def address(self, place):
        scheme, host = self.couch.url.split("//")
        return f"{scheme}//{self.couch.user}:{quote(self.couch.password)}@{host}/{self.name(place)}"

    def held(self, place):
        """Every document of a database with its revision, as the server tells it."""
        answer = self.couch.http.get(f"/{self.name(place)}/_all_docs", params={"include_docs": "true"})
        return {row["id"]: row["doc"] for row in answer.raise_for_status().json()["rows"]}

    def close(self):
        for opened in self._opened:
            opened.close()
        listed = self.couch.http.get("/_all_dbs").json()
        for name in listed:
            if self.run in name:
                self.couch.http.delete(f"/{name}")


@pytest.fixture
def above(couch):
    made = Above(couch)
    yield made
    made.close()


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """Three roll-ups of KM, two of them of one day; the store behind them, and one of them as another's."""
    day = two_groups(tmp_path_factory.mktemp("story"))
    checked(day)
    rolled(day)
    day.now = JANUARY
    day.say(SavingsMoved(2, "deposit", DAY, 7_000, *CORE), day=NEXT)
    checked(day)
    rolled(day, DAY)
    rolled(day)
    return day


def other(day, branch="HD"):
    """The newest roll-up of a day as another branch would have made it."""
    rollup = msgspec.structs.replace(rolled(day).rollup, branch=branch, number=1)
    return travelling(branch, listing(rollup))


def two_branches(above, story):
    """Both branches with what they made, and empty databases above them."""
    send(story.branch.store, above.make("km"), "KM")
    above.make("hd").add([other(story)])
    return above.make("province"), above.make("nation")


def asked(names=NAMES, on=NEXT):
    return Asked(names, on, 3)


def test_two_branches_reach_the_nation_over_the_province(above, story):
    province, nation = two_branches(above, story)
    assert above.carry("km", "province") == 3
    assert above.carry("hd", "province") == 1
    assert above.carry("province", "nation") == 4
    for place in (province, nation):
        found = gather(place, asked())
        assert [(one.branch, one.state, one.number) for one in found.came] == [
            ("HD", State.FRESH, 1),
            ("KM", State.FRESH, 1),
        ]
        assert found.is_whole
        assert found.totals.principal_dong == 2 * 218_520_000
        assert found.totals.savings_dong == 2 * 397_000
    assert gather(nation, asked(on=DAY)).totals.savings_dong == 397_000
    assert gather(nation, asked(on=DAY)).of(State.MISSING)[0].branch == "HD"


@pytest.mark.parametrize("order", ORDERS)
def test_any_order_and_any_repetition_ends_in_the_same(above, story, order):
    two_branches(above, story)
    for _ in range(2):
        for step in order:
            above.carry(*step)
    held = above.held("nation")
    assert held == above.held("province") == above.held("km") | above.held("hd")
    for step in order:
        assert above.carry(*step) == 0
    assert above.held("nation") == held


def test_an_older_copy_of_a_branch_changes_nothing_above(above, story):
    province, _ = two_branches(above, story)
    above.carry("km", "province")
    above.make("older").add([travelling("KM", story.branch.store.get("~branch:rollup:2025-12-17:000001"))])
    before = above.held("province")
    assert above.carry("older", "province") == 0
    replayed = {"docs": list(above.held("older").values()), "new_edits": False}
    assert above.couch.http.post(f"/{above.name('province')}/_bulk_docs", json=replayed).status_code == 201
    assert above.held("province") == before
    assert gather(province, asked(on=DAY)).came[1].number == 2


def test_what_is_above_goes_on_after_the_server_was_started_again(tmp_path, story):
    for run in range(2):
        running = StandIn(tmp_path / "couchdb")
        couch = Couch(running.url, running.user, running.password)
        above = Above(couch)
        above.run = "again"
        two_branches(above, story)
        assert above.carry("km", "province") == (0 if run else 3)
        assert gather(CouchRollups(CouchServer(couch.address()), above.name("province")), asked()).counted
        couch.http.close()
        running.stop()


def test_no_group_name_seal_or_key_of_a_branch_is_above_it(above, story):
    two_branches(above, story)
    above.carry("km", "province")
    told = json.dumps(above.held("province"), ensure_ascii=False)
    facts = [story.branch.store.get(doc_id) for doc_id in story.branch.store.ids(f"{BOTH[0]}:seal:")]
    seals = [fact["seal"] for fact in facts]
    heads = [story.groups.load(group).log.head.hex() for group in BOTH]
    keys = [phone.writer.hex() for phone in (story.leader, story.deputy)]
    assert len(seals) > 3
    assert [one for one in (*PERSONAL, *seals, *heads, *keys, "seal", "text") if one in told] == []
    assert {doc_id.split(":")[1] for doc_id in above.held("province")} == {"rollup"}


def test_sending_twice_sends_once_and_a_lost_outbox_is_filled_with_the_same(above, story):
    first, second = above.make("km"), above.make("again")
    store = story.branch.store
    assert (send(store, first, "KM"), send(store, first, "KM")) == (3, 0)
    send(store, second, "KM")
    assert above.held("km") == above.held("again")
    stored = [travelling("KM", store.get(doc_id)) for doc_id in store.ids("~branch:rollup:")]
    assert first.add(stored) == (Added.SAME,) * 3
    assert first.add([{**stored[0], "digest": ""}]) == (Added.CONFLICT,)
    assert first.ids(rollups_of_branch("KM")) == tuple(document_id(one) for one in stored)


def test_L15_a_store_that_was_put_back_takes_no_number_that_was_sent(above, tmp_path):
    day = two_groups(tmp_path)
    checked(day)
    shutil.copytree(tmp_path, older := tmp_path.with_name("older"))
    outbox = above.make("km")
    rolled(day, outbox=outbox)
    send(day.branch.store, outbox, "KM")
    restored = type(day.branch.store)(Path(older) / "hub.sqlite")
    day.groups.store = day.branch.store = restored
    made = rolled(day, outbox=outbox)
    assert (made.is_new, made.rollup.number) == (True, 2)
    assert send(restored, outbox, "KM") == 1
    assert rolled(day, outbox=outbox).is_new is False


def test_what_stands_under_a_number_already_is_written_over_by_nobody(above, story):
    class Lagging(CouchRollups):
        """It lists nothing yet of what is there."""

        def ids(self, _):
            return ()

    above.make("km").add([{"_id": "KM:rollup:2025-12-17:000001"}])
    before = above.held("km")["KM:rollup:2025-12-17:000001"]
    lagging = Lagging(CouchServer(above.couch.address()), above.name("km"))
    with pytest.raises(HeadMovedError):
        send(story.branch.store, lagging, "KM")
    lagging.close()
    assert above.held("km")["KM:rollup:2025-12-17:000001"] == before


def test_what_cannot_be_added_up_is_kept_named_and_left_out(above, story):
    province, _ = two_branches(above, story)
    good = other(story)
    newer = {**other(story, "N1"), "rollup": {"format": 2}}
    damaged = {**other(story, "D1"), "digest": "0" * 64}
    province.add([good, newer, damaged, other(story, "U1")])
    two = other(story, "T1")
    above.couch.split(above.name("province"), two, {**two, "digest": "0" * 64})
    names = NAMES | {"N1": "Mới", "D1": "Hỏng", "T1": "Hai"}
    found = gather(province, asked(names))
    assert {one.branch: one.state for one in found.came} == {
        "D1": State.DAMAGED,
        "HD": State.FRESH,
        "KM": State.MISSING,
        "N1": State.NEWER,
        "T1": State.TWO,
        "U1": State.UNLISTED,
    }
    assert found.totals.groups == 2
    assert not found.is_whole
    assert len(above.held("province")) == 5


def test_a_roll_up_gets_old_and_one_of_tomorrow_waits_for_its_day(above, story):
    province = above.make("province")
    province.add([other(story)])
    names = {"HD": "Hải Dương"}
    states = [gather(province, asked(names, NEXT + days)).came[0] for days in (-1, 0, 2, 3)]
    assert [(one.state, one.age_days) for one in states] == [
        (State.MISSING, None),
        (State.FRESH, 0),
        (State.FRESH, 2),
        (State.OLD, 3),
    ]


def test_a_day_that_no_calendar_has_is_added_to_nothing(above, story):
    province = above.make("province")
    rollup = msgspec.structs.replace(rolled(story).rollup, branch="HD", number=1, day="2026-01-00")
    province.add([travelling("HD", listing(rollup))])
    (found,) = gather(province, asked({"HD": "Hải Dương"})).came
    assert (found.state, found.day, found.rollup) == (State.DAMAGED, None, None)


@pytest.mark.parametrize("doc_id", ["KM-001:seal:00", "~branch:group:KM-001", "KM:rollup:today", "a:b"])
def test_a_database_of_anything_else_is_none_of_roll_ups(above, story, doc_id):
    province = above.make("province")
    above.couch.put(f"{above.name('province')}/{doc_id}", {})
    with pytest.raises(SettingsError) as caught:
        gather(province, asked())
    assert caught.value.code == "no_rollups"


def test_a_design_document_that_an_operator_wrote_hinders_nobody(above, story):
    province, _ = two_branches(above, story)
    above.couch.put(f"{above.name('province')}/_design/mine", {"views": {}})
    above.carry("km", "province")
    assert gather(province, asked()).came[1].state is State.FRESH
