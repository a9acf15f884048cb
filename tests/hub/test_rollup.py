"""The roll-up of a branch: its sums against its own reports and against figures worked by hand."""

import json
import shutil
from datetime import timedelta
from hashlib import sha256

import msgspec
import pytest

from calc.terms import Terms, WatchTerms
from hub.documents import ROLLUPS, checkpoint_id, document_bytes, rollup_listing
from hub.errors import CheckpointError, HeadMovedError
from hub.service.forks.checkpoints import latest, read
from hub.service.group.groups import Groups
from hub.service.rollup.document import RollUp, Unread, judged, listing
from hub.service.rollup.making import checkpoint_for
from hub.service.upkeep.fsck import check
from hub.store.sqlite import SqliteStore
from protocol.loan_facts import LoanFrozen, LoanWrittenOff
from protocol.roster_facts import SavingsMoved
from tests.facts import an
from tests.hub.builders import GROUP
from tests.hub.days import DAY, JANUARY, NEXT, told
from tests.hub.reported import CORE, on, rows
from tests.hub.rolled import BOTH, PERSONAL, checked, rolled, two_groups


@pytest.fixture
def day(tmp_path):
    made = two_groups(tmp_path)
    checked(made)
    return made


def by_hand(found):
    return {key: value for key, value in msgspec.to_builtins(found).items() if value}


def test_the_totals_of_the_branch_are_the_sums_worked_by_hand(day):
    assert by_hand(rolled(day).rollup.totals) == {
        "groups": 2,
        "households": 3 + 1,
        "loans": 5 + 2,
        "loans_unknown": 1,  # nobody told a rate of NS
        "principal_dong": 201_520_000 + 17_000_000,
        "overdue_dong": 2_000_000 + 5_000_000,
        "savings_dong": 90_000 + 300_000,
        "received_dong": 272_000 + 379_726 + 140_000,
        "current_dong": 263_342 + 360_132 + 158_005,
        "days_settled": 1,
        "phones": 2,
    }


@pytest.mark.parametrize("on_day", [DAY, on("2025-11-30")])
def test_every_figure_of_a_roll_up_is_a_sum_over_the_rows_of_the_branch_reports(day, on_day):
    totals = msgspec.to_builtins(rolled(day, on_day).rollup.totals)
    balances = rows(day, "balances", on_day, groups=BOTH)
    collection = rows(day, "collection", on_day, groups=BOTH)
    warned = rows(day, "early-warning", on_day, groups=BOTH)
    for key in ("loans", "principal_dong", "overdue_dong", "frozen_dong", "savings_dong"):
        assert totals[key] == sum(row[key] for row in balances)
    assert totals["households"] == sum(row["members"] for row in balances)
    for key in ("received_dong", "current_dong", "arrears_dong"):
        assert totals[key] == sum(row[key] for row in collection)
    assert totals["days_settled"] == sum(row["days"] for row in collection)
    assert totals["phones_silent"] == sum(row["sign"] == "máy im lặng" for row in warned)


def test_frozen_principal_counts_and_what_is_written_off_does_not(day):
    day.now = JANUARY
    usual = {"effective": DAY, "decided_by": "CB001"}
    frozen = an(LoanFrozen, loan=1, until=on("2027-12-17"), amount=20_000_000, **usual)
    lost = an(LoanWrittenOff, loan=5, amount=20_000_000, **usual)
    day.say(frozen, lost, day=NEXT)
    checked(day)
    found = rolled(day).rollup
    (balances, _) = rows(day, "balances", NEXT, groups=BOTH)
    assert found.totals.frozen_dong == balances["frozen_dong"] == 20_000_000
    assert found.totals.principal_dong == 218_520_000 - 20_000_000
    assert found.programmes[0].lent.loans == 6
    assert found.adds_up()


def test_a_day_that_waits_and_a_difference_that_is_open_are_counted(tmp_path):
    day = told(tmp_path)
    checked(day)
    waiting = rolled(day).rollup.totals
    assert (waiting.days_settled, waiting.days_unsettled, waiting.received_dong) == (0, 1, 0)
    day.count(771_726)
    day.settle()
    day.now += timedelta(days=1)
    checked(day)
    found = rolled(day, DAY).rollup.totals
    assert (found.days_settled, found.days_unsettled) == (1, 0)
    assert (found.differences, found.shortage_dong, found.surplus_dong) == (1, 272_000, 0)


def test_a_group_that_was_opened_and_never_listed_is_in_no_sum(day):
    day.groups.open("KM-003")
    day.now += timedelta(days=1)
    assert len(checked(day).heads) == 3
    assert rolled(day).rollup.totals.groups == 2


def test_communes_organisations_and_programmes_each_add_up_to_the_branch(day):
    found = rolled(day).rollup
    assert found.adds_up()
    assert [(one.code, one.name, one.totals.principal_dong) for one in found.communes] == [
        ("", "", 17_000_000),
        ("HP-KINHMON", "Phường Kinh Môn", 201_520_000),
    ]
    assert [(one.code, one.totals.households) for one in found.organisations] == [("HND", 1), ("HPN", 3)]
    assert [(one.code, one.name, by_hand(one.lent)) for one in found.programmes] == [
        ("HN", "Hộ nghèo", {"loans": 6, "principal_dong": 211_520_000, "overdue_dong": 7_000_000}),
        ("NS", "NS", {"loans": 1, "principal_dong": 7_000_000}),
    ]


def test_a_roll_up_names_the_checkpoint_that_it_was_computed_from(day):
    found = rolled(day).rollup
    checkpoint = read(latest(day.branch.store), day.groups.trust).checkpoint
    lines = [f"{one.group} {one.epoch} {one.seq} {one.head.hex()}\n" for one in checkpoint.heads]
    assert len(lines) == 2
    assert found.checkpoint.number == checkpoint.number == 1
    assert found.checkpoint.heads == sha256("".join(lines).encode()).hexdigest()
    assert found.root == sha256(day.groups.trust.root_spki).hexdigest()
    assert (found.branch, found.day, found.number, found.program) == ("KM", "2025-12-17", 1, "0.1.0")
    assert (found.format, found.rules, found.made_at) == (1, 1, "2025-12-17T12:00:00+07:00")


def test_what_was_appended_after_the_checkpoint_is_not_in_it(day):
    day.say(SavingsMoved(2, "deposit", DAY, 7_000, *CORE), day=NEXT)
    assert rolled(day, DAY).rollup.totals.savings_dong == 390_000


def test_the_same_places_give_the_same_bytes_whenever_and_by_whichever_program(day):
    first = rolled(day)
    day.now += timedelta(hours=3)
    again = rolled(day, program="0.2.0")
    assert (first.is_new, again.is_new) == (True, False)
    assert document_bytes(again.document) == document_bytes(first.document)
    day.now += timedelta(days=1)
    checked(day)
    assert not rolled(day, DAY).is_new
    assert day.branch.store.ids(ROLLUPS) == ("~branch:rollup:2025-12-17:000001",)


def test_other_places_give_the_next_number_and_the_old_one_stays(day):
    first = rolled(day)
    day.now = JANUARY
    day.say(SavingsMoved(2, "deposit", DAY, 7_000, *CORE), day=NEXT)
    checked(day)
    second = rolled(day, DAY)
    assert (second.is_new, second.rollup.number, second.rollup.checkpoint.number) == (True, 2, 2)
    assert second.rollup.totals.savings_dong == 397_000
    assert day.branch.store.get("~branch:rollup:2025-12-17:000001") == first.document
    assert rolled(day).rollup.day == "2026-01-17"


def test_behind_a_roll_up_of_another_format_comes_the_next_number(day):
    day.branch.store.add([rollup_listing("2025-12-17", 1, {"format": 2})])
    assert rolled(day).rollup.number == 2


def test_another_threshold_of_silence_is_another_roll_up(day):
    day.now = JANUARY
    checked(day)
    assert rolled(day).rollup.totals.phones_silent == 0
    found = rolled(day, terms=Terms(watch=WatchTerms(silent_days=31))).rollup
    assert (found.number, found.silent_days, found.totals.phones_silent) == (2, 31, 2)


def test_a_day_that_the_checkpoint_cannot_know_has_no_roll_up(day):
    with pytest.raises(CheckpointError) as caught:
        checkpoint_for(day.groups, DAY + 1)
    assert (caught.value.code, caught.value.shown) == ("rollup_early", {"number": 1, "day": "17/12/2025"})
    assert day.branch.store.ids(ROLLUPS) == ()


def test_without_a_checkpoint_there_is_no_roll_up(tmp_path):
    with pytest.raises(CheckpointError) as caught:
        checkpoint_for(two_groups(tmp_path).groups, None)
    assert caught.value.code == "rollup_unchecked"


def test_a_log_that_does_not_hold_its_checkpoint_makes_no_roll_up(tmp_path):
    (tmp_path / "branch").mkdir()
    day = two_groups(tmp_path / "branch")
    older = shutil.copytree(tmp_path / "branch", tmp_path / "older")
    day.say(SavingsMoved(2, "deposit", DAY, 7_000, *CORE), day=NEXT)
    checked(day)
    store = SqliteStore(older / "hub.sqlite")
    store.add([day.branch.store.get(checkpoint_id(1))])
    day.groups.store = store
    day.groups = Groups(store, day.branch.trust, None, lambda: day.now)
    with pytest.raises(CheckpointError) as caught:
        rolled(day)
    assert (caught.value.code, caught.value.shown) == ("rollup_contradicted", {"group": GROUP, "number": 1})
    assert store.ids(ROLLUPS) == ()


def test_two_that_make_one_at_once_make_one(day, tmp_path):
    class Hasty(SqliteStore):
        """Another process adds its own just before this one."""

        def add(self, documents):
            super().add([{**one, "digest": "0" * 64} for one in documents])
            return super().add(documents)

    day.groups.store = Hasty(tmp_path / "hub.sqlite")
    with pytest.raises(HeadMovedError):
        rolled(day)


def test_no_group_person_contract_account_or_key_is_in_a_roll_up(day):
    told = document_bytes(rolled(day).document).decode()
    heads = [day.groups.load(group).log.head.hex() for group in BOTH]
    writers = [phone.writer.hex() for phone in (day.leader, day.deputy)]
    assert [one for one in (*PERSONAL, *heads, *writers) if one in told] == []


def test_a_changed_roll_up_is_found_by_fsck(day):
    made = rolled(day).document
    assert check(day.branch.another_process(), lambda: None).faults == ()
    day.branch.store.add([{**made, "_id": "~branch:rollup:2025-12-17:000002", "digest": "0" * 64}])
    faults = check(day.branch.another_process(), lambda: None).faults
    assert [(one.where, one.code) for one in faults] == [("~branch:rollup:2025-12-17:000002", "misfiled")]


def changed(rollup, **given):
    told = json.loads(msgspec.json.encode(rollup)) | given
    return {**listing(rollup), "_id": "KM:rollup:2025-12-17:000001", "rollup": told}


def redigested(document):
    raw = msgspec.json.encode(document["rollup"], order="deterministic")
    return {**document, "digest": sha256(raw).hexdigest()}


def test_a_roll_up_that_came_is_judged_by_its_own_bytes(day):
    rollup = rolled(day).rollup
    good = changed(rollup)
    assert judged(good, "KM") == rollup
    more = msgspec.to_builtins(rollup.totals) | {"savings_dong": 1}
    bad = [
        {**good, "digest": "0" * 64},
        {**good, "_id": "KM:rollup:2025-12-17:000002"},
        {**good, "more": 1},
        redigested(changed(rollup, more=1)),
        redigested(changed(rollup, totals=more)),
        redigested(changed(rollup, number=1.0)),
        redigested(changed(rollup, number=0)),
        redigested(changed(rollup, format="1")),
        redigested(changed(rollup, branch="HD")),
        redigested(changed(rollup, rules=0)),
        redigested(changed(rollup, program="x" * 201)),
        {"_id": good["_id"]},
        {"_id": good["_id"], "rollup": [1]},
    ]
    assert [judged(one, "KM") for one in bad] == [Unread.DAMAGED] * len(bad)
    assert judged(good, "HD") is Unread.DAMAGED
    assert judged(redigested(changed(rollup, format=2, new={})), "KM") is Unread.NEWER
    assert judged(redigested(changed(rollup, rules=2)), "KM") is Unread.NEWER
    assert isinstance(judged(good, "KM"), RollUp)
