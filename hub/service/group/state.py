"""One group as its stored seals say it is: branch log, phone logs, texts. Pure, and the same in every replay.

Rules, in order:

1. every branch seal is verified from the pinned root on and counts, or is lost (``branch_seals``, L15)
2. phones and their seals stand as that log has them (``phones``, L9, L10)
3. texts only name people; a group stands without them (L4)
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cached_property

from msgspec import Struct

from calc.book import Book
from hub.documents import (
    Document,
    backs_of_group,
    came_back,
    claimed,
    claims_of_group,
    text_of,
    texts_of_group,
)
from hub.errors import DamagedError
from hub.service.group.branch_seals import BranchSeal, Stored, read_branch_seals
from hub.service.group.phones import (
    PhoneSeal,
    Writer,
    entries_in,
    phone_logs,
    phone_seals,
    placed_seals,
    take_in,
    writers_of,
)
from protocol.branch_log import BranchLog
from protocol.entries import Entry, PhoneFact, Placed
from protocol.errors import MalformedError
from protocol.exchange import DetachedText
from protocol.ids import BranchTip, Position
from protocol.merge import merge
from protocol.phone_log import PhoneLog
from protocol.ports import Verifier
from protocol.trust_facts import Restated


class Trust(Struct, frozen=True):
    """What branch logs are verified with: the pinned root, and the key statements that it signed (L17)."""

    root_spki: bytes
    verifier: Verifier
    statements: tuple[bytes, ...]


class GroupState(Struct, frozen=True, dict=True):
    """One group at one moment; a new fact makes a new state, so nothing in this one may be changed.

    ``phones`` maps (writer ordinal, epoch); ``writers`` maps writer ids; ``worded`` are the documents of
    texts, by their ids. ``claims`` are tips that phones said they hold, ``back`` the phones that have given
    back all they had to the newest epoch, ``waiting`` those that the lost part of the log admits (L15). To
    plan on ``book``, copy it.
    """

    group: str
    log: BranchLog
    book: Book
    stored: Stored
    writers: Mapping[bytes, Writer]
    phones: Mapping[tuple[int, int], PhoneLog]
    phone_seals: tuple[PhoneSeal, ...]
    worded: Mapping[str, Document]
    claims: tuple[tuple[bytes, BranchTip], ...]
    back: frozenset[bytes]
    waiting: Mapping[bytes, Writer]

    @cached_property
    def facts(self) -> tuple[PhoneFact, ...]:
        """Phone entries in their one order, with the numbers that count (L10, L15)."""
        return self.book.restated.facts(merge(self.book.received, self.phones))

    @property
    def seals(self) -> tuple[BranchSeal, ...]:
        """Branch seals that count, in order."""
        return self.stored.counting

    def holds(self, tip: BranchTip) -> bool:
        """Say whether this branch log has that head at that place; a place before the first always holds."""
        return self.log.holds(tip)

    @cached_property
    def size(self) -> int:
        """Entries of every seal, whether they count, wait behind a gap or part from others; and texts."""
        branch = len(self.log.entries) + len(self.log.lost) + len(self.worded)
        return branch + entries_in(self.phone_seals)

    @cached_property
    def texts(self) -> Mapping[bytes, DetachedText]:
        """Texts by hash. A damaged one is left out, as if erased: nothing that counts rests on it (L4)."""
        found = {}
        for document in self.worded.values():
            with suppress(DamagedError, MalformedError):
                text = text_of(document)
                found[text.hash] = text
        return found

    @cached_property
    def is_contradicted(self) -> bool:
        """Say whether a phone that is not revoked holds a branch log that is not this one (L15)."""
        return any(True for _ in self.contradictions())

    def contradictions(self) -> Iterator[tuple[bytes, BranchTip]]:
        """Tips in seals and claims of phones that are not revoked, with the writer's id.

        An epoch that was opened later answers what was said of older ones.
        """
        named = {writer.admitted.ordinal: writer_id for writer_id, writer in self.writers.items()}
        signed = (
            (named[seal.writer], known)
            for seal in self.phone_seals
            if seal.writer and (known := seal.known) is not None
        )
        for writer_id, tip in (*signed, *self.claims):
            writer = self.writers.get(writer_id)
            if writer is not None and not writer.revoked and self.contradicts(tip):
                yield writer_id, tip

    def contradicts(self, tip: BranchTip) -> bool:
        """Say whether a tip is of the newest epoch here, or a later one, and does not count."""
        return tip.epoch >= self.log.log.epoch and not self.holds(tip)

    def said(self, seal: BranchSeal) -> Iterator[Entry]:
        """What a branch seal says; where it restates, what the lost entry says."""
        for placed in seal.placed:
            entry = placed.entry
            lost = self.book.restated.origin(entry) if isinstance(entry, Restated) else None
            yield entry if lost is None else lost.entry

    def book_at(self, position: Position) -> Book:
        """The book after everything that counts up to and with a place."""
        return _book(self.log, self.log.upto(position))

    def text(self, digest: bytes | None) -> str | None:
        """The words behind a hash; None when there are none, or when they were erased (L4)."""
        found = None if digest is None else self.texts.get(digest)
        return None if found is None else found.text.decode()


def fold_group(group: str, documents: Mapping[str, Document], trust: Trust) -> GroupState:
    """State of a group from all its documents, by id; raises DamagedError when they do not hold."""
    log = BranchLog(group, trust.root_spki, trust.verifier)
    log.add_statements(trust.statements)
    stored = read_branch_seals(log, documents)
    book = _book(log, log.entries)
    phones = phone_logs(log, book)
    writers = writers_of(entry for _, entry in book.log)
    lost = writers_of(placed.entry for _, placed in sorted(log.lost.items()))
    waiting = {writer: one for writer, one in lost.items() if writer not in writers}
    found = placed_seals(phone_seals(log, (writers, waiting), documents, trust.verifier), book)
    return GroupState(
        group=group,
        log=log,
        book=book,
        stored=stored,
        writers=writers,
        phones=phones,
        phone_seals=tuple(take_in(seal, phones) for seal in found),
        worded=worded_of(group, documents),
        claims=_claims(group, documents),
        back=_back(group, log.log.epoch, documents),
        waiting=waiting,
    )


def _book(log: BranchLog, entries: Iterable[Placed]) -> Book:
    book = Book(log.lost)
    for placed in entries:
        book.apply(placed.position, placed.entry)
    return book


def worded_of(group: str, documents: Mapping[str, Document]) -> dict[str, Document]:
    """Those of these documents that are texts."""
    prefix = texts_of_group(group)
    return {doc_id: document for doc_id, document in documents.items() if doc_id.startswith(prefix)}


def _claims(group: str, ids: Iterable[str]) -> tuple[tuple[bytes, BranchTip], ...]:
    """What phones said that they hold, in the order of ids; raises DamagedError."""
    found = []
    for doc_id in ids:
        if doc_id.startswith(claims_of_group(group)):
            try:
                found.append(claimed(doc_id))
            except ValueError as error:
                raise DamagedError(doc_id, str(error)) from error
    return tuple(found)


def _back(group: str, epoch: int, ids: Iterable[str]) -> frozenset[bytes]:
    """Writers that had nothing more to give back to this epoch."""
    told = [came_back(one) for one in ids if one.startswith(backs_of_group(group))]
    return frozenset(writer for since, writer in told if since == epoch)
