"""Compares the branch's groups with an extract of the core system, and confirms what it contains (B21).

``core_extract`` (rows by group) → `calc.core_comparison` (group by group) → ``core_report`` (for people)

Comparing changes nothing. Confirming is a person's step of its own: it lets the core's references name our
lines and the facts keyed at the table that the extract contains whole, and nothing else.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct

from calc.core_comparison import Comparison, compare
from hub.service.core.extract import AnyRow, CoreFile, CutOff, read_core_file, sort_by_group
from hub.service.export.sheets import lines_of_group
from hub.service.group.closing import day_under_way, end_run
from hub.service.group.derived import publish
from hub.service.group.groups import Groups, Runs
from hub.service.group.state import GroupState
from protocol.day import Day, day_of

Tick = Callable[[], None]


class Asked(Struct, frozen=True):
    """An extract that somebody wants compared: where it is, when it was cut, since when it is complete."""

    path: Path
    cut_off: CutOff
    since: Day | None


class Compared(Struct, frozen=True):
    """What became of an extract, by group; ``states`` are those that it was compared with."""

    asked: Asked
    file: CoreFile
    comparisons: Mapping[str, Comparison]
    states: Mapping[str, GroupState]
    unknown: tuple[AnyRow, ...]

    @property
    def confirmable(self) -> int:
        """How many references a confirmation would write."""
        return sum(len(one.matching.matches) for one in self.comparisons.values())


def compare_core(groups: Groups, asked: Asked, tick: Tick) -> Compared:
    """Compare every group that an extract names. ``tick`` is called after each."""
    file = read_core_file(asked.path, asked.cut_off.day)
    states = {code: groups.load(code) for code in groups.codes()}
    sorted_ = sort_by_group(file, tuple(states.values()), asked.cut_off, asked.since)
    comparisons = {}
    for code, extract in sorted_.extracts.items():
        comparisons[code] = compare(states[code].book, lines_of_group(states[code]), extract)
        tick()
    return Compared(asked, file, comparisons, states, sorted_.unknown)


def confirm_core(groups: Groups, compared: Compared, decided_by: str, tick: Tick) -> int:
    """Append the references that an extract confirms; returns how many. ``tick`` after each group."""
    written = 0
    for code, comparison in compared.comparisons.items():
        if comparison.matching.matches:
            before = _references(groups.load(code))
            after = groups.append(code, lambda state: _lacking(groups, state, compared, decided_by))
            publish(groups.store, after)
            written += _references(after) - before
        tick()
    return written


def _lacking(groups: Groups, state: GroupState, compared: Compared, decided_by: str) -> Runs:
    """References that a log still lacks; somebody may have appended since it was compared."""
    asked = compared.asked
    sorted_ = sort_by_group(compared.file, (state,), asked.cut_off, asked.since)
    found = compare(state.book, lines_of_group(state), sorted_.extracts[state.group])
    run = found.matching.matches
    if not run:
        return ()
    assert state.book.group is not None, "a group with loans or accounts is listed"
    day = day_under_way(state.book, state.book.group.day_of_month, day_of(groups.clock()))
    ending = end_run(state.book, run, day, decided_by)
    assert not ending.faults, "only free references are matched"
    return [[*run, *ending.entries]]


def _references(state: GroupState) -> int:
    return sum(map(len, state.book.roster.refs.matches.values()))
