"""The page of the manual on province and nation: its settings, its replication, its figures."""

import json
import re

import msgspec

from hub.documents import rollups_of_branch
from hub.province_settings import ProvinceSettings, load
from hub.service.rollup.figures import Totals
from hub.service.rollup.province import TABLES
from hub.service.rollup.reading import State
from hub.service.rollup.wording import STATES
from hub.store.rollups import rollups_of
from tests.hub.served import ROOT

PAGE = (ROOT / "docs" / "operate" / "province.md").read_text(encoding="utf-8")


def block(form):
    return re.search(rf"```{form}\n(.*?)```", PAGE, re.DOTALL).group(1)


def test_every_setting_is_told_with_its_default():
    told = dict(re.findall(r"^\| `([a-z_]+)` \| (?:`(.*?)`)? ?\| ", PAGE, re.MULTILINE))
    fields = msgspec.structs.fields(ProvinceSettings)
    defaults = {
        field.name: "" if field.required else msgspec.json.encode(field.default).decode() for field in fields
    }
    assert {name: told.get(name) for name in defaults} == defaults


def test_the_example_is_one_that_the_program_takes(tmp_path):
    (tmp_path / "province.toml").write_text(block("toml"), encoding="utf-8")
    settings = load(tmp_path / "province.toml")
    assert sorted(settings.branches) == ["HD", "KM"]
    assert (settings.old_days, settings.port) == (3, 8_480)


def test_the_replication_goes_one_way_and_carries_no_other_branch():
    document = json.loads(block("json"))
    assert document["source"]["url"].endswith(f"/{rollups_of('tovay-km')}")
    assert document["target"]["url"].endswith("/tovay-province")
    assert set(document) == {"_id", "source", "target", "selector", "create_target", "continuous"}
    own = re.compile(document["selector"]["_id"]["$regex"])
    made = [f"{rollups_of_branch(branch)}2025-12-17:000001" for branch in ("KM", "KM2", "HD")]
    assert [one for one in made if own.search(one)] == made[:1]
    assert set(document["source"]) == set(document["target"]) == {"url", "auth"}


def test_every_figure_table_and_state_is_told():
    named = set(re.findall(r"`([a-z_]+)`", PAGE))
    assert {field.name for field in msgspec.structs.fields(Totals)} <= named
    assert set(TABLES) <= named
    rows = re.findall(r"^\| ([^|`]+) \| (?:no|yes)", PAGE, re.MULTILINE)
    assert rows == [
        STATES[state]
        for state in (State.MISSING, State.OLD, State.NEWER, State.DAMAGED, State.TWO, State.UNLISTED)
    ]
