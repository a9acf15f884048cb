"""Whose key signed a seal, and which texts its entries name (L4, L9)."""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct
from structlog import get_logger

from hub.errors import UnknownGroupError
from hub.service.group.derived import groups_admitting
from hub.service.group.groups import Groups
from hub.service.group.phones import Place, Writer, signer_of, unpacked
from hub.service.group.state import GroupState
from hub.service.phones.texts import text_hashes
from protocol import seal as seals
from protocol.entries import decode_entry
from protocol.errors import MalformedError, ProtocolError, UnpackError, UntrustedKeyError
from protocol.exchange import DetachedText, Refused, Request
from protocol.limits import SEAL_INFLATED_BYTES_MAX

_UNOPENED = ("version", "header", "encoding")

_log = get_logger()


class Judged(Struct, frozen=True):
    """A seal that an admitted key signed, and the group that admitted the key.

    The place is None while the admission of the key waits to be restated: nothing can be acknowledged (L15).
    """

    group: str
    writer: Writer
    seal: seals.SealRead
    place: Place | None


def is_branch_seal(raw: bytes, writer: bytes) -> bool:
    """Say whether bytes read as a seal that names the branch as its writer."""
    try:
        return seals.read(raw).header.log.writer == writer
    except ProtocolError:
        return False


def judge(groups: Groups, request: Request) -> tuple[list[Judged], list[Refused]]:
    """Every phone seal of a request that some admitted key signed, and why the others are refused (L9)."""
    judged, refused = [], []
    for index, raw in enumerate(request.seals):
        if is_branch_seal(raw, groups.writer):
            continue
        try:
            judged.append(_judge_one(groups, seals.read(raw), request.group))
        except ProtocolError as error:
            refused.append(Refused(index, error.code))
            _log.warning("seal_refused", group=request.group, index=index, code=error.code)
    return judged, refused


def known_group(groups: Groups, group: str) -> GroupState | None:
    """The group's state; None for one that was never opened."""
    try:
        return groups.load(group)
    except UnknownGroupError:
        return None


def opened_size(seal: seals.SealRead) -> int:
    """Bytes of a seal's entries; the most there can be for a body that breaks while it is opened."""
    try:
        return sum(map(len, unpacked(seal.raw).entries))
    except UnpackError as error:
        return 0 if error.step in _UNOPENED else SEAL_INFLATED_BYTES_MAX


def keep_texts(
    groups: Groups, request: Request, judged: Iterable[Judged], given_back: Sequence[bytes]
) -> None:
    """Store the texts that entries of a seal in this request name; others would be anybody's dump."""
    if not request.texts:
        return
    texts = {digest: text for text in request.texts if (digest := _hash(text)) is not None}
    brought = [(one.group, one.seal) for one in judged]
    brought += [(request.group, seals.read(raw)) for raw in given_back]
    for group, seal in brought:
        named = [texts[digest] for digest in _named(seal) if digest in texts]
        if named:
            groups.add_texts(group, named)


def _judge_one(groups: Groups, seal: seals.SealRead, asked_for: str) -> Judged:
    """The group whose key signed: the one named, the one asked for, or one that admitted its writer."""
    named, header = seal.header.log, seal.header
    admitting = groups_admitting(groups.store, named.writer)
    for group in dict.fromkeys((named.group, asked_for, *admitting)):
        state = known_group(groups, group)
        if state is None:
            continue
        if writer := signer_of(seal, state.writers, groups.trust.verifier):
            ordinal = writer.admitted.ordinal
            place = ordinal, header.log.epoch, header.first_seq, header.count, header.head
            return Judged(group, writer, seal, place)
        if writer := signer_of(seal, state.waiting, groups.trust.verifier):
            return Judged(group, writer, seal, None)
    raise UntrustedKeyError("no admitted key signed this seal")


def _named(seal: seals.SealRead) -> Iterator[bytes]:
    """Hashes of texts that a seal's entries name; what does not decode names none."""
    try:
        entries = unpacked(seal.raw).entries
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
