"""What admitted keys signed is stored durably, whatever is in it (L9), within their quota; then the texts.

Any hub may do it, the one that appends and those that do not (L14): a repeat changes nothing.
"""

from collections.abc import Callable, Collection, Sequence

from msgspec import Struct
from structlog import get_logger

from hub.documents import Document, document_id, phone_seal
from hub.errors import QuotaError
from hub.service.group.groups import Groups
from hub.service.phones.judged import Judged, judge, keep_texts, opened_size
from hub.service.phones.quota import Quota
from protocol.exchange import Refused, Request

_log = get_logger()


class Kept(Struct, frozen=True):
    """The seals that an admitted key signed, stored but for those that ``over_quota`` stands for.

    ``refused`` are those that no admitted key signed.
    """

    judged: tuple[Judged, ...]
    refused: tuple[Refused, ...]
    over_quota: QuotaError | None


def keep(groups: Groups, quota: Quota, request: Request, given_back: Sequence[bytes] = ()) -> Kept:
    """Judge the seals of a request, and store those of admitted keys and the texts that they name.

    ``given_back`` are its branch seals that are kept already.
    """
    judged, refused = judge(groups, request, given_back)
    stored, over_quota = _store(groups, quota, judged)
    over_texts = keep_texts(groups, quota, request, stored, given_back)
    return Kept(tuple(judged), tuple(refused), over_quota or over_texts)


def _store(groups: Groups, quota: Quota, judged: Sequence[Judged]) -> tuple[list[Judged], QuotaError | None]:
    """Store the seals durably and return them, without those of a key over its quota; and that error."""
    stored: list[Judged] = []
    over_quota = None
    for group in dict.fromkeys(one.group for one in judged):
        with groups.lock(group), quota.bill(groups.clock()) as take:
            new: dict[str, Document] = {}
            for one in judged:
                if one.group == group:
                    try:
                        new |= _paid_for(groups, take, one, new)
                    except QuotaError as error:
                        over_quota = error
                        writer = one.writer.admitted.writer.hex()
                        _log.warning("over_quota", group=group, writer=writer)
                    else:
                        stored.append(one)
            if new:
                groups.store.add(list(new.values()))
    return stored, over_quota


def _paid_for(
    groups: Groups, take: Callable[[bytes, int], None], one: Judged, new: Collection[str]
) -> dict[str, Document]:
    """A seal's document by its id, nothing for a known one; raises QuotaError where there is no room."""
    header, signer = one.seal.header, one.writer.admitted.writer
    own = signer if header.log.writer == groups.writer else None
    document = phone_seal(one.group, header, one.seal.raw, own)
    doc_id = document_id(document)
    if doc_id in new or groups.store.get(doc_id) is not None:
        return {}
    size = len(one.seal.raw)
    take(signer, size)
    # Only what still has room is opened, and what is opened counts: every fold does it again.
    take(signer, max(0, opened_size(one.seal) - size))
    return {doc_id: document}
