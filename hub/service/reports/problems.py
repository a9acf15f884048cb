"""What a person has to put right: entries of the branch log that do not count in full, and unknown dues."""

from collections.abc import Iterator

from calc.dues import unknown_dues
from calc.problems import Oddity, Problem
from calc.words import day as written
from hub.service.day.wording import reason_of
from hub.service.group.place import Place
from hub.service.reports.scope import GROUP, Known, Report, Row, each
from hub.service.reports.wording import FAULTS, SENTENCES
from hub.service.tables.sheets import Column


def _problems(known: Known) -> Iterator[Row]:
    """Every problem of the log in its order, then the loans whose interest cannot be computed."""
    entries = dict(known.book.log)
    for problem in known.book.problems:
        place = Place(problem.position.epoch, problem.position.seq)
        said = reason_of(entries.get(problem.position))
        yield (
            known.group,
            str(place),
            *_loan(known, problem.loan),
            said,
            SENTENCES[problem.oddity],
            _state(problem),
        )
    for due in unknown_dues(known.book, known.day):
        assert due.fault is not None
        said = f"lãi đến ngày {written(known.day)}"
        yield known.group, None, *_loan(known, due.loan), said, FAULTS[due.fault], "chưa tính được"


def _loan(known: Known, loan: int | None) -> tuple[str | None, str | None]:
    """Who the loan belongs to and its contract; nothing where no loan of the group is concerned."""
    if loan not in known.book.loans:
        return None, None
    return known.name(known.book.loans[loan].member), known.number(loan)


def _state(problem: Problem) -> str:
    return "tính một phần" if problem.oddity is Oddity.BEFORE_HISTORY else "không tính"


PROBLEMS = Report(
    title="DANH SÁCH DÒNG SỔ CẦN NGƯỜI XỬ LÝ",
    columns=(
        GROUP,
        Column("place", "Dòng sổ", 7),
        Column("name", "Họ và tên", 14),
        Column("contract", "Khoản vay", 12),
        Column("said", "Nội dung", 22),
        Column("why", "Vì sao", 26),
        Column("state", "Đang", 9),
    ),
    rows=each(_problems),
)
