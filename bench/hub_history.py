"""One group through five years: what a sync costs after 1, 12 and 60 months of meetings.

Each month the phone sends a collection of every household (in the months that are measured, twelve at a time)
and closes its round; the branch brings repayments from the core, counts, settles and opens the next day. All
of it goes through the hub's own application in this process, whose processor time is what is told: the load
of the machine matters less.
"""

import asyncio
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, time
from time import process_time
from typing import Any

from msgspec import Struct, structs

from bench.hub_branch import (
    Asked,
    Cash,
    Found,
    Ground,
    Line,
    LostError,
    cash_of,
    compare,
    found,
    measured,
    meeting,
    stored,
)
from bench.ledgers import Ledger, admitted
from bench.sync.tovay_branch import NOW, ORIGIN
from calc.dues import dues
from hub.app import Hub
from hub.gate import Gate
from hub.logs import configure
from hub.service.day.posting import Counting, Settling, count, settle
from hub.service.group.closing import end_run
from hub.service.group.groups import Groups, Runs
from hub.service.group.state import GroupState
from hub.web import web_app
from protocol import exchange
from protocol.day import Day, to_date, to_instant
from protocol.entries import PhoneEntry
from protocol.loan_facts import PrincipalRepaid
from protocol.phone_facts import Knows, RoundClosed
from protocol.request import Call, sign_request

OK = 200
GROUPS = 6
FULL, QUICK = (1, 12, 60), (1, 3)
FLAT = 1.5
TRIES = 5
MEETING, SHARE = 60, 12
REPAYMENTS, REPAID = 4, 10_000


class Costs(Struct, frozen=True):
    """Milliseconds of processor time, the least of some tries."""

    months: int
    entries: int
    further: float
    nothing: float
    first_load: float


class Watch:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        """Start where the branch was founded."""
        self.now: datetime = NOW

    def __call__(self) -> datetime:
        """The moment."""
        return self.now


class Leader:
    """The phone of a group, and the hub's application that it talks to."""

    def __init__(self, hub: Hub, watch: Watch, ledger: Ledger) -> None:
        """A phone that was admitted and has said nothing yet."""
        self.hub, self.watch, self.ledger = hub, watch, ledger
        self.group = ledger.group
        self._app = web_app(hub, ORIGIN)
        self._loop = asyncio.new_event_loop()

    @property
    def state(self) -> GroupState:
        """The group as the hub has it."""
        return self.hub.groups.load(self.group)

    def sync(self, entries: Sequence[PhoneEntry] = ()) -> float:
        """Seal entries and send them; milliseconds of processor time until the answer."""
        known = self.hub.groups.last(self.group).log.tip
        assert known is not None
        sent = len(self.ledger.seals)
        ledger = structs.replace(self.ledger, known=known).sealing(entries, at=self.watch())
        self.ledger = ledger
        body = ledger.carrying(ledger.seals[sent:])
        call = Call("POST", ORIGIN + exchange.PATH, exchange.CONTENT_TYPE, body)
        headers = sign_request(call, ledger.signer, to_instant(self.watch()) // 1_000)
        started = process_time()
        status, answer = self._loop.run_until_complete(_asked(self._app, headers, body))
        spent = (process_time() - started) * 1_000
        if status != OK or exchange.read_response(answer).refused:
            raise LostError(f"answered {status}")
        return spent

    def close(self) -> None:
        """End what the application runs on."""
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()


def measure(place: Ground, asked: Asked) -> Found:
    """Let months pass and tell what a sync costs; raises LostError."""
    found(place, GROUPS)
    made: Cash = {}
    costs = []
    wanted = QUICK if asked.quick else FULL
    with _leader(place) as leader:
        leader.sync()
        for months in range(wanted[-1] + 1):
            before = _costs(leader) if months in wanted else None
            spent = _month(leader, made, MEETING if before is None else SHARE)
            if before is not None:
                costs.append(structs.replace(before, months=months, further=min(spent)))
        state = leader.state
        there = cash_of(leader.group, (one.entry for one in state.facts if one.received is not None))
        compare(made, there)
        if len(state.book.postings.posted) != len(made):
            raise LostError(f"{len(state.book.postings.posted):,} of {len(made):,} posted")
    machine = measured(place, leader.ledger, stored(place))
    first, last = costs[0], costs[-1]
    lines = [Line("one group", f"{len(made):,} collections, 0 lost, all posted")]
    for cost in costs:
        lines += [
            Line(f"{cost.months} months: a sync of {SHARE}", _told(cost.further, first.further)),
            Line("  a sync that brings nothing", _told(cost.nothing, first.nothing)),
            Line(f"  a first load ({cost.entries:,} entries)", _told(cost.first_load, first.first_load)),
        ]
    grown = max(last.further / first.further, last.nothing / first.nothing)
    verdict = "yes" if grown <= FLAT else "NO"
    lines.append(Line("a sync is flat", f"{verdict}: {grown:.2f} × (target: at most {FLAT} ×)"))
    return Found(machine, lines)


def _costs(leader: Leader) -> Costs:
    """What a sync that brings nothing, and a first load, cost now."""
    state = leader.state
    return Costs(
        months=0,
        entries=len(state.log.entries) + sum(log.length for log in state.phones.values()),
        further=0,
        nothing=min(leader.sync() for _ in range(TRIES)),
        first_load=min(_first_load(leader) for _ in range(TRIES)),
    )


@contextmanager
def _leader(place: Ground) -> Iterator[Leader]:
    """The phone of the largest group, in an application whose clock can be set."""
    watch = Watch()
    configure(watch, "warning")
    with place.opened(sealing=True) as opened:
        trust, marks = opened.groups.trust, opened.groups.marks
        groups = Groups(opened.store, trust, opened.signer, watch, marks)
        hub = structs.replace(opened, groups=groups, clock=watch)
        largest = max(groups.codes(), key=lambda code: len(groups.load(code).book.members))
        leader = Leader(hub, watch, admitted(hub, largest))
        try:
            yield leader
        finally:
            leader.close()


def _month(leader: Leader, made: Cash, share: int) -> list[float]:
    """A transaction day: what the core tells, a meeting, its cash, the settlement; what each sync cost.

    The meeting comes in syncs of ``share`` collections.
    """
    ready = leader.state.book.ready
    assert ready is not None
    leader.watch.now = datetime.combine(to_date(ready.day), time(2), UTC)
    leader.hub.groups.append(leader.group, lambda state: _from_the_core(state, ready.day))
    leader.sync()
    state = leader.state
    assert state.book.ready is not None
    collected = meeting(state, Knows(state.book.ready.position, ()), len(made) + 1)
    made |= (brought := cash_of(leader.group, collected))
    spent = [leader.sync(collected[first : first + share]) for first in range(0, len(collected), share)]
    cash = sum(brought.values())
    leader.sync([RoundClosed(ready.day, cash, cash, 0, (), len(collected), 0)])
    groups = leader.hub.groups
    count(groups, leader.group, Counting(ready.day, cash, (), "GDV01", None))
    settle(groups, leader.group, Settling(ready.day, "KSV01", "GDV01"))
    leader.sync()
    return spent


def _from_the_core(state: GroupState, day: Day) -> Runs:
    """Some repayments at the counter, and the book that follows from them."""
    bearing = [due.loan for due in dues(state.book, day) if due.principal.in_term > REPAID]
    run = [
        PrincipalRepaid(loan, day - 1, REPAID, f"GD-{day}-{loan}", "core") for loan in bearing[:REPAYMENTS]
    ]
    return [[*run, *end_run(state.book, run, day, "core").entries]]


def _first_load(leader: Leader) -> float:
    """Milliseconds of processor time to fold the group from everything that is stored."""
    groups = leader.hub.groups
    anew = Groups(groups.store, groups.trust, None, groups.clock)
    started = process_time()
    anew.load(leader.group)
    return (process_time() - started) * 1_000


def _told(cost: float, first: float) -> str:
    return f"{cost:6.1f} ms  {cost / first:5.2f} ×"


async def _asked(app: Gate, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
    """Status and body that an application answers to a POST of the exchange."""
    said: list[MutableMapping[str, Any]] = []
    asked = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> MutableMapping[str, Any]:
        return asked.pop() if asked else {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        said.append(message)

    lines = [(name.encode(), value.encode()) for name, value in headers.items()]
    length = (b"content-length", str(len(body)).encode())
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": exchange.PATH,
        "raw_path": exchange.PATH.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"hub"), length, *lines],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    await app(scope, receive, send)
    return said[0]["status"], b"".join(message.get("body", b"") for message in said[1:])
