"""Tables over the branches of a province, or of the nation, from roll-ups alone.

A sum says over how many of the listed branches it is, and whoever is missing, old or left out is named below.
"""

from collections.abc import Callable, Mapping

from calc.ratio import Ratio
from calc.words import day as written
from hub.service.day.wording import ORGANISATIONS
from hub.service.rollup.figures import Lent, Totals
from hub.service.rollup.reading import Came, Gathered
from hub.service.rollup.wording import STATES, days_told, heading, moment, place, positions, warnings
from hub.service.tables.sheets import Cell, Column, Sheet

Row = tuple[Cell, ...]

_BRANCH = (Column("branch", "Mã", 6), Column("name", "Chi nhánh", 22))
_STOOD = (Column("state", "Số liệu", 11), Column("day", "Ngày", 10, "day"))
_CAME = (
    Column("number", "Bản số", 6, "count"),
    Column("age_days", "Tuổi (ngày)", 6, "count"),
    Column("checkpoint", "Điểm chốt", 20),
    Column("groups", "Số tổ", 6, "count"),
    Column("loans_unknown", "Chưa tính được lãi", 8, "count"),
    Column("made_at", "Lập lúc", 16),
    Column("program", "Phiên bản", 9),
)
_LENT = (
    Column("loans", "Khoản vay", 9, "count"),
    Column("principal_dong", "Dư nợ gốc", 18, "money"),
    Column("overdue_dong", "Nợ quá hạn", 15, "money"),
    Column("overdue_ppm", "Tỷ lệ quá hạn", 9, "ppm"),
    Column("frozen_dong", "Nợ khoanh", 15, "money"),
)
_BALANCES = (
    Column("groups", "Số tổ", 6, "count"),
    Column("households", "Số hộ", 9, "count"),
    *_LENT,
    Column("savings_dong", "Tiền gửi", 16, "money"),
)
_COLLECTION = (
    Column("received_dong", "Lãi thu trong tháng", 15, "money"),
    Column("current_dong", "Lãi phải thu trong tháng", 15, "money"),
    Column("arrears_dong", "Lãi tồn từ trước", 15, "money"),
    Column("of_current_ppm", "Tỷ lệ trên lãi trong tháng", 10, "ppm"),
    Column("of_all_ppm", "Tỷ lệ kể cả lãi tồn", 10, "ppm"),
)
_WORK = (
    Column("days_settled", "Phiên đã kết toán", 9, "count"),
    Column("days_unsettled", "Phiên chưa kết toán", 9, "count"),
    Column("differences", "Phiên còn chênh lệch", 9, "count"),
    Column("shortage_dong", "Còn thiếu", 14, "money"),
    Column("surplus_dong", "Còn thừa", 14, "money"),
    Column("phones", "Số máy", 6, "count"),
    Column("phones_silent", "Máy im lặng", 6, "count"),
)


def overdue(totals: Totals | Lent) -> Ratio:
    """Overdue principal of all principal."""
    return Ratio(totals.overdue_dong, totals.principal_dong)


def collected(totals: Totals) -> Ratio:
    """Interest received of the interest of the month."""
    return Ratio(totals.received_dong, totals.current_dong)


def table(kind: str, found: Gathered) -> Sheet:
    """The table of a kind of `TABLES`."""
    return TABLES[kind](found)


def _branches(found: Gathered) -> Sheet:
    """What came of each branch, and from where it was computed."""
    rows = tuple(
        (
            *_stood(one),
            one.number,
            one.age_days,
            place(one),
            *(
                (None,) * 4
                if one.rollup is None
                else (
                    one.rollup.totals.groups,
                    one.rollup.totals.loans_unknown,
                    moment(one.rollup),
                    one.rollup.program,
                )
            ),
        )
        for one in found.came
    )
    totals = (*_summed(found), None, None, None, found.totals.groups, found.totals.loans_unknown, None, None)
    return _sheet("SỐ LIỆU CỦA CÁC CHI NHÁNH", (*_BRANCH, *_STOOD, *_CAME), rows, totals, found)


def _by_branch(
    title: str, columns: tuple[Column, ...], cells: Callable[[Totals], Row]
) -> Callable[[Gathered], Sheet]:
    """A table with a row for each branch, empty where its figures cannot be used."""

    def made(found: Gathered) -> Sheet:
        empty = (None,) * len(columns)
        rows = tuple(
            (*_stood(one), *(empty if one.rollup is None else cells(one.rollup.totals))) for one in found.came
        )
        totals = (*_summed(found), *cells(found.totals))
        return _sheet(title, (*_BRANCH, *_STOOD, *columns), rows, totals, found)

    return made


def _communes(found: Gathered) -> Sheet:
    rows = tuple(
        (rollup.branch, commune.name or "(chưa rõ)", *_both(commune.totals))
        for rollup in found.rollups
        for commune in rollup.communes
    )
    columns = (_BRANCH[0], Column("commune", "Xã, phường", 22), *_BALANCES, *_COLLECTION)
    totals = ("", heading(found), *_both(found.totals))
    return _sheet("SỐ LIỆU THEO XÃ, PHƯỜNG", columns, rows, totals, found)


def _organisations(found: Gathered) -> Sheet:
    sums: dict[str, Totals] = {}
    for rollup in found.rollups:
        for one in rollup.organisations:
            sums[one.code] = sums.get(one.code, Totals()) + one.totals
    rows = tuple(
        (code, ORGANISATIONS.get(code, code), *_both(totals)) for code, totals in sorted(sums.items())
    )
    columns = (
        Column("organisation", "Mã", 6),
        Column("name", "Tổ chức nhận ủy thác", 22),
        *_BALANCES,
        *_COLLECTION,
    )
    totals = ("", heading(found), *_both(found.totals))
    return _sheet("SỐ LIỆU THEO TỔ CHỨC NHẬN ỦY THÁC", columns, rows, totals, found)


def _programmes(found: Gathered) -> Sheet:
    sums: dict[str, Lent] = {}
    names: dict[str, str] = {}
    for rollup in found.rollups:
        for one in rollup.programmes:
            sums[one.code] = sums.get(one.code, Lent()) + one.lent
            names[one.code] = one.name
    rows = tuple((code, names[code], *_lent(lent)) for code, lent in sorted(sums.items()))
    columns = (Column("programme", "Mã", 8), Column("name", "Chương trình cho vay", 26), *_LENT)
    totals = ("", heading(found), *_lent(sum(sums.values(), Lent())))
    return _sheet("DƯ NỢ THEO CHƯƠNG TRÌNH CHO VAY", columns, rows, totals, found)


def _sheet(
    title: str, columns: tuple[Column, ...], rows: tuple[Row, ...], totals: Row, found: Gathered
) -> Sheet:
    days = (one.day for one in found.counted if one.day is not None)
    return Sheet(
        title=title,
        columns=columns,
        rows=rows,
        totals=totals,
        notes=(("Số liệu ngày", days_told(days)), ("Xem ngày", written(found.asked.on))),
        closing=(
            *(("CHÚ Ý", told) for told in warnings(found)),
            *(("Tính từ", told) for told in positions(found)),
        ),
    )


def _stood(one: Came) -> Row:
    return one.branch, one.name, STATES[one.state], one.day


def _summed(found: Gathered) -> Row:
    return "", heading(found), None, None


def _both(totals: Totals) -> Row:
    return *_balances(totals), *_collection(totals)


def _balances(totals: Totals) -> Row:
    return totals.groups, totals.households, *_lent(totals), totals.savings_dong


def _lent(owed: Totals | Lent) -> Row:
    return owed.loans, owed.principal_dong, owed.overdue_dong, overdue(owed).ppm, owed.frozen_dong


def _collection(totals: Totals) -> Row:
    return (
        totals.received_dong,
        totals.current_dong,
        totals.arrears_dong,
        collected(totals).ppm,
        Ratio(totals.received_dong, totals.current_dong + totals.arrears_dong).ppm,
    )


def _work(totals: Totals) -> Row:
    return (
        totals.days_settled,
        totals.days_unsettled,
        totals.differences,
        totals.shortage_dong,
        totals.surplus_dong,
        totals.phones,
        totals.phones_silent,
    )


TABLES: Mapping[str, Callable[[Gathered], Sheet]] = {
    "branches": _branches,
    "balances": _by_branch("DƯ NỢ, NỢ QUÁ HẠN VÀ TIỀN GỬI CỦA CÁC CHI NHÁNH", _BALANCES, _balances),
    "collection": _by_branch("THU LÃI TRONG THÁNG CỦA CÁC CHI NHÁNH", _COLLECTION, _collection),
    "work": _by_branch("KẾT TOÁN, CHÊNH LỆCH VÀ ĐIỆN THOẠI CỦA CÁC CHI NHÁNH", _WORK, _work),
    "communes": _communes,
    "organisations": _organisations,
    "programmes": _programmes,
}
"""The tables by the word that a person types."""
