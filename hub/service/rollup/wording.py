"""What people above the branches read about roll-ups."""

from collections.abc import Iterable

from calc.words import day as written
from calc.words import grouped
from hub.service.rollup.document import RollUp
from hub.service.rollup.reading import Came, Gathered, State
from protocol.day import Day

STATES = {
    State.FRESH: "đã có",
    State.OLD: "đã cũ",
    State.MISSING: "chưa có",
    State.NEWER: "bản mới hơn",
    State.DAMAGED: "bị hỏng",
    State.TWO: "hai bản khác nhau",
    State.UNLISTED: "ngoài danh sách",
}
_TOLD = {
    State.MISSING: "Chưa có số liệu của {names}.",
    State.OLD: "Số liệu của {names} đã cũ từ {days} ngày trở lên; số cũ vẫn được cộng.",
    State.NEWER: "Số liệu của {names} do phiên bản tovay mới hơn lập: vẫn được giữ nhưng không cộng."
    " Hãy cập nhật chương trình.",
    State.DAMAGED: "Số liệu của {names} bị hỏng hoặc bị sửa nên không cộng. Hãy báo cho chi nhánh.",
    State.TWO: "Số liệu của {names} có hai bản khác nhau mang cùng một số nên không cộng. Hãy báo cho"
    " chi nhánh lập bản mới.",
    State.UNLISTED: "{names} không có trong danh sách chi nhánh của tệp cấu hình nên không cộng.",
}


def warnings(found: Gathered) -> tuple[str, ...]:
    """What a reader must know before the sums: who is missing, old or left out, and whether days differ."""
    told = [
        sentence.format(names=_names(came), days=found.asked.old_days)
        for state, sentence in _TOLD.items()
        if (came := found.of(state))
    ]
    days = sorted({one.day for one in found.counted if one.day is not None})
    if len(days) > 1:
        told.append(
            f"Số liệu không cùng một ngày: sớm nhất {written(days[0])}, muộn nhất {written(days[-1])}."
        )
    unknown = [one for one in found.counted if one.rollup and one.rollup.totals.loans_unknown]
    if unknown:
        count = grouped(sum(one.rollup.totals.loans_unknown for one in unknown if one.rollup))
        told.append(f"Có {count} khoản vay chưa tính được lãi, ở {_names(unknown)}.")
    return tuple(told)


def heading(found: Gathered) -> str:
    """Over how many branches the sums are."""
    return f"Cộng {len(found.counted)}/{len(found.asked.branches)} chi nhánh"


def days_told(days: Iterable[Day]) -> str:
    """Of which day, or of which days."""
    known = sorted(set(days))
    if not known:
        return "chưa có"
    first, last = written(known[0]), written(known[-1])
    return first if first == last else f"từ {first} đến {last}"


def place(one: Came) -> str:
    """From which checkpoint a branch's figures were computed."""
    basis = None if one.rollup is None else one.rollup.checkpoint
    return "" if basis is None else f"số {basis.number}, dấu {basis.heads[:8]}"


def moment(rollup: RollUp) -> str:
    """When a roll-up was made, in Vietnam's time."""
    day, time = rollup.made_at[:19].split("T")
    return f"{time[:5]} {'/'.join(reversed(day.split('-')))}"


def positions(found: Gathered) -> tuple[str, ...]:
    """From which roll-up and checkpoint each branch's figures are."""
    return tuple(
        f"{one.branch} ngày {written(one.day)}, bản số {one.number}, điểm chốt {place(one)}"
        for one in found.counted
        if one.day is not None
    )


def _names(came: Iterable[Came]) -> str:
    return ", ".join(one.branch if one.name == one.branch else f"{one.name} ({one.branch})" for one in came)
