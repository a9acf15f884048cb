"""The ready alert rules speak of what a hub exports, and every alert is on the page that says what to do."""

import re

import pytest
import yaml

from hub.metrics import WATCHED
from hub.service.forks.checkpoints import make
from hub.wording import sentence
from tests.hub.served import ROOT

RULES = yaml.safe_load((ROOT / "deploy" / "alerts.yml").read_text(encoding="utf-8"))
ALERTS = [rule for group in RULES["groups"] for rule in group["rules"]]
PAGE = (ROOT / "docs" / "operate" / "alarms.md").read_text(encoding="utf-8")
METRIC = re.compile(r"\b(?:tovay|process)_[a-z_]+")
VALUES = re.compile(r'\b(event|code|route)=~?"([^"]+)"')


@pytest.fixture(scope="module")
def exported(web):
    """The page of metrics of a hub with a group, a checkpoint and an exchange."""
    phone = web.phone()
    web.exchange(phone, phone.seal())
    make(web.hub.groups, web.hub.signer)
    return web.call("GET", "/metrics", headers=[("host", "127.0.0.1")]).text


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_an_alert_rests_on_what_is_exported_and_says_what_to_do(alert, exported):
    samples = {re.split(r"[{ ]", line)[0] for line in exported.splitlines() if not line.startswith("#")}
    assert set(METRIC.findall(alert["expr"])) <= samples
    for label, values in VALUES.findall(alert["expr"]):
        for value in values.split("|"):
            assert f'{label}="{value}"' in exported, value
    assert alert["labels"]["severity"] in {"page", "ticket"}
    assert alert["annotations"].keys() == {"summary", "action"}
    assert all(told.endswith(".") for told in alert["annotations"].values())


def test_the_page_has_every_alert_and_every_metric_and_no_other(exported):
    assert re.findall(r"^\| `(Tovay\w+)`", PAGE, re.MULTILINE) == [alert["alert"] for alert in ALERTS]
    families = re.findall(r"^# TYPE (tovay_\w+) ", exported, re.MULTILINE)
    told = set(re.findall(r"`(tovay_\w+)`", PAGE))
    assert told == {name for name in families if not name.endswith("_created")}


def test_what_is_watched_is_warned_of_once_at_least():
    expressions = " ".join(alert["expr"] for alert in ALERTS)
    named = {value for _, values in VALUES.findall(expressions) for value in values.split("|")}
    through_their_code = {"failed", "internal_error"}
    through_their_group = {"nothing_received"}
    assert set(WATCHED) - named == through_their_code | through_their_group
    assert all(sentence(code) for code in ("store", "internal", "damaged"))
