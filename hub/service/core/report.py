"""A comparison with the core system as one table: a row for each cause of each figure that differs (B21).

The first row of a figure shows it on both sides and the difference; every row says what its cause explains,
so that both columns have the same sum. A transaction that bears on no figure of the extract has a row of its
own without figures. Numbers and codes only, no names.
"""

from collections.abc import Iterator

from calc.core_comparison import Comparison, Difference
from calc.core_matching import Finding
from calc.words import day as written
from hub.service.core.compare import Compared
from hub.service.core.extract import AnyRow, CutOff
from hub.service.core.rows import CoreAccountRow, CoreLoanRow
from hub.service.core.wording import CAUSES, MEASURES, UNEXPLAINED, UNKNOWN_HERE
from hub.service.day.wording import signed
from hub.service.export.sheets import Numbers
from hub.service.export.wording import NAMES
from hub.service.group.place import Place
from hub.service.tables.sheets import Cell, Column, Sheet
from protocol.day import VIETNAM, end_of, to_moment

Row = tuple[Cell, ...]

_COLUMNS = (
    Column("group", "Tổ", 10),
    Column("loan", "Khoản vay", 14),
    Column("account", "Sổ tiết kiệm", 14),
    Column("measure", "Số liệu", 13),
    Column("ours_dong", "Sổ của ta", 13, "money"),
    Column("theirs_dong", "Ngân hàng", 13, "money"),
    Column("difference_dong", "Chênh lệch", 12, "money"),
    Column("cause", "Mã", 14),
    Column("meaning", "Nguyên nhân", 24),
    Column("explains_dong", "Giải thích", 12, "money"),
    Column("id", "Mã dòng của ta", 22),
    Column("core_ref", "Số bút toán", 14),
    Column("kind", "Loại", 18),
    Column("effective_on", "Hiệu lực từ", 10, "day"),
    Column("amount_dong", "Ta ghi", 12, "money"),
    Column("core_amount_dong", "Ngân hàng ghi", 13, "money"),
    Column("age_days", "Số ngày", 7, "count"),
)
_NO_FIGURES: Row = (None, None, None)


def comparison_sheet(compared: Compared) -> Sheet:
    """Every difference with its causes, group by group; then what is about numbers that no group has."""
    day = compared.asked.cut_off.day
    rows: list[Row] = []
    for code, comparison in compared.comparisons.items():
        rows += _Teller(Numbers(compared.states[code]), day).rows(comparison)
    for row in compared.unknown:
        rows += _unknown(row)
    return Sheet(
        title="Đối chiếu với hệ thống ngân hàng",
        columns=_COLUMNS,
        rows=tuple(rows),
        totals=("Cộng", *(_total(rows, nth) for nth in range(1, len(_COLUMNS)))),
        names=NAMES,
        notes=tuple(_notes(compared)),
        closing=tuple(_by_cause(rows)),
        positions=tuple(
            (code, Place(state.book.position.epoch, state.book.position.seq))
            for code, state in compared.states.items()
            if code in compared.comparisons
        ),
    )


class _Teller:
    """The rows of one group."""

    def __init__(self, numbers: Numbers, day: int) -> None:
        self.numbers = numbers
        self.day = day

    def rows(self, comparison: Comparison) -> Iterator[Row]:
        """Figures that differ with their causes, then findings that bear on no figure."""
        told: set[int] = set()
        for difference in comparison.differences:
            yield from self.of_figure(difference)
            told.update(id(share.finding) for share in difference.shares)
        for finding in comparison.matching.findings:
            if id(finding) not in told:
                yield (*self.subject(finding.subject), None, *_NO_FIGURES, *self.of_finding(finding, None))

    def of_figure(self, difference: Difference) -> Iterator[Row]:
        """One figure: what each cause explains of its difference."""
        figures: Row = (difference.ours, difference.theirs, difference.ours - difference.theirs)
        head = (*self.subject(difference.subject), MEASURES[difference.measure])
        for share in difference.shares:
            yield (*head, *figures, *self.of_finding(share.finding, share.amount))
            figures = _NO_FIGURES
        if difference.unexplained or not difference.shares:
            left = (UNEXPLAINED, CAUSES[UNEXPLAINED], difference.unexplained)
            yield (*head, *figures, *left, *(None,) * 7)

    def subject(self, subject: tuple[int | None, int | None]) -> Row:
        """Group, and number of a loan or account."""
        loan, account = subject
        return self.numbers.state.group, self.numbers.loan(loan), self.numbers.account(account)

    def of_finding(self, finding: Finding, explains: int | None) -> Row:
        """A cause, what it explains, and where to look for it."""
        ours = [self.numbers.line(slot.place) for slot in finding.slots]
        return (
            finding.cause.value,
            CAUSES[finding.cause.value],
            explains,
            " ".join(ours) or None,
            " ".join(dict.fromkeys(row.core_ref for row in finding.rows)) or None,
            finding.kind,
            finding.day,
            finding.amount if finding.slots else None,
            finding.core_amount if finding.rows else None,
            self.day - finding.day,
        )


def _unknown(row: AnyRow) -> Iterator[Row]:
    """What the core says of a loan or account that no group has: all of it differs."""
    meaning = CAUSES[UNKNOWN_HERE]
    if isinstance(row, CoreLoanRow):
        told = (row.in_term, row.overdue, row.frozen, row.interest_due)
        figures = dict(zip(list(MEASURES.values())[:4], told, strict=True))
        head: Row = (None, row.loan, None)
    elif isinstance(row, CoreAccountRow):
        figures, head = {list(MEASURES.values())[4]: row.balance}, (None, None, row.account)
    else:
        where = (None, row.loan, row.account, None, *_NO_FIGURES, UNKNOWN_HERE, meaning, None, row.our_id)
        yield (*where, row.core_ref, row.kind, row.effective_on, None, row.amount, None)
        return
    for measure, amount in figures.items():
        if amount:
            yield (*head, measure, 0, amount, -amount, UNKNOWN_HERE, meaning, -amount, *(None,) * 7)


def _notes(compared: Compared) -> Iterator[tuple[str, str]]:
    asked, file = compared.asked, compared.file
    found = list(compared.comparisons.values())
    since = file.since(asked.since)
    yield "Chốt", _cut_off(asked.cut_off)
    yield "Giao dịch", "không có" if since is None else f"đủ từ ngày {written(since)}"
    figures, differ = sum(one.figures for one in found), sum(len(one.differences) for one in found)
    yield "Đã đối chiếu", f"{len(found)} tổ, {figures} số liệu; {differ} số liệu cần xem"
    earlier = sum(len(one.matching.earlier) for one in found)
    if earlier:
        yield "Giao dịch trước ngày mang sang, đã nằm trong số dư", str(earlier)
    skipped = sum(len(one.not_compared) for one in found)
    if skipped:
        yield "Khoản vay và sổ tiết kiệm mang sang sau lúc chốt, không đối chiếu", str(skipped)
    if file.bad:
        yield "Dòng lỗi, không đối chiếu", str(len({(bad.table, bad.line) for bad in file.bad}))


def _cut_off(cut: CutOff) -> str:
    """The day whose end it was, or the moment in Vietnam's time."""
    if cut.instant == end_of(cut.day):
        return f"cuối ngày {written(cut.day)}"
    return f"{to_moment(cut.instant).astimezone(VIETNAM):%H:%M} ngày {written(cut.day)}"


def _by_cause(rows: list[Row]) -> Iterator[tuple[str, str]]:
    """How many rows each cause has, and what it explains in all."""
    keys = [column.key for column in _COLUMNS]
    cause, explains = keys.index("cause"), keys.index("explains_dong")
    for code, meaning in CAUSES.items():
        mine = [row[explains] for row in rows if row[cause] == code]
        if mine:
            amount = sum(cell for cell in mine if isinstance(cell, int))
            yield f"{meaning} ({code})", f"{len(mine)} dòng, {signed(amount)}"


def _total(rows: list[Row], nth: int) -> Cell:
    """Differences and what explains them add up to the same; other columns have no sum."""
    if _COLUMNS[nth].key not in {"difference_dong", "explains_dong"}:
        return None
    return sum(cell for row in rows if isinstance(cell := row[nth], int))
