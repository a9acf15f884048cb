"""The journal of one group, and the trial balance of a group or a whole branch, as tables (B19, B20).

A period is what was booked on its days, wherever in the log that stands. A closed day or period reads the
same whatever comes later (B4). An open period is shown as far as the log goes, and says so.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from calc.book import START
from calc.chart import CHART, Control
from calc.controls import Check, checks
from calc.journal import JournalEntry, journal, trial_balance
from calc.periods import Period, closes, shut_at
from calc.words import day as written
from calc.words import money, month
from hub.errors import PeriodError
from hub.service.accounts.wording import CAUSES, detail_name, later_entries
from hub.service.group.directory import Directory
from hub.service.group.known import known_facts
from hub.service.group.names import Names
from hub.service.group.place import Place
from hub.service.group.state import GroupState
from hub.service.tables.sheets import Cell, Column, Sheet, Told
from protocol.day import DAY_MAX, Day
from protocol.ids import Position
from protocol.money import Dong

JOURNAL_COLUMNS = (
    Column("number", "Số", 5, "count"),
    Column("position", "Dòng sổ", 8),
    Column("booked_on", "Ngày ghi sổ", 11, "day"),
    Column("value_date", "Ngày giá trị", 11, "day"),
    Column("cause", "Nội dung", 26),
    Column("account", "Tài khoản", 24),
    Column("detail", "Chi tiết", 18),
    Column("debit_dong", "Nợ", 14, "money"),
    Column("credit_dong", "Có", 14, "money"),
)
BALANCE_COLUMNS = (
    Column("account", "Mã", 20),
    Column("name", "Tài khoản", 30),
    Column("details", "Số chi tiết", 8, "count"),
    Column("debit_dong", "Dư nợ", 16, "money"),
    Column("credit_dong", "Dư có", 16, "money"),
    Column("books_dong", "Theo chi tiết", 16, "money"),
    Column("unequal", "Chi tiết lệch", 8, "count"),
)


class Span(Struct, frozen=True):
    """What was booked after ``since`` and up to ``at``, of a ``period`` alone if there is one."""

    title: str
    since: Position
    at: Position
    period: Period | None = None


def whole(state: GroupState) -> Span:
    """Everything that a group ever booked."""
    return Span("toàn bộ sổ", START, state.book.position)


def span_of_period(state: GroupState, period: Period) -> Span:
    """What was booked on the days of a period."""
    at = shut_at(state.book, period)
    if at is not None:
        return Span(f"kỳ {month(period.last_day)}", START, at, period)
    return Span(f"kỳ {month(period.last_day)} (CHƯA KHÓA SỔ)", START, state.book.position, period)


def span_of_day(state: GroupState, day: Day) -> Span:
    """What was booked with a transaction day: since the close before it.

    Raises:
        PeriodError: the day is not settled.
    """
    at = state.book.postings.day(day).settled_at
    if at is None:
        raise PeriodError("day_not_settled", group=state.group, day=written(day))
    before = [close.position for close in closes(state.book) if close.position < at]
    return Span(f"ngày giao dịch {written(day)}", max(before, default=START), at)


def journal_sheet(state: GroupState, directory: Directory, span: Span) -> Sheet:
    """Every line of a span; lines of one entry have one number, its place in the whole journal."""
    entries = journal(state.book, known_facts(state), at=span.at)
    names, roles = Names(state, state.book, directory), _roles(state)
    rows: list[tuple[Cell, ...]] = []
    for number, entry in enumerate(entries, 1):
        is_in_period = span.period is None or span.period.holds(entry.booked_on)
        if is_in_period and entry.position > span.since:
            rows += _lines(entry, number, names, roles)
    return Sheet(
        title=f"SỔ NHẬT KÝ – {span.title}",
        columns=JOURNAL_COLUMNS,
        rows=tuple(rows),
        totals=("Cộng", *[None] * 6, _sum(rows, -2), _sum(rows, -1)) if rows else (),
        notes=(("Tổ", _heading(names, state)),),
        positions=((state.group, Place(span.at.epoch, span.at.seq)),),
    )


class Balanced(Struct, frozen=True):
    """What one group booked up to a day, and the whole journal compared with the books at a place of its log.

    ``later`` counts what was booked after that day and stands before the place: ``checks`` have it too.
    """

    group: str
    position: Position
    entries: tuple[JournalEntry, ...]
    checks: tuple[Check, ...]
    later: int


def balanced(state: GroupState, period: Period | None = None) -> Balanced:
    """The trial balance of a group at the end of its log, or at the end of a period, compared at its close.

    Raises:
        PeriodError: the period is not closed.
    """
    at, last_day = None, DAY_MAX
    if period is not None:
        at, last_day = shut_at(state.book, period), period.last_day
        if at is None:
            raise PeriodError("period_open", group=state.group, period=month(last_day))
    book, facts = state.book, known_facts(state, at)
    if at is not None:
        book = state.book_at(at)
    entries = journal(book, facts)
    kept = tuple(entry for entry in entries if entry.booked_on <= last_day)
    return Balanced(state.group, book.position, kept, checks(book, facts, entries), len(entries) - len(kept))


def balance_sheet(balances: Sequence[Balanced], title: str) -> Sheet:
    """Control accounts of one group or of several, with the sums of their details and what does not agree.

    The sums are left out when a group booked something later before it closed: they would have that too.
    """
    totals: dict[Control, Dong] = defaultdict(int)
    details: dict[Control, int] = defaultdict(int)
    for one in balances:
        for (account, _), amount in trial_balance(one.entries).items():
            totals[account] += amount
            details[account] += bool(amount)
    found = [(one.group, check) for one in balances for check in one.checks]
    compared = [check for _, check in found]
    has_sums = not any(one.later for one in balances)
    rows = tuple(
        _account(account, totals[account], details[account], compared, has_sums=has_sums) for account in CHART
    )
    return Sheet(
        title=f"CÂN ĐỐI TÀI KHOẢN – {title}",
        columns=BALANCE_COLUMNS,
        rows=rows,
        totals=("Cộng", None, None, _sum(rows, 3), _sum(rows, 4), None, _sum(rows, 6)),
        closing=(
            *_verdict(rows, [(group, check) for group, check in found if not check.holds]),
            *((f"Lưu ý tổ {one.group}", later_entries(one.later)) for one in balances if one.later),
        ),
        positions=tuple((one.group, Place(one.position.epoch, one.position.seq)) for one in balances),
    )


def _lines(
    entry: JournalEntry, number: int, names: Names, roles: dict[int, str]
) -> Iterator[tuple[Cell, ...]]:
    for line in entry.lines:
        yield (
            number,
            str(Place(entry.position.epoch, entry.position.seq)),
            entry.booked_on,
            entry.value_date,
            CAUSES[entry.cause],
            CHART[line.account].name,
            detail_name(names, roles, line.account, line.detail),
            line.amount if line.amount > 0 else None,
            -line.amount if line.amount < 0 else None,
        )


def _account(
    account: Control, total: Dong, details: int, found: Iterable[Check], *, has_sums: bool
) -> tuple[Cell, ...]:
    own = [check for check in found if check.account is account]
    books = sum(check.books for check in own)
    return (
        account.value,
        CHART[account].name,
        details,
        max(0, total),
        max(0, -total),
        books if own and has_sums else None,
        sum(not check.holds for check in own) if own else None,
    )


def _verdict(rows: Sequence[tuple[Cell, ...]], broken: Sequence[tuple[str, Check]]) -> Iterator[Told]:
    debit, credit = _sum(rows, 3), _sum(rows, 4)
    yield "Tổng nợ bằng tổng có", "có" if debit == credit else f"KHÔNG: {money(debit)} và {money(credit)}"
    if not broken:
        yield "Tài khoản tổng hợp bằng tổng chi tiết", "có, từng đồng"
    for group, check in broken:
        told = f"sổ cái {money(check.journal)}, chi tiết {money(check.books)}"
        yield f"LỆCH tổ {group}, {CHART[check.account].name} {check.detail or ''}".rstrip(), told


def _sum(rows: Iterable[tuple[Cell, ...]], place: int) -> Dong:
    return sum(cell for row in rows if isinstance(cell := row[place], int))


def _roles(state: GroupState) -> dict[int, str]:
    return {ordinal: writer.latest.role for ordinal, writer in state.book.writers.items()}


def _heading(names: Names, state: GroupState) -> str:
    if state.book.group is None:
        return state.group
    return f"{names.heading(state.book.group.effective).name} ({state.group})"
