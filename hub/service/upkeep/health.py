"""How the hub is: counted from derived documents, so that asking costs little."""

from hashlib import sha256

from msgspec import Struct

from hub.documents import Document
from hub.errors import StoreError
from hub.service.group.derived import summary_id
from hub.service.group.groups import Groups


class Health(Struct, frozen=True):
    """``status`` is ok, stopped (some group is), stale (a summary is missing) or store (it does not answer).

    ``heads`` is a digest over the head of every group's branch log: equal on two hubs that hold the same.
    """

    status: str
    groups: int = 0
    branch_entries: int = 0
    phone_seals: int = 0
    unreceived: int = 0
    aside: int = 0
    forks: int = 0
    stopped: tuple[str, ...] = ()
    heads: str = ""


def health(groups: Groups) -> Health:
    """Counts over all groups."""
    try:
        codes = groups.codes()
        found = [groups.store.get_derived(summary_id(code)) for code in codes]
    except StoreError:
        return Health("store", stopped=groups.stopped)
    known = [summary for summary in found if summary is not None]
    heads = "".join(f"{summary['_id']} {summary['length']} {summary['head']}\n" for summary in known)
    return Health(
        status="stopped" if groups.stopped else "stale" if len(known) < len(codes) else "ok",
        groups=len(codes),
        branch_entries=_sum(known, "length"),
        phone_seals=_sum(known, "phone_seals"),
        unreceived=_sum(known, "unreceived"),
        aside=_sum(known, "aside"),
        forks=_sum(known, "forks"),
        stopped=groups.stopped,
        heads=sha256(heads.encode()).hexdigest(),
    )


def _sum(summaries: list[Document], field: str) -> int:
    return sum(count for summary in summaries if isinstance(count := summary[field], int))
