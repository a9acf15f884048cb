"""What the hub counts for Prometheus: requests as they are answered, the log's lines, and how the branch is.

No label names a person, a phone or a group: who is meant is in the log, under the ids there.
"""

from collections.abc import Iterator, Mapping
from importlib.metadata import version
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from hub.errors import CheckpointError, StoreError
from hub.service.forks.checkpoints import latest, read
from hub.service.group.groups import Groups
from hub.service.upkeep.health import Health, health
from hub.wording import STOPS
from protocol.day import day_of

WATCHED = (
    "appender_away",
    "appender_failed",
    "appender_not_asked",
    "branch_log_contradicted",
    "branch_seal_refused",
    "branch_seals_over_quota",
    "devices_wait",
    "failed",
    "group_damaged",
    "group_waits_for_its_key",
    "internal_error",
    "mark_not_written",
    "not_caught_up",
    "not_swept",
    "nothing_received",
    "nothing_restated",
    "over_quota",
    "proxy_not_named",
    "seal_refused",
    "second_leaf",
    "texts_over_quota",
    "writer_id_taken",
)
"""Every warning and error that a serving hub logs. Each is counted from 0 on, so that a first one is seen."""

_PROBLEMS = ("damaged", "internal", "quota", "request_refused", "stopped_group", "store")
"""Codes of refusals that are counted from 0 on; others begin with their first."""

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_ELSEWHERE = "none"
_COUNTS = {
    "tovay_groups": ("groups", "Groups that were opened."),
    "tovay_branch_entries": ("branch_entries", "Entries in all branch logs."),
    "tovay_phone_seals": ("phone_seals", "Seals of phones that are stored."),
    "tovay_unreceived_seals": ("unreceived", "Stored seals that no branch log acknowledges yet."),
    "tovay_aside_seals": ("aside", "Stored seals that count for nothing."),
    "tovay_forks": ("forks", "Places at which logs of phones part."),
}


class Metrics:
    """Counters of one serving hub. Methods may be called from any thread."""

    def __init__(self, groups: Groups) -> None:
        """Begin to count; nothing is kept from an earlier process."""
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "tovay_requests", "Requests, by route and status.", ("route", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "tovay_request_seconds",
            "Time to the answer.",
            ("route",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._events = Counter(
            "tovay_events", "Warnings and errors of the log.", ("event",), registry=self._registry
        )
        self._problems = Counter(
            "tovay_problems", "Refused requests, by code.", ("code",), registry=self._registry
        )
        for event in WATCHED:
            self._events.labels(event)
        for code in _PROBLEMS:
            self._problems.labels(code)
        build = Gauge("tovay_build_info", "The release that runs.", ("version",), registry=self._registry)
        build.labels(version("tovay")).set(1)
        self._registry.register(_Branch(groups))
        ProcessCollector(registry=self._registry)

    def answered(self, route: str | None, status: int | None, seconds: float) -> None:
        """Count an answer; ``route`` is the path as it is registered, None for a path that nobody serves."""
        named = route or _ELSEWHERE
        self._requests.labels(named, str(status or _ELSEWHERE)).inc()
        self._seconds.labels(named).observe(seconds)

    def logged(self, line: Mapping[str, Any]) -> None:
        """Count a line of the log."""
        if line["event"] in WATCHED:
            self._events.labels(line["event"]).inc()
        if line["event"] in {"refused", "failed"}:
            self._problems.labels(line["code"]).inc()
        elif line["event"] == "internal_error":
            self._problems.labels("internal").inc()

    def page(self) -> bytes:
        """Everything, in Prometheus' text format."""
        return generate_latest(self._registry)


class _Branch(Collector):
    """How the branch is at the moment of asking, from its derived documents."""

    def __init__(self, groups: Groups) -> None:
        self._groups = groups

    def collect(self) -> Iterator[GaugeMetricFamily]:
        found = health(self._groups)
        answers = found.status != "store"
        yield _gauge("tovay_store_answers", "1 while the store answers, else 0.", answers)
        yield _gauge("tovay_ok", "1 while /health says ok, else 0.", found.status == "ok")
        if answers:
            yield from _counted(found)
            age = _checkpoint_age_days(self._groups)
            if age is not None:
                yield _gauge("tovay_checkpoint_age_days", "Days since the newest checkpoint.", age)


def _counted(found: Health) -> Iterator[GaugeMetricFamily]:
    for name, (field, told) in _COUNTS.items():
        yield _gauge(name, told, getattr(found, field))
    why = tuple(found.stopped.values())
    stopped = GaugeMetricFamily(
        "tovay_groups_stopped", "Groups to whose log nothing is appended.", labels=("reason",)
    )
    for reason in STOPS:
        stopped.add_metric((reason,), why.count(reason))
    yield stopped


def _checkpoint_age_days(groups: Groups) -> int | None:
    """Days since the newest checkpoint; None where there is none that can be read."""
    try:
        newest = latest(groups.store)
        if newest is None:
            return None
        return int(day_of(groups.clock())) - int(read(newest, groups.trust).checkpoint.day)
    except (StoreError, CheckpointError):
        return None


def _gauge(name: str, told: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, told, value=float(value))
