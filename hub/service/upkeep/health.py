"""How the hub is: counted from derived documents, so that asking costs little."""

from collections.abc import Iterable, Mapping
from hashlib import sha256

from msgspec import Struct

from hub.documents import WRITERS, Document, document_id
from hub.errors import EngineError, StoreError
from hub.ports import Store
from hub.service.group.derived import summary_id
from hub.service.group.groups import Groups
from hub.service.group.restorations import last_of
from hub.service.group.stops import BEHIND_MARK, MARKS_MISSING, RESTORING, SECOND_LEAF
from hub.wording import ENGINE, STOPS
from protocol.ids import BranchTip


class Health(Struct, frozen=True):
    """``status`` is ok, stopped (some group is), stale (a summary is missing) or store (it does not answer).

    ``stopped`` says of each stopped group why (a code of ``stops``), ``told`` the same in sentences, with
    what to do; of a store that does not answer ``why`` is the code of the reason. ``heads`` is a digest over
    the head of every group's branch log: equal on two hubs that hold the same.
    """

    status: str
    groups: int = 0
    branch_entries: int = 0
    phone_seals: int = 0
    unreceived: int = 0
    aside: int = 0
    forks: int = 0
    stopped: Mapping[str, str] = {}
    told: tuple[str, ...] = ()
    heads: str = ""
    why: str = ""


def health(groups: Groups) -> Health:
    """Counts over all groups."""
    try:
        codes = groups.codes()
        found = _summaries(groups.store, codes)
        stopped = stops(groups, found)
    except EngineError as error:
        return Health("store", why=error.why, told=(ENGINE[error.why],))
    except StoreError as error:
        return Health("store", why=error.code)
    known = [summary for summary in found.values() if summary is not None]
    heads = "".join(f"{summary['_id']} {summary['seq']} {summary['head']}\n" for summary in known)
    return Health(
        status="stopped" if stopped else "stale" if len(known) < len(codes) else "ok",
        groups=len(codes),
        branch_entries=_sum(known, "length"),
        phone_seals=_sum(known, "phone_seals"),
        unreceived=_sum(known, "unreceived"),
        aside=_sum(known, "aside"),
        forks=_sum(known, "forks"),
        stopped=stopped,
        told=tuple(STOPS[code] for code in sorted({*stopped.values()})),
        heads=sha256(heads.encode()).hexdigest(),
    )


def _summaries(store: Store, codes: Iterable[str]) -> dict[str, Document | None]:
    """The summary of each group, or None: read page by page, because a store may be a network away."""
    wanted = {summary_id(code): code for code in codes}
    found: dict[str, Document | None] = dict.fromkeys(wanted.values())
    after = ""
    while after < WRITERS and (page := store.scan_derived("", after)):
        after = document_id(page[-1])
        found |= {wanted[doc_id]: one for one in page if (doc_id := document_id(one)) in wanted}
    return found


def stops(groups: Groups, summaries: Mapping[str, Document | None]) -> dict[str, str]:
    """Groups to whose logs nothing may be appended, each with its reason, from their summaries and marks.

    A group that only its mark knows is stopped too.
    """
    if groups.marks is not None and groups.marks.are_missing:
        return dict.fromkeys(sorted(summaries), MARKS_MISSING)
    marked = () if groups.marks is None else groups.marks.groups()
    restorations, second = groups.restorations(), groups.second_leaves()
    found = {}
    for code in sorted({*summaries, *marked}):
        summary = summaries.get(code)
        if code in summaries and summary is None:
            continue
        restoration = last_of(restorations, code)
        wanted = restoration.groups[code].epoch if restoration else 0
        if code in second:
            stop: str | None = SECOND_LEAF
        else:
            stop = RESTORING if wanted > _place(summary)[0] else _against(groups, code, summary)
        if stop:
            found[code] = stop
    return found


def _against(groups: Groups, code: str, summary: Document | None) -> str | None:
    """What its mark, or else what is stored, says against a group's log."""
    mark, place = groups.mark(code), _place(summary)
    if summary is None:
        return BEHIND_MARK
    if mark is not None and ((mark.epoch, mark.seq) > place or _differs(mark, place, summary)):
        # A summary is written after the mark: only the log itself says which of them is behind.
        return groups.why_stopped(groups.load(code), mark)
    return str(summary["against"]) or None


def _differs(mark: BranchTip, place: tuple[int, int], summary: Document) -> bool:
    return (mark.epoch, mark.seq) == place and mark.head.hex() != summary["head"]


def _place(summary: Document | None) -> tuple[int, int]:
    if summary is None:
        return (0, 0)
    epoch, seq = summary["epoch"], summary["seq"]
    return (epoch, seq) if isinstance(epoch, int) and isinstance(seq, int) else (0, 0)


def _sum(summaries: list[Document], field: str) -> int:
    return sum(count for summary in summaries if isinstance(count := summary[field], int))
