"""A collection day whose hub keeps its documents on a CouchDB: the demo's day, with one phone.

``./just stories --store couchdb`` plays the whole of it, and every other story. What was due comes from
``tests/examples/test_demo_group.py``, which shares no code with ``calc``.
"""

from pathlib import Path

import pytest
from cast import found_branch
from stage import Hub, LossyLine

from tests.examples.test_demo_group import EXPECTED
from tests.system.stores import OnCouch
from tests.system.warm import WarmStage

SAMPLE = Path(__file__).parents[2] / "examples" / "kinh_mon"
GROUP, DAY = "KM-001", "2025-12-17"
THE_DAY = "--group", GROUP, "--day", DAY
PAID = {1: {3: EXPECTED[3], 4: EXPECTED[4]}, 2: {2: EXPECTED[2]}, 3: {5: 500_000}}
CASH = sum(sum(loans.values()) for loans in PAID.values())
MISSING = 1_000


@pytest.fixture
def stage(tmp_path):
    return WarmStage(tmp_path)


@pytest.fixture
def store(stage, couch):
    """On the CouchDB, whatever ``--store`` says."""
    password_file = stage.folder / "couchdb-password"
    password_file.write_text(couch.password, encoding="utf-8")
    made = OnCouch(couch, password_file)
    yield made
    made.close()


@pytest.fixture
def branch(stage, store):
    """A branch founded with its documents on the CouchDB, its loan book imported, its hub not started."""
    hub = Hub(stage, stage.folder / "branch")
    found = found_branch(stage, hub.url, *store.words)
    assert found.ask("import-book", SAMPLE)["entries"] > 0
    assert found.ask("import-book", SAMPLE)["entries"] == 0
    found.hub = hub
    yield found
    hub.stop()


def test_a_collection_day_is_settled_on_a_couchdb(stage, branch, store, couch):
    hub = branch.hub
    hub.start()
    leader = branch.enrol("leader", GROUP, hub.url)
    hub.stop()
    stage.now = "2025-12-10T08:30:00+07:00"
    for member, *words in ((3, "--full"), (2, "--full"), (4, "--amount", 500_000)):
        leader.run("collect", member, *words, "--yes")
    line = LossyLine(hub.address)
    hub.start(behind=line.hub_address)
    assert leader.attempt("sync").returncode != 0, "the reply is lost"
    stored = branch.ask("status")
    assert leader.ask("sync")["waiting"] == 0
    assert branch.ask("status") == stored, "the retry changes nothing"
    hub.stop()
    line.close()
    hub.start()
    stage.now = "2025-12-17T07:30:00+07:00"
    assert leader.ask("status")["cash"]["expected_dong"] == CASH
    leader.run("close-round", "--counted", CASH, "--yes")
    leader.run("sync")
    branch.run("count", *THE_DAY, "--counted", CASH - MISSING, "--by", "GDV01")
    settled = branch.ask("settle", *THE_DAY, "--by", "KSV01", "--confirmed-by", "GDV01")
    assert settled["cash"]["settlement"]["difference_dong"] == -MISSING
    leader.run("sync")
    phases = [entry["phase"] for entry in leader.ask("status")["entries"] if entry["receipt_no"]]
    assert phases == ["posted"] * 3
    found = {
        entry["receipt_no"]: {line["loan"]: line["amount_dong"] for line in entry["loans"]}
        for entry in branch.ask("status", *THE_DAY)["entries"]
        if entry["receipt_no"] is not None
    }
    assert found == PAID
    assert branch.ask("fsck")["faults"] == []
    derived = couch.read(f"{store.name}-derived/{GROUP}:summary")
    branch.run("rebuild")
    again = couch.read(f"{store.name}-derived/{GROUP}:summary")
    assert again | {"_rev": ""} == derived | {"_rev": ""}
    assert not (stage.folder / "branch" / "hub.sqlite").exists()
