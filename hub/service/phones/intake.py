"""Takes in what phones sealed (L7–L11, L18).

In this order, so that a crash between any two steps loses and doubles nothing:

1. every seal is judged by its own signature; what an admitted key signed is stored, whatever is in it (L9)
2. texts that an entry of these seals names are stored
3. every stored seal that no ``Received`` names is received: sealed per writer, alone for a revoked one (L10)
4. only then is anything answered; facts of the group only to its admitted, unrevoked key that signed (L11)
"""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct
from structlog import get_logger

from hub.documents import Document, document_id, phone_seal
from hub.errors import AccessError, QuotaError, StoppedGroupError, StoreError, UnknownGroupError
from hub.service.group.derived import groups_admitting, is_current, publish
from hub.service.group.groups import Groups, Runs
from hub.service.group.state import GroupState, Place, Writer, signer_of
from hub.service.phones.quota import Quota
from hub.service.phones.reply import acknowledgements, page, response
from hub.service.phones.texts import text_hashes
from protocol import seal as seals
from protocol.day import to_instant
from protocol.entries import decode_entry
from protocol.errors import MalformedError, ProtocolError, UntrustedKeyError
from protocol.exchange import DetachedText, Refused, Request, Response
from protocol.ids import BranchTip
from protocol.limits import EXCHANGE_REQUEST_BYTES_MAX
from protocol.trust_facts import Received

_log = get_logger()


class Judged(Struct, frozen=True):
    """A seal that an admitted key signed, and the group that admitted the key."""

    group: str
    writer: Writer
    seal: seals.SealRead

    @property
    def place(self) -> Place:
        """What its ``Received`` names."""
        header = self.seal.header
        ordinal = self.writer.admitted.ordinal
        return ordinal, header.log.epoch, header.first_seq, header.count, header.head


class Intake:
    """The exchange, over the groups of one branch."""

    def __init__(self, groups: Groups, quota: Quota) -> None:
        """Keep what it works on."""
        self._groups = groups
        self._quota = quota

    def exchange(self, request: Request, asker: bytes | AccessError) -> Response:
        """Take in the request's seals and answer it.

        ``asker`` is the writer id whose key signed the request, or why its signature does not stand: then the
        seals are taken in all the same, and that error is raised.

        Raises:
            AccessError: ``asker`` is one; or the group does not know it, or has revoked it and it brought
                no seals.
            QuotaError: seals of a key that is over its daily quota were left out; the others are taken in.
        """
        judged, refused = self._judge(request)
        over_quota = self._keep(judged)
        self._keep_texts(request, judged)
        state = self._known_group(request.group)
        if state is not None and isinstance(asker, bytes) and asker in state.writers:
            self._compare(state, request.known, state.writers[asker])
        for group in {one.group for one in judged} | ({request.group} if state else set()):
            self._receive(group)
        if isinstance(asker, AccessError):
            raise asker
        if over_quota is not None:
            raise over_quota
        return self._answer(request, asker, judged, refused)

    def catch_up(self) -> None:
        """Receive what was stored before a crash, and renew summaries; a damaged group stops no other."""
        for group in self._groups.codes():
            try:
                if not is_current(self._groups.store, self._groups.log_of(group)):
                    self._receive(group)
            except StoreError as error:
                _log.error("group_damaged", group=group, cause=str(error))

    def _judge(self, request: Request) -> tuple[list[Judged], tuple[Refused, ...]]:
        judged, refused = [], []
        for index, raw in enumerate(request.seals):
            try:
                judged.append(self._judge_one(seals.read(raw), request.group))
            except ProtocolError as error:
                refused.append(Refused(index, error.code))
                _log.warning("seal_refused", group=request.group, index=index, code=error.code)
        return judged, tuple(refused)

    def _judge_one(self, seal: seals.SealRead, asked_for: str) -> Judged:
        """The group whose key signed: the one named, the one asked for, or one that admitted its writer."""
        named = seal.header.log
        admitting = groups_admitting(self._groups.store, named.writer)
        for group in dict.fromkeys((named.group, asked_for, *admitting)):
            state = self._known_group(group)
            writer = state and signer_of(seal, state.writers, self._groups.trust.verifier)
            if writer:
                return Judged(group, writer, seal)
        raise UntrustedKeyError("no admitted key signed this seal")

    def _keep(self, judged: Sequence[Judged]) -> QuotaError | None:
        """Store the seals durably; those of a key over its quota are left out, and the error returned."""
        over_quota = None
        for one in judged:
            document = phone_seal(one.group, one.seal.header, one.seal.raw)
            try:
                self._keep_one(one, document)
            except QuotaError as error:
                over_quota = error
                _log.warning("over_quota", group=one.group, writer=one.writer.admitted.writer.hex())
        return over_quota

    def _keep_one(self, one: Judged, document: Document) -> None:
        with self._groups.lock(one.group):
            if self._groups.store.get(document_id(document)) is None:
                self._quota.take(one.writer.admitted.writer, len(one.seal.raw), self._groups.clock())
                self._groups.store.add([document])

    def _keep_texts(self, request: Request, judged: Iterable[Judged]) -> None:
        """Store the texts that entries of a seal in this request name; others would be anybody's dump."""
        if not request.texts:
            return
        texts = {digest: text for text in request.texts if (digest := _hash(text)) is not None}
        for one in judged:
            named = [texts[digest] for digest in _named(one.seal) if digest in texts]
            if named:
                self._groups.add_texts(one.group, named)

    def _compare(self, state: GroupState, known: BranchTip | None, writer: Writer) -> None:
        """Stop the group when a phone of it holds a later or another branch log (L14, L15)."""
        if known is not None and not writer.revoked and not state.holds(known):
            self._groups.stop(state.group)
            _log.error(
                "branch_log_contradicted",
                group=state.group,
                writer=writer.admitted.writer.hex(),
                epoch=known.epoch,
                seq=known.seq,
                head=known.head.hex(),
                stored=state.log.length,
            )

    def _receive(self, group: str) -> None:
        try:
            with self._groups.lock(group):
                publish(self._groups.store, self._groups.append(group, self._missing_receipts))
        except StoppedGroupError:
            _log.error("nothing_received", group=group)

    def _missing_receipts(self, state: GroupState) -> Runs:
        """Acceptances that the log lacks: per writer, no more than a page carries; alone when revoked."""
        revoked = {writer.admitted.ordinal: writer.revoked for writer in state.writers.values()}
        seen_at = to_instant(self._groups.clock())
        waiting = {seal.place: seal for seal in state.phone_seals if seal.received is None}
        runs: list[list[Received]] = []
        room, last = 0, 0
        for seal in sorted(waiting.values(), key=lambda seal: seal.place):
            room -= len(seal.raw)
            if room < 0 or seal.writer != last or revoked[seal.writer]:
                runs.append([])
                room, last = EXCHANGE_REQUEST_BYTES_MAX - len(seal.raw), seal.writer
            runs[-1].append(Received(*seal.place, seen_at))
        return runs

    def _answer(
        self, request: Request, asker: bytes, judged: Sequence[Judged], refused: tuple[Refused, ...]
    ) -> Response:
        state = self._known_group(request.group)
        if state is None or asker not in state.writers:
            raise AccessError("the group has not admitted this key")
        writer = state.writers[asker]
        ordinal = writer.admitted.ordinal
        now = to_instant(self._groups.clock())
        statements = self._groups.trust.statements
        if not writer.revoked:
            units, more = page(state, ordinal, request.known)
            return response(units, hub_time=now, statements=statements, refused=refused, more=more)
        own = {one.place for one in judged if one.group == state.group and one.place[0] == ordinal}
        if not own:
            raise AccessError("the group has revoked this key")
        return Response(1, now, statements, acknowledgements(state, ordinal, own), (), (), refused, 0, 0)

    def _known_group(self, group: str) -> GroupState | None:
        try:
            return self._groups.load(group)
        except UnknownGroupError:
            return None


def _named(seal: seals.SealRead) -> Iterator[bytes]:
    """Hashes of texts that a seal's entries name; what does not decode names none."""
    try:
        entries = seals.unpack(seal).entries
    except MalformedError:
        return
    for raw in entries:
        try:
            yield from text_hashes(decode_entry(raw))
        except MalformedError:
            continue


def _hash(text: DetachedText) -> bytes | None:
    try:
        return text.hash
    except MalformedError:
        return None
