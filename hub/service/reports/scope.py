"""What a report is, and how one is made: rows of group after group, each from a place of its branch log.

A report of the whole branch is the reports of its groups in one table; every total is the sum of its rows.
"As known on K" folds each log up to the last place known at the end of that day, and nothing later is read.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec import Struct

from calc.book import Book
from calc.days import View
from calc.dues import unknown_dues
from calc.ratio import Ratio
from calc.states import Facts
from calc.terms import Terms
from calc.words import day as written
from hub.service.day.wording import ORGANISATIONS
from hub.service.group.as_known import position_on
from hub.service.group.directory import Directory
from hub.service.group.known import known_facts
from hub.service.group.names import Names
from hub.service.group.place import Place
from hub.service.group.state import GroupState
from hub.service.tables.sheets import Cell, Column, Sheet, Told
from protocol.day import Day
from protocol.ids import Ordinal
from protocol.money import Dong

Row = tuple[Cell, ...]

GROUP = Column("group", "Tổ", 6)
"""First column of nearly every report."""


class Wish(Struct, frozen=True):
    """What is asked for: figures of a day, as known at the end of another, by default now."""

    day: Day
    known_on: Day | None = None
    terms: Terms = Terms()


class Known(Struct, frozen=True):
    """One group at the place of its log that a report is computed from."""

    state: GroupState
    book: Book
    facts: Facts
    names: Names
    wish: Wish

    @property
    def group(self) -> str:
        """Code of the group."""
        return self.state.group

    @property
    def day(self) -> Day:
        """The day that the figures are of."""
        return self.wish.day

    @property
    def view(self) -> View:
        """Everything that stands at the place."""
        return self.book.view()

    def name(self, member: Ordinal) -> str:
        """What a member is called."""
        return self.names.person(member).shown

    def number(self, loan: Ordinal) -> str:
        """Number of a contract."""
        return self.names.loan(loan)[0]

    @property
    def positions(self) -> tuple[tuple[str, Place], ...]:
        """The place that everything is computed from."""
        return ((self.group, Place(self.book.position.epoch, self.book.position.seq)),)

    @property
    def commune(self) -> str:
        """Commune or ward that the group lies in on the day."""
        return self.names.commune(self.day)

    @property
    def organisation(self) -> str:
        """Whom the group works under."""
        code = self.names.heading(self.day).organisation
        return ORGANISATIONS.get(code, code)


class Report(Struct, frozen=True):
    """Columns, how rows come of the groups, the keys whose columns are added up, and what is told beside.

    ``ratios`` names for a column the part and the wholes: it is filled in for every row and, from their
    sums, for the total. ``closing`` tells what belongs below, from the sums.
    """

    title: str
    columns: tuple[Column, ...]
    rows: Callable[[Iterable[Known]], Iterable[Row]]
    summed: frozenset[str] = frozenset()
    ratios: Mapping[str, tuple[str, tuple[str, ...]]] = {}
    notes: Callable[[Wish], Iterable[Told]] = lambda _: ()
    closing: Callable[[Mapping[str, Dong]], Iterable[Told]] = lambda _: ()
    signers: tuple[str, ...] = ()


def each(rows: Callable[[Known], Iterable[Row]]) -> Callable[[Iterable[Known]], Iterable[Row]]:
    """Rows of groups that know nothing of each other."""
    return lambda groups: (row for known in groups for row in rows(known))


def make(report: Report, states: Iterable[GroupState], directory: Directory, wish: Wish) -> Sheet:
    """The report of these groups, taken one by one; one of which nothing was known yet is left out."""
    taken: list[Known] = []
    rows = tuple(_rated(report, row) for row in report.rows(_taken(states, directory, wish, taken)))
    keys = [column.key for column in report.columns]
    sums = {
        key: sum(cell for row in rows if isinstance(cell := row[place], int))
        for place, key in enumerate(keys)
        if key in report.summed and not (rows and all(row[place] is None for row in rows))
    }
    return Sheet(
        title=report.title,
        columns=report.columns,
        rows=rows,
        totals=_rated(report, ("Cộng", *map(sums.get, keys[1:]))) if sums else (),
        notes=(*_heading(taken, wish), *report.notes(wish)),
        closing=(*report.closing(sums), *(told for known in taken for told in _faults(known))),
        signers=report.signers,
        positions=tuple(place for known in taken for place in known.positions),
    )


def known_group(state: GroupState, directory: Directory, wish: Wish) -> Known | None:
    """The group as known on the day wished for; None when it was not listed by then."""
    book = state.book
    if wish.known_on is not None:
        last = position_on(state, wish.known_on)
        book = state.book_at(last)
    if book.group is None:
        return None
    return Known(state, book, known_facts(state, book.position), Names(state, book, directory), wish)


def _taken(
    states: Iterable[GroupState], directory: Directory, wish: Wish, taken: list[Known]
) -> Iterator[Known]:
    """Groups as known, each remembered as it is taken."""
    for state in states:
        known = known_group(state, directory, wish)
        if known is not None:
            taken.append(known)
            yield known


def _faults(known: Known) -> Iterator[Told]:
    """Loans whose interest cannot be computed, so that no figure above is taken for complete."""
    numbers = [known.number(due.loan) for due in unknown_dues(known.book, known.day)]
    if numbers:
        yield "CHÚ Ý: không tính được lãi của khoản vay", f"tổ {known.group}: {', '.join(numbers)}"


def _rated(report: Report, row: Row) -> Row:
    """A row with its ratios filled in."""
    cells = dict(zip((column.key for column in report.columns), row, strict=True))
    for key, (part, wholes) in report.ratios.items():
        whole = sum(amount for one in wholes if isinstance(amount := cells[one], int))
        top = cells[part]
        cells[key] = Ratio(top, whole).ppm if isinstance(top, int) else None
    return tuple(cells.values())


def _heading(known: list[Known], wish: Wish) -> Iterator[Told]:
    if len(known) == 1:
        group = known[0].names.heading(wish.day)
        leader = "" if group.leader is None else f", tổ trưởng {group.leader.shown}"
        yield "Tổ", f"{group.name} ({group.code}){leader}"
        yield "Tổ chức nhận ủy thác", ORGANISATIONS.get(group.organisation, group.organisation)
        yield "Địa bàn", f"{group.area}; {group.point}"
    else:
        yield "Phạm vi", f"{len(known)} tổ của chi nhánh"
    yield "Số liệu ngày", written(wish.day)
    if wish.known_on is not None:
        yield "Theo những gì chi nhánh đã biết đến hết ngày", written(wish.known_on)
