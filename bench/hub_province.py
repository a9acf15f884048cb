"""A province: 2,839 groups, about 129,000 households, a month's collections of every one of them.

Afterwards the hub is started anew over everything that is stored, a checkpoint is made, and `fsck` is run.
"""

from bench.hub_branch import (
    Asked,
    Cash,
    Found,
    Ground,
    Line,
    cash_of,
    commanded,
    compare,
    found,
    held,
    measured,
    meeting,
    peak_mb,
    percentile,
    served,
    stored,
    timed,
)
from bench.hub_senders import in_turn, signed
from bench.ledgers import Ledger, admitted
from bench.sync.tovay_branch import group_of
from bench.throughput import processor_s
from hub.app import Hub

FULL, QUICK = 2_839, 4
SENDERS = 4


def measure(place: Ground, asked: Asked) -> Found:
    """Post the month, start again, check everything; raises LostError."""
    groups = [group_of(number) for number in range(asked.groups or (QUICK if asked.quick else FULL))]
    _, founding_s = timed(lambda: found(place, len(groups)))
    made: Cash = {}
    with place.opened(sealing=True) as hub:
        ledgers = [_ledger(hub, group, made) for group in groups]
    before = len(stored(place))
    requests = [signed(one, one.seals) for one in ledgers]
    with served(place) as (address, program, _):
        spent_s = processor_s(program)
        told, seconds = timed(lambda: in_turn(address, requests, SENDERS))
        of_hub_s, peak = processor_s(program) - spent_s, peak_mb(program)
    compare(made, held(place, groups))
    documents = stored(place)
    with served(place) as (_, _, start_s):
        pass
    checkpoint_s, fsck_s = commanded(place, "checkpoint"), commanded(place, "fsck")
    machine = measured(place, ledgers[0], documents)
    total, new, entries = len(documents), len(documents) - before, len(made)
    size = sum(len(str(one.get("seal", ""))) * 3 // 4 for one in documents)
    slow, slower = (percentile(told.seconds, part) * 1_000 for part in (0.5, 0.99))
    return Found(
        machine,
        [
            Line("a province", f"{len(groups):,} groups, {entries:,} collections, 0 lost"),
            Line("its books founded and imported", f"{founding_s:,.0f} s", founding_s, before),
            Line("a month posted", f"{entries / seconds:,.0f} entries/s", seconds, new, entries),
            Line("  in the hub's own time", f"{entries / of_hub_s:,.0f} entries/s", of_hub_s, new, entries),
            Line("  to an answer", f"p50 {slow:,.0f} ms · p99 {slower:,.0f} ms; {SENDERS} senders"),
            Line("memory of the hub at most", f"{peak:,.0f} MB"),
            Line("a start with all of it stored", f"{start_s:,.1f} s", start_s, total),
            Line("a checkpoint", f"{checkpoint_s:,.1f} s", checkpoint_s, total),
            Line("fsck", f"{fsck_s:,.1f} s", fsck_s, total),
            Line("stored", f"{total:,} documents, {size / 1e6:,.1f} MB of seals"),
        ],
    )


def _ledger(hub: Hub, group: str, made: Cash) -> Ledger:
    """A group's phone with its month; what it collected is added to what was ``made``."""
    ledger = admitted(hub, group)
    collected = meeting(hub.groups.last(group), ledger.knows)
    made |= cash_of(group, collected)
    return ledger.sealing(collected)
