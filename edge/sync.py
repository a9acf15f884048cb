"""The one round trip with the hub, as often as there is something to carry (L7, L9–L11).

1. seal whatever is unsealed; the seals are on the disk before anything is sent, and sent byte for byte
2. POST the seals that no ``Received`` names yet, with what this phone holds of the branch log
3. take in what came back (``edge.intake``); only what is on the disk is shown

A lost reply needs no memory: the same seals go again, and the hub answers the same. A seal is acknowledged by
the verified branch seal that names its log, range and head, and by nothing else.
"""

from collections.abc import Sequence

from msgspec import Struct

from edge.contact import last_contact, note_contact
from edge.group import Group
from edge.intake import Taken, take_in
from edge.phone import Phone
from edge.transport import Answer, Caller, Carrier, Outcome, post_signed
from protocol import exchange
from protocol import seal as seals
from protocol.entries import decode_entry
from protocol.errors import LimitError, MalformedError
from protocol.exchange import DetachedText, Request, Response
from protocol.ids import LogId
from protocol.limits import EXCHANGE_SEALS_MAX


class OutgoingSeal(Struct, frozen=True):
    """One of this phone's seals that no ``Received`` names yet."""

    place: tuple[LogId, int]
    raw: bytes


class Exchanged(Struct, frozen=True):
    """What one synchronisation did. Counts are of own seals, but ``learnt``: branch entries taken in."""

    outcome: Outcome
    sealed: int = 0
    acknowledged: int = 0
    waiting: int = 0
    learnt: int = 0
    refused: tuple[str, ...] = ()
    retry_after_s: int | None = None


def sync(phone: Phone, carrier: Carrier) -> Exchanged:
    """Send what is new and take in what is new, until neither side has more; the network raises nothing.

    Raises:
        DeviceError: the storage did not take what came; nothing of that round trip is kept.
    """
    sealed = phone.seal()
    unsent = waiting = len(outgoing(phone))
    learnt, batch = 0, EXCHANGE_SEALS_MAX
    refused: tuple[str, ...] = ()
    while True:
        chosen = outgoing(phone)[:batch]
        answer, response = _ask(phone, carrier, chosen)
        if answer.outcome is Outcome.TOO_LARGE and len(chosen) > 1:
            batch = len(chosen) // 2
            continue
        taken = Taken(answer.outcome)
        if response is not None:
            taken = take_in(phone, response, tuple(one.place for one in chosen))
        told = answer.hub_time if response is None else response.hub_time
        note_contact(phone, taken.outcome, is_done=taken.outcome is Outcome.DONE, hub_time=told)
        learnt += taken.learnt
        refused += taken.refused
        before, waiting = waiting, len(outgoing(phone))
        more = response is not None and response.more and taken.learnt
        if taken.outcome is not Outcome.DONE or not (more or 0 < waiting < before):
            return Exchanged(
                outcome=taken.outcome,
                sealed=sealed,
                acknowledged=unsent - waiting,
                waiting=waiting,
                learnt=learnt,
                refused=refused,
                retry_after_s=answer.retry_after_s,
            )


def outgoing(phone: Phone) -> list[OutgoingSeal]:
    """Own seals of every epoch that the branch has not received, oldest first."""
    if phone.admission is None:
        return []
    ordinal = phone.admission.entry.ordinal
    received = {
        (one.epoch, one.first_seq, one.count, one.head)
        for one in phone.group.accepted
        if one.writer == ordinal
    }
    found = []
    for row in phone.ledger.kept("seal"):
        header = seals.read(row.body).header
        if (header.log.epoch, header.first_seq, header.count, header.head) not in received:
            found.append(OutgoingSeal((header.log, header.first_seq), row.body))
    return found


def _ask(phone: Phone, carrier: Carrier, chosen: Sequence[OutgoingSeal]) -> tuple[Answer, Response | None]:
    request = Request(
        version=1,
        group=phone.identity.group,
        known=phone.group.tip,
        other_tips=(),
        seals=tuple(one.raw for one in chosen),
        texts=_texts_of(phone.group, chosen),
    )
    contact = last_contact(phone)
    offset = 0 if contact is None else contact.clock_offset_ms
    try:
        body = exchange.write_request(request)
    except LimitError:
        return Answer(Outcome.TOO_LARGE), None
    caller = Caller(phone.device.signer, lambda: phone.now, offset)
    answer = post_signed(carrier, exchange.PATH, exchange.CONTENT_TYPE, body, caller)
    if answer.outcome is not Outcome.DONE:
        return answer, None
    try:
        return answer, exchange.read_response(answer.body)
    except (MalformedError, LimitError):
        return Answer(Outcome.NOT_THE_HUB, hub_time=answer.hub_time), None


def _texts_of(group: Group, chosen: Sequence[OutgoingSeal]) -> tuple[DetachedText, ...]:
    """The detached texts of the notes in these seals, each once."""
    entries = (decode_entry(raw) for one in chosen for raw in seals.unpack(seals.read(one.raw)).entries)
    notes = {getattr(entry, "note", None): None for entry in entries}
    return tuple(group.texts[note] for note in notes if note in group.texts)
