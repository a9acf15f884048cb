"""A morning's reconnect: every phone sends what it collected at the same moment, to a hub that just started.

Twice: alone, and beside a heavy phone that sends as many full seals as one request carries, again and again.
"""

from collections.abc import Sequence

from msgspec import Struct

from bench.hub_branch import (
    Asked,
    Cash,
    Found,
    Ground,
    Line,
    cash_of,
    compare,
    found,
    held,
    measured,
    peak_mb,
    percentile,
    served,
    stored,
)
from bench.hub_senders import Stormed, signed, storm
from bench.ledgers import Ledger, admitted
from bench.sync.tovay_branch import group_of
from bench.sync.tovay_phones import entry_of
from bench.sync.workload import collections
from bench.throughput import processor_s
from hub.app import Hub
from protocol.limits import EXCHANGE_SEALS_MAX, SEAL_ENTRIES_MAX

ENTRIES = 60
TARGET_S = 30
STORMS = 2


class Size(Struct, frozen=True):
    """Phones beside the heavy one, and how often that one sends."""

    phones: int
    heavy_requests: int
    heavy_entries: int = EXCHANGE_SEALS_MAX * SEAL_ENTRIES_MAX


FULL, QUICK = Size(1_000, 12), Size(12, 2, 1_500)


def measure(place: Ground, asked: Asked) -> Found:
    """Two storms on one branch; raises LostError."""
    size = QUICK if asked.quick else FULL
    found(place, size.phones + 1)
    made: Cash = {}
    with place.opened(sealing=True) as hub:
        phones = [_ledger(hub, phone, STORMS * ENTRIES, ENTRIES, made) for phone in range(size.phones)]
        entries = size.heavy_requests * size.heavy_entries
        heavy = _ledger(hub, size.phones, entries, SEAL_ENTRIES_MAX, made)
    weighing = [signed(heavy, one) for one in _carried(heavy, -(-size.heavy_entries // SEAL_ENTRIES_MAX))]
    (alone, beside), (alone_s, _), peak = _stormed(place, phones, weighing)
    compare(made, held(place, map(group_of, range(size.phones + 1))))
    machine = measured(place, heavy, stored(place))
    sent = size.phones * ENTRIES
    return Found(
        machine,
        [
            Line(f"{size.phones:,} phones × {ENTRIES} at once", f"{sent:,} entries, 0 lost"),
            _acknowledged("alone", alone, sent),
            _latencies("alone", alone),
            Line("  in the hub's own time", f"{sent / alone_s:,.0f} entries/s", alone_s, size.phones, sent),
            _acknowledged("beside a heavy phone", beside, sent),
            _latencies("beside a heavy phone", beside),
            Line(
                "the heavy phone, meanwhile",
                f"{beside.heavy} requests of {size.heavy_entries:,} entries; 0 of {entries:,} lost",
            ),
            Line("memory of the hub at most", f"{peak:,.0f} MB"),
        ],
    )


def _ledger(hub: Hub, phone: int, count: int, run: int, made: Cash) -> Ledger:
    """A phone's ledger; what it collected is added to what was ``made``."""
    ledger = admitted(hub, group_of(phone))
    collected = [entry_of(one, ledger.knows) for one in collections(phone, count)]
    made |= cash_of(ledger.group, collected)
    return ledger.sealing(collected, run)


def _carried(ledger: Ledger, count: int) -> list[Sequence[bytes]]:
    return [ledger.seals[first : first + count] for first in range(0, len(ledger.seals), count)]


def _stormed(
    place: Ground, phones: Sequence[Ledger], heavy: Sequence[bytes]
) -> tuple[list[Stormed], list[float], float]:
    """The storm alone, then with the heavy phone, each on a hub that just started; its time and memory."""
    stormed, spent, peaks = [], [], []
    for number, beside in enumerate(((), heavy)):
        requests = [signed(phone, phone.seals[number : number + 1]) for phone in phones]
        with served(place) as (address, program, _):
            before_s = processor_s(program)
            stormed.append(storm(address, requests, beside))
            spent.append(processor_s(program) - before_s)
            peaks.append(peak_mb(program))
    return stormed, spent, max(peaks)


def _acknowledged(how: str, told: Stormed, entries: int) -> Line:
    seconds, phones = max(told.seconds), len(told.told)
    return Line(f"all acknowledged, {how}", f"{entries / seconds:,.0f} entries/s", seconds, phones, entries)


def _latencies(how: str, told: Stormed) -> Line:
    places = [("p50", 0.5), ("p99", 0.99), ("max", 1.0)]
    named = " · ".join(f"{name} {percentile(told.seconds, part):.1f} s" for name, part in places)
    away = sum(one.sent_away for one in told.told)
    verdict = "" if percentile(told.seconds, 0.99) < TARGET_S else f"; over the target of {TARGET_S} s"
    return Line(f"to acknowledgement, {how}", f"{named}; sent away {away}{verdict}")
