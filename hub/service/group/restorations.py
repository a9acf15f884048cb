"""What people said about an older copy of the store (L15): which groups begin anew, in which branch epoch.

A restoration is written before the first epoch of it is opened, so that one that was cut is known and
finished. ``wanted`` is how far a group's log had come by its mark: what lies between the base of its epoch
and there is what phones are waited for.
"""

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct

from hub.documents import RESTORATIONS, restoration_listing
from hub.errors import DamagedError
from hub.ports import Added, Store
from protocol.day import Instant
from protocol.ids import BranchTip


class Target(Struct, frozen=True):
    """The branch epoch that a group begins anew in; the tip as ``<epoch>.<seq>.<head>``, empty if unknown."""

    epoch: int
    wanted: str = ""

    @property
    def tip(self) -> BranchTip | None:
        """How far the log had come; None when that is not known."""
        if not self.wanted:
            return None
        epoch, seq, head = self.wanted.split(".")
        return BranchTip(int(epoch), int(seq), bytes.fromhex(head))


class Restoration(Struct, frozen=True):
    """Two people's word, and a target for each group that it is about. ``whole`` names every group."""

    decided_by: str
    confirmed_by: str
    at: Instant
    groups: Mapping[str, Target]
    whole: bool


def restorations(store: Store) -> tuple[Restoration, ...]:
    """Every restoration, the oldest first; raises DamagedError."""
    return tuple(_restoration(store, doc_id) for doc_id in store.ids(RESTORATIONS))


def keep_restoration(store: Store, restoration: Restoration) -> bool:
    """Store the next restoration; False when somebody else stored one first."""
    number = len(store.ids(RESTORATIONS)) + 1
    listing = restoration_listing(number, msgspec.to_builtins(restoration))
    return store.add([listing]) != (Added.CONFLICT,)


def last_of(known: Sequence[Restoration], group: str) -> Restoration | None:
    """The newest restoration that names a group."""
    return next((one for one in reversed(known) if group in one.groups), None)


def wanted_tip(tip: BranchTip | None) -> str:
    """A tip as a target keeps it."""
    return "" if tip is None else f"{tip.epoch}.{tip.seq}.{tip.head.hex()}"


def _restoration(store: Store, doc_id: str) -> Restoration:
    document = store.get(doc_id)
    try:
        return msgspec.convert(document and document["restoration"], Restoration)
    except (msgspec.ValidationError, KeyError) as error:
        raise DamagedError(doc_id, str(error)) from error
