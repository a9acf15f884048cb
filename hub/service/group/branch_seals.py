"""The branch seals that are stored for a group: its own of every epoch, and those given back (L15).

1. its own are taken in epoch by epoch; each counts, or it is lost under a later epoch's base
2. those that were given back are kept beside them, each behind what it continues
"""

from collections.abc import Callable, Mapping

from msgspec import Struct

from hub.documents import (
    Document,
    branch_place,
    bytes_of,
    document_id,
    returned_of_group,
    returned_place,
    seals_of_branch,
)
from hub.errors import DamagedError
from protocol.branch_log import BranchLog
from protocol.entries import Entry, Placed
from protocol.errors import OlderEpochError, ProtocolError
from protocol.ids import BranchTip, Hash
from protocol.trust_facts import BranchEpochOpened, Restated


class BranchSeal(Struct, frozen=True):
    """A stored branch seal and the entries that it added."""

    raw: bytes
    placed: tuple[Placed, ...]

    @property
    def epoch(self) -> int:
        """Branch epoch."""
        return self.placed[0].position.epoch

    @property
    def first_seq(self) -> int:
        """Seq of its first entry."""
        return self.placed[0].position.seq

    @property
    def last_seq(self) -> int:
        """Seq of its last entry."""
        return self.placed[-1].position.seq

    @property
    def continues(self) -> Hash | None:
        """Chain hash of the entry that it continues, for an opening that of its base; None at the start."""
        first = self.placed[0]
        if isinstance(opening := first.entry, BranchEpochOpened) and first.position.seq == 1:
            return None if opening.base is None else opening.base.head
        return first.previous

    @property
    def tip(self) -> BranchTip:
        """Where it ends."""
        return BranchTip(self.epoch, self.last_seq, self.placed[-1].hash)


class Stored(Struct, frozen=True):
    """Branch seals in order: those that count, and those that are ``lost``."""

    counting: tuple[BranchSeal, ...]
    lost: tuple[BranchSeal, ...]


def read_branch_seals(log: BranchLog, documents: Mapping[str, Document]) -> Stored:
    """Take every stored branch seal into an empty log; raises DamagedError for one that does not hold."""
    own = own_seals(log, documents)
    returned = _ordered(documents, returned_of_group(log.group), returned_place)
    taken = [take_own(log, document) for document in own]
    kept = [_keep(log, document) for document in returned]
    counting = [seal for seal in taken if log.holds(seal.tip)]
    # One that was given back may be one that is stored as our own, in a newer copy of the store.
    beside = [seal for seal in taken if not log.holds(seal.tip)] + [seal for seal in kept if seal is not None]
    return Stored(tuple(counting), tuple(beside))


def own_seals(log: BranchLog, documents: Mapping[str, Document]) -> list[Document]:
    """Those of these documents that are the branch's own seals, in their order."""
    return _ordered(documents, seals_of_branch(log.group, log.log.writer), branch_place)


def lost_behind(stored: Stored) -> Mapping[bytes, tuple[bytes, ...]]:
    """For each counting seal that restates: the lost seals that a reader in order needs before it.

    These are the ones that its `Restated` name, and those that they continue, as far as no earlier seal has
    brought them. Keys and values are bytes of seals.
    """
    if not stored.lost:
        return {}
    holder: dict[Hash, BranchSeal] = {placed.hash: seal for seal in stored.lost for placed in seal.placed}
    said = {placed.hash: placed.entry for seal in stored.lost for placed in seal.placed}
    given: set[bytes] = set()
    found: dict[bytes, tuple[bytes, ...]] = {}
    for seal in stored.counting:
        needed: list[bytes] = []
        for placed in seal.placed:
            entry: Entry | None = placed.entry
            while isinstance(entry, Restated):  # what it names may be one that was lost itself
                needed += _unbroken(entry.hash, holder, given)
                entry = said.get(entry.hash)
        if needed:
            found[seal.raw] = tuple(needed)
    return found


def _unbroken(wanted: Hash, holder: Mapping[Hash, BranchSeal], given: set[bytes]) -> list[bytes]:
    """The lost seal with this entry, behind those that it continues; ``given`` ones are left out."""
    needed = []
    before: Hash | None = wanted
    while before is not None and (seal := holder.get(before)) is not None and seal.raw not in given:
        given.add(seal.raw)
        needed.append(seal.raw)
        before = seal.continues
    return needed[::-1]


def _ordered(
    documents: Mapping[str, Document], prefix: str, place: Callable[[str], tuple[int, int]]
) -> list[Document]:
    found = (doc_id for doc_id in documents if doc_id.startswith(prefix) and _is_placed(doc_id, prefix))
    return [documents[doc_id] for doc_id in sorted(found, key=lambda doc_id: (place(doc_id), doc_id))]


def _is_placed(doc_id: str, prefix: str) -> bool:
    """Say whether an id is one of a branch seal: those that were given back end in a hash besides."""
    parts = doc_id.removeprefix(prefix).split(":")
    return all(part.isdecimal() for part in parts[:2])


def take_own(log: BranchLog, document: Document) -> BranchSeal:
    """Take one branch seal of our own into a log; raises DamagedError."""
    raw = bytes_of(document, "seal")
    try:
        try:
            added = log.add(raw)
        except OlderEpochError:
            added = log.keep(raw)
    except ProtocolError as error:
        raise DamagedError(document_id(document), str(error)) from error
    if not added:
        raise DamagedError(document_id(document), "adds nothing to its log")
    return BranchSeal(raw, added)


def _keep(log: BranchLog, document: Document) -> BranchSeal | None:
    raw = bytes_of(document, "seal")
    try:
        kept = log.keep(raw)
    except ProtocolError as error:
        raise DamagedError(document_id(document), str(error)) from error
    return BranchSeal(raw, kept) if kept else None
