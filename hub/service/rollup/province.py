"""Tables over the branches of a province, or of the nation, from roll-ups alone.

A sum says over how many of the listed branches it is, and whoever is missing, old or left out is named below.
"""

from collections.abc import Callable, Mapping

from calc.ratio import Ratio
from calc.words import day as written
from hub.service.day.wording import ORGANISATIONS
from hub.service.rollup.figures import Lent, Totals
from hub.service.rollup.reading import Gathered
from hub.service.rollup.wording import STATES, days_told, heading, place, warnings
from hub.service.tables.sheets import Cell, Column, Sheet

Row = tuple[Cell, ...]

_BRANCH = (Column("branch", "Mã", 6), Column("name", "Chi nhánh", 20))
_CAME = (
    Column("state", "Số liệu", 11),
    Column("day", "Ngày", 10, "day"),
    Column("number", "Bản số", 4, "count"),
    Column("age_days", "Tuổi (ngày)", 6, "count"),
    Column("checkpoint", "Điểm chốt", 20),
)
_BALANCES = (
    Column("groups", "Số tổ", 6, "count"),
    Column("households", "Số hộ", 8, "count"),
    Column("loans", "Khoản vay", 8, "count"),
    Column("principal_dong", "Dư nợ gốc", 18, "money"),
    Column("overdue_dong", "Nợ quá hạn", 15, "money"),
    Column("overdue_ppm", "Tỷ lệ quá hạn", 9, "ppm"),
    Column("frozen_dong", "Nợ khoanh", 15, "money"),
    Column("savings_dong", "Tiền gửi", 16, "money"),
)
_MONTH = (
    Column("received_dong", "Lãi thu trong tháng", 15, "money"),
    Column("current_dong", "Lãi phải thu trong tháng", 15, "money"),
    Column("arrears_dong", "Lãi tồn từ trước", 15, "money"),
    Column("of_current_ppm", "Tỷ lệ trên lãi trong tháng", 9, "ppm"),
    Column("of_all_ppm", "Tỷ lệ kể cả lãi tồn", 9, "ppm"),
    Column("days_settled", "Phiên đã kết toán", 6, "count"),
    Column("days_unsettled", "Phiên chưa kết toán", 6, "count"),
    Column("differences", "Phiên còn chênh lệch", 6, "count"),
    Column("shortage_dong", "Còn thiếu", 14, "money"),
    Column("surplus_dong", "Còn thừa", 14, "money"),
    Column("phones", "Số máy", 6, "count"),
    Column("phones_silent", "Máy im lặng", 6, "count"),
)
_LENT = (
    Column("loans", "Khoản vay", 8, "count"),
    Column("principal_dong", "Dư nợ gốc", 18, "money"),
    Column("overdue_dong", "Nợ quá hạn", 15, "money"),
    Column("overdue_ppm", "Tỷ lệ quá hạn", 9, "ppm"),
    Column("frozen_dong", "Nợ khoanh", 15, "money"),
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


def _by_branch(
    title: str, columns: tuple[Column, ...], cells: Callable[[Totals], Row]
) -> Callable[[Gathered], Sheet]:
    def made(found: Gathered) -> Sheet:
        empty = (None,) * len(columns)
        rows = tuple(
            (
                one.branch,
                one.name,
                STATES[one.state],
                one.day,
                one.number,
                one.age_days,
                place(one),
                *(empty if one.rollup is None else cells(one.rollup.totals)),
            )
            for one in found.came
        )
        blank = (None,) * (len(_CAME) - 1)
        totals = ("", heading(found), "", *blank, *cells(found.totals))
        return _sheet(title, (*_BRANCH, *_CAME, *columns), rows, totals, found)

    return made


def _communes(found: Gathered) -> Sheet:
    rows = tuple(
        (rollup.branch, commune.name or "(chưa rõ)", *_both(commune.totals))
        for rollup in found.rollups
        for commune in rollup.communes
    )
    columns = (_BRANCH[0], Column("commune", "Xã, phường", 20), *_BALANCES, *_MONTH)
    return _sheet("SỐ LIỆU THEO XÃ, PHƯỜNG", columns, rows, ("", heading(found), *_both(found.totals)), found)


def _organisations(found: Gathered) -> Sheet:
    sums: dict[str, Totals] = {}
    for rollup in found.rollups:
        for one in rollup.organisations:
            sums[one.code] = sums.get(one.code, Totals()) + one.totals
    rows = tuple((ORGANISATIONS.get(code, code), *_both(totals)) for code, totals in sorted(sums.items()))
    columns = (Column("organisation", "Tổ chức nhận ủy thác", 22), *_BALANCES, *_MONTH)
    totals = (heading(found), *_both(found.totals))
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
        closing=tuple(("CHÚ Ý", told) for told in warnings(found)),
    )


def _both(totals: Totals) -> Row:
    return *_balances(totals), *_month(totals)


def _balances(totals: Totals) -> Row:
    return (
        totals.groups,
        totals.households,
        totals.loans,
        totals.principal_dong,
        totals.overdue_dong,
        overdue(totals).ppm,
        totals.frozen_dong,
        totals.savings_dong,
    )


def _month(totals: Totals) -> Row:
    return (
        totals.received_dong,
        totals.current_dong,
        totals.arrears_dong,
        collected(totals).ppm,
        Ratio(totals.received_dong, totals.current_dong + totals.arrears_dong).ppm,
        totals.days_settled,
        totals.days_unsettled,
        totals.differences,
        totals.shortage_dong,
        totals.surplus_dong,
        totals.phones,
        totals.phones_silent,
    )


def _lent(lent: Lent) -> Row:
    return lent.loans, lent.principal_dong, lent.overdue_dong, overdue(lent).ppm, lent.frozen_dong


TABLES: Mapping[str, Callable[[Gathered], Sheet]] = {
    "balances": _by_branch("DƯ NỢ, NỢ QUÁ HẠN VÀ TIỀN GỬI CỦA CÁC CHI NHÁNH", _BALANCES, _balances),
    "month": _by_branch("THU LÃI, KẾT TOÁN VÀ ĐIỆN THOẠI CỦA CÁC CHI NHÁNH", _MONTH, _month),
    "communes": _communes,
    "organisations": _organisations,
    "programmes": _programmes,
}
"""The tables by the word that a person types."""
