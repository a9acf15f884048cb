"""What the branch says of a household's code: received, not yet, or contradicted by the phone's log (L13).

1. only a mark that the root proves is answered (``protocol.receipt``); anything else learns nothing
2. an entry that is stored with this very hash is received where its ``Received`` stands
3. another hash at its place is a contradiction: the evidence is stored, once for each place, for the first
   ``KEPT_PER_LOG_MAX`` places of a log: a phone that marks at will would fill the store otherwise
4. all else is not received yet, also where this hub does not know the phone

Whoever holds the code holds the entry, so the answer tells nothing that the paper does not: no name, no sum.
"""

import threading
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from msgspec import Struct

from hub.documents import evidence_of_log, receipt_evidence
from hub.errors import CrowdedError, ReceiptError, UnknownGroupError
from hub.service.group.groups import Groups
from hub.service.group.place import Place
from hub.service.group.state import GroupState
from protocol import evidence
from protocol import seal as seals
from protocol.codec import encode
from protocol.day import day_of, to_date, to_moment
from protocol.entries import PhoneFact
from protocol.errors import ProtocolError
from protocol.ids import EntryRef
from protocol.receipt import ReceiptProof, check_offline, marked_hash, read_qr

WINDOW = timedelta(minutes=10)
PER_SOURCE_MAX = 60
IN_ALL_MAX = 3_000
KEPT_PER_LOG_MAX = 20


class Answer(Struct, frozen=True):
    """``place`` and ``day`` are those of the ``Received``; None unless it is ``received``."""

    answer: Literal["received", "not_yet", "contradicts"]
    place: Place | None = None
    day: date | None = None


class Door:
    """How often may be asked: by one source and by all, in one window; it starts anew with the process."""

    def __init__(self, per_source: int = PER_SOURCE_MAX, in_all: int = IN_ALL_MAX) -> None:
        """Start with an empty window."""
        self._per_source = per_source
        self._in_all = in_all
        self._counting = threading.Lock()
        self._ends = datetime.min.replace(tzinfo=UTC)
        self._asked: Counter[str] = Counter()

    def enter(self, source: str, now: datetime) -> None:
        """Count one question; raises CrowdedError, counting nothing, where there were too many."""
        with self._counting:
            if now >= self._ends:
                self._ends, self._asked = now + WINDOW, Counter()
            if self._asked[source] >= self._per_source or self._asked.total() >= self._in_all:
                raise CrowdedError((self._ends - now) // timedelta(seconds=1) + 1)
            self._asked[source] += 1


def look_up(groups: Groups, text: str) -> Answer:
    """What the branch knows of a receipt, by the text of its code; raises ReceiptError for no proof."""
    trust = groups.trust
    try:
        proof = read_qr(text)
        check_offline(proof, trust.root_spki, trust.verifier)
    except ProtocolError as error:
        raise ReceiptError(str(error)) from error
    try:
        state = groups.load(proof.marked.log.group)
    except UnknownGroupError:
        return Answer("not_yet")
    return _answer(groups, state, proof)


def _answer(groups: Groups, state: GroupState, proof: ReceiptProof) -> Answer:
    log = proof.marked.log
    writer = state.writers.get(log.writer)
    if writer is None:
        return Answer("not_yet")
    ref = EntryRef(writer.admitted.ordinal, log.epoch, proof.marked.seq, marked_hash(proof.marked))
    fact = next((fact for fact in state.facts if fact.ref == ref), None)
    if fact is not None:
        return _received(state, fact)
    file = _contradiction(groups, state, proof, ref)
    if file is None:
        return Answer("not_yet")
    if len(groups.store.ids(evidence_of_log(state.group, log))) < KEPT_PER_LOG_MAX:
        groups.store.add([receipt_evidence(state.group, file)])
    return Answer("contradicts")


def _received(state: GroupState, fact: PhoneFact) -> Answer:
    for position, received in state.book.received:
        if position == fact.received:
            day = to_date(day_of(to_moment(received.seen_at)))
            return Answer("received", Place(position.epoch, position.seq), day)
    return Answer("not_yet")


def _contradiction(groups: Groups, state: GroupState, proof: ReceiptProof, ref: EntryRef) -> bytes | None:
    """The evidence that a seal of the phone makes against the mark; None when none does."""
    trust = groups.trust
    with_what = evidence.Trust(trust.root_spki, (*trust.statements, proof.statement), trust.verifier)
    mark = encode(evidence.Mark(proof.marked, proof.mark))
    for raw in _covering(state, ref):
        try:
            return evidence.assemble("receipt", with_what, proof.admitted, (mark, raw))
        except ProtocolError:
            continue
    return None


def _covering(state: GroupState, ref: EntryRef) -> Iterable[bytes]:
    """Seals of the phone's log that say something of the place or of the one before it."""
    for seal in state.phone_seals:
        header = seal.header
        if seal.aside is None and (seal.writer, header.log.epoch) == (ref.writer, ref.epoch):
            run = seals.unpack(seals.read(seal.raw)).run
            if run.first_seq - 1 <= ref.seq <= run.last_seq + 1:
                yield seal.raw
