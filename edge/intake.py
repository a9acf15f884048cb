"""What a hub's answer may do to the ledger; no step is taken before the one above it stands.

1. whatever this phone has not sealed yet is sealed (L7)
2. every branch seal verifies and continues the log, on a fresh copy of the group; if one does not, nothing
   at all is taken in. A seal of the branch's own key is kept apart all the same: as evidence when it tells
   another history (L15), as an acknowledgement behind a gap, which is all that a revoked key gets (L10)
3. each seal of another phone verifies under the key that the branch admitted; one that does not is left out
4. each detached text is one of L4; another is left out
5. all of it is stored in one transaction
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from edge.group import Group
from edge.ledger import NO_LOG
from edge.phone import Phone, read_group
from edge.transport import Outcome
from protocol import seal as seals
from protocol.codec import encode
from protocol.day import Instant
from protocol.errors import ForkError, GapError, MalformedError, ProtocolError
from protocol.exchange import DetachedText, Response
from protocol.ids import LogId, Position
from protocol.phone_log import Outcome as Fitted


class SentBody(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """When the hub first answered a request that carried a seal."""

    at: Instant


class Taken(Struct, frozen=True):
    """What one answer brought: branch entries that are new here, and codes of own seals that were refused."""

    outcome: Outcome
    learnt: int = 0
    refused: tuple[str, ...] = ()


def take_in(phone: Phone, response: Response, sent: Sequence[tuple[LogId, int]]) -> Taken:
    """Verify an answer and store it; ``sent`` names the seals of the request by log and first seq.

    Raises:
        DeviceError: the storage did not take it; nothing of it is kept.
    """
    phone.seal()
    fresh = read_group(phone.device, phone.identity)
    length = fresh.branch.length
    try:
        fresh.branch.add_statements(response.statements)
        branch_seals = [(added, raw) for raw in response.branch_seals if (added := _added(fresh, raw))]
    except ForkError:
        return _keep_apart(phone, fresh, response, Outcome.TWO_HISTORIES)
    except GapError:
        return _keep_apart(phone, fresh, response, Outcome.SHUT_OUT)
    except ProtocolError:
        return Taken(Outcome.UNTRUSTED)
    refused = {one.index: one.code for one in response.refused}
    ledger = phone.ledger
    with ledger.saving():
        ledger.keep_new("statement", ((NO_LOG, statement) for statement in response.statements))
        for position, raw in branch_seals:
            ledger.keep("branch seal", fresh.branch.log, position.seq, raw)
        ledger.keep_new("phone seal", _from_others(fresh, response.phone_seals, phone.writer))
        for text in filter(_is_readable, response.texts):
            ledger.keep_text(text)
        _note_sent(phone, [place for index, place in enumerate(sent) if index not in refused])
    phone.reload()
    return Taken(Outcome.DONE, fresh.branch.length - length, tuple(refused.values()))


def _added(group: Group, raw: bytes) -> Position | None:
    """Place of the first entry that a branch seal adds, None for a repeat."""
    added = group.take_branch(raw)
    return added[0].position if added else None


def _keep_apart(phone: Phone, fresh: Group, response: Response, outcome: Outcome) -> Taken:
    """Keep the branch's own seals that do not continue what is held; each signature was verified first."""
    apart = []
    for raw in response.branch_seals:
        try:
            fresh.take_branch(raw)
        except ForkError:
            apart.append(("evidence", raw))
        except GapError:
            apart.append(("acknowledgement", raw))
        except ProtocolError:
            continue  # nothing stands behind it
    with phone.ledger.saving():
        for shelf, raw in apart:
            phone.ledger.keep_new(shelf, [(fresh.branch.log, raw)])
    phone.reload()
    return Taken(outcome)


def _from_others(
    group: Group, phone_seals: Iterable[bytes], own_writer: bytes
) -> Iterable[tuple[LogId, bytes]]:
    """Seals of other phones that verify and are new, each side of a fork among them (L16)."""
    for raw in phone_seals:
        try:
            log = seals.read(raw).header.log
            if log.writer != own_writer and group.take_phone(raw) is not Fitted.REPEATED:
                yield log, raw
        except ProtocolError:
            continue  # judged by its own signature (L11): it says nothing about the others


def _is_readable(text: DetachedText) -> bool:
    try:
        return bool(text.hash)
    except MalformedError:
        return False


def _note_sent(phone: Phone, places: Iterable[tuple[LogId, int]]) -> None:
    known = {(row.log, row.seq) for row in phone.ledger.kept("sent")}
    for log, first_seq in places:
        if (encode(log), first_seq) not in known:
            phone.ledger.keep("sent", log, first_seq, encode(SentBody(phone.now)))
