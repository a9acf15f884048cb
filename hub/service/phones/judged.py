"""Whose key signed a seal, and which texts its entries name (L4, L9)."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from structlog import get_logger

from hub.documents import texts_of_group
from hub.errors import QuotaError, UnknownGroupError
from hub.service.group.derived import groups_admitting
from hub.service.group.groups import Groups
from hub.service.group.phones import Place, Writer, signer_of, unpacked
from hub.service.group.state import GroupState
from hub.service.phones.quota import Quota
from hub.service.phones.texts import text_hashes
from protocol import seal as seals
from protocol.entries import decode_entry
from protocol.errors import MalformedError, ProtocolError, UnpackError, UntrustedKeyError
from protocol.exchange import DetachedText, Refused, Request
from protocol.ids import LogId
from protocol.limits import SEAL_INFLATED_BYTES_MAX

LookUp = Callable[[str], GroupState]
"""``Groups.load`` or ``Groups.last``."""

_UNOPENED = ("version", "header", "encoding")

_log = get_logger()


class Judged(Struct, frozen=True):
    """A seal that an admitted key signed, and the group that admitted the key.

    ``index`` is its place in the request. ``place`` is None while the admission of the key waits to be
    restated: nothing can be acknowledged (L15).
    """

    index: int
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


def judge(
    groups: Groups, request: Request, given_back: Collection[bytes]
) -> tuple[list[Judged], list[Refused]]:
    """Every seal of a request that some admitted key signed, and why the others are refused (L9).

    One that names the branch as its writer, and is not among those ``given_back``, may be a phone's all the
    same; one that is nobody's was answered where branch seals are.
    """
    judged, refused = [], []
    for index, raw in enumerate(request.seals):
        if raw in given_back:
            continue
        try:
            judged.append(_judge_one(groups, index, seals.read(raw), request.group))
        except ProtocolError as error:
            if is_branch_seal(raw, groups.writer):
                continue
            refused.append(Refused(index, error.code))
            _log.warning("seal_refused", group=request.group, index=index, code=error.code)
    return judged, refused


def known_group(look_up: LookUp, group: str) -> GroupState | None:
    """The group's state; None for one that was never opened."""
    try:
        return look_up(group)
    except UnknownGroupError:
        return None


def opened_size(seal: seals.SealRead) -> int:
    """Bytes of a seal's entries; the most there can be for a body that breaks while it is opened."""
    try:
        return sum(map(len, unpacked(seal.raw).entries))
    except UnpackError as error:
        return 0 if error.step in _UNOPENED else SEAL_INFLATED_BYTES_MAX


def keep_texts(
    groups: Groups, quota: Quota, request: Request, judged: Iterable[Judged], given_back: Sequence[bytes]
) -> QuotaError | None:
    """Store the texts that entries of a seal in this request name; others would be anybody's dump.

    Those of a seal count for the key that signed it; where they are over its quota they are left out, and
    that error is returned: the seal brings them again another day.
    """
    if not request.texts:
        return None
    texts = {digest: text for text in request.texts if (digest := _hash(text)) is not None}
    brought = [(one.group, one.writer.admitted.writer, one.seal) for one in judged]
    brought += [(request.group, returned_quota(request.group), seals.read(raw)) for raw in given_back]
    over_quota = None
    for group, payer, seal in brought:
        named = {digest: texts[digest] for digest in _named(seal) if digest in texts}
        try:
            _keep_named(groups, quota, group, payer, named)
        except QuotaError as error:
            over_quota = error
            _log.warning("texts_over_quota", group=group, texts=len(named))
    return over_quota


def returned_quota(group: str) -> bytes:
    """Whose quota pays for what phones of a group give back of its branch log."""
    return f"{group}:returned".encode()


def _judge_one(groups: Groups, index: int, seal: seals.SealRead, asked_for: str) -> Judged:
    """The group whose key signed: the one named, the one asked for, or one that admitted its writer."""
    header = seal.header
    for look_up, group in _candidates(groups, header.log, asked_for):
        state = known_group(look_up, group)
        if state is None:
            continue
        if writer := signer_of(seal, state.writers, groups.trust.verifier):
            ordinal = writer.admitted.ordinal
            place = ordinal, header.log.epoch, header.first_seq, header.count, header.head
            return Judged(index, group, writer, seal, place)
        if writer := signer_of(seal, state.waiting, groups.trust.verifier):
            return Judged(index, group, writer, seal, None)
    raise UntrustedKeyError("no admitted key signed this seal")


def _candidates(groups: Groups, named: LogId, asked_for: str) -> Iterator[tuple[LookUp, str]]:
    """Where to look for a key: in what is known here already, then in the store and in further groups."""
    first = tuple(dict.fromkeys((named.group, asked_for)))
    yield from ((groups.last, group) for group in first)
    further = dict.fromkeys((*first, *groups_admitting(groups.store, named.writer)))
    yield from ((groups.load, group) for group in further)


def _keep_named(
    groups: Groups, quota: Quota, group: str, payer: bytes, named: Mapping[bytes, DetachedText]
) -> None:
    with groups.lock(group):
        held = set(groups.store.ids(texts_of_group(group))) if named else set()
        new = [text for digest, text in named.items() if f"{texts_of_group(group)}{digest.hex()}" not in held]
        if new:
            with quota.bill(groups.clock()) as take:
                take(payer, sum(len(text.salt) + len(text.text) for text in new))
                groups.add_texts(group, new)


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
