"""The one round trip with the hub, as often as there is something to carry (L7, L9–L11, L15).

1. seal whatever is unsealed; the seals are on the disk before anything is sent, and sent byte for byte
2. POST the seals that no ``Received`` names yet, what a restored branch lacks, and what this phone holds of
   the branch log; a hub that refuses this phone's key gets it once more, with the branch seals up to the one
   that admitted it. A phone that is refused or shut out sends all of its own: some may be lost (L15, L18)
3. take in what came back (``edge.intake``); only what is on the disk is shown

A lost reply needs no memory: the same seals go again, and the hub answers the same. A seal is acknowledged by
the verified branch seal that names its log, range and head, and by nothing else.
"""

from collections.abc import Sequence

from msgspec import Struct, structs

from edge.contact import last_contact, note_contact
from edge.intake import Taken, take_in
from edge.outgoing import OutgoingSeal, admitting, given_back, outgoing, request_with, said_again
from edge.phone import Phone
from edge.short import shortened
from edge.transport import Answer, Caller, Carrier, Outcome, post_signed
from protocol import exchange
from protocol.errors import LimitError, MalformedError, VersionError
from protocol.exchange import Response
from protocol.limits import EXCHANGE_SEALS_MAX
from protocol.transit import WHOLE

_READ = (Outcome.DONE, Outcome.TWO_HISTORIES)


class Exchanged(Struct, frozen=True):
    """What one synchronisation did. Counts are of own seals, but ``learnt``: branch entries taken in.

    ``given_back`` counts seals of others that a restored branch lacked and that were handed to it.
    """

    outcome: Outcome
    sealed: int = 0
    acknowledged: int = 0
    waiting: int = 0
    learnt: int = 0
    given_back: int = 0
    refused: tuple[str, ...] = ()
    retry_after_s: int | None = None


class _Course(Struct):
    """How far one synchronisation has come; the three that say how it ``is`` shape the next request.

    ``again`` are own seals that were received once, and go again.
    """

    sealed: int
    unsent: int
    batch: int = EXCHANGE_SEALS_MAX
    is_astray: bool = False
    is_stranger: bool = False
    is_short: bool = False
    again: tuple[OutgoingSeal, ...] = ()
    taken: Taken = Taken(Outcome.WAITING)
    learnt: int = 0
    given_back: int = 0
    refused: tuple[str, ...] = ()


def sync(phone: Phone, carrier: Carrier) -> Exchanged:
    """Send what is new and take in what is new, until neither side has more; the network raises nothing.

    Raises:
        DeviceError: the storage did not take what came; nothing of that round trip is kept.
    """
    course = _Course(phone.seal(), len(outgoing(phone)), is_short=_is_known(phone) and not phone.is_shut_out)
    if phone.is_shut_out:
        course.again = tuple(said_again(phone))
    while True:
        chosen = _chosen(phone, course)
        answer, response = _ask(phone, carrier, chosen, course)
        if _asks_again(phone, course, answer, chosen):
            continue
        if not _goes_on(phone, course, chosen, answer, response):
            waiting = len(outgoing(phone))
            return Exchanged(
                outcome=course.taken.outcome,
                sealed=course.sealed,
                acknowledged=course.unsent - waiting,
                waiting=waiting,
                learnt=course.learnt,
                given_back=course.given_back,
                refused=course.refused,
                retry_after_s=answer.retry_after_s,
            )


def _chosen(phone: Phone, course: _Course) -> list[OutgoingSeal]:
    """What goes up: what proves this phone to a hub that does not know it, own seals, what others signed."""
    pending = [*outgoing(phone), *given_back(phone), *course.again][: course.batch]
    if not course.is_stranger:
        return pending
    # A hub takes in what continues that which it has: half of the room is for what leads to the admission.
    proof = admitting(phone)[-max(1, course.batch // 2) :]
    return [*proof, *(one for one in pending if one not in proof)][: max(2, course.batch)]


def _asks_again(phone: Phone, course: _Course, answer: Answer, chosen: Sequence[OutgoingSeal]) -> bool:
    """Whether the same is asked in another way: in smaller parts, or with what admitted this phone (L15)."""
    if answer.outcome is Outcome.TOO_LARGE and len(chosen) > 1 + course.is_stranger:
        course.batch = len(chosen) // 2
        return True
    is_told = phone.group.told_admission(phone.writer) is not None
    if answer.outcome is Outcome.REFUSED and is_told and not course.is_stranger:
        course.is_stranger, course.is_short = True, False
        course.again = tuple(said_again(phone))
        return True
    return False


def _goes_on(
    phone: Phone,
    course: _Course,
    chosen: Sequence[OutgoingSeal],
    answer: Answer,
    response: Response | None,
) -> bool:
    """Take in an answer; returns whether another round trip brings or carries more."""
    carried, end = _pending(phone), course.taken.end
    taken = Taken(answer.outcome) if response is None else take_in(phone, response, chosen)
    left_again = tuple(one for one in course.again if response is None or one not in chosen)
    goes_again, course.again = 0 < len(left_again) < len(course.again), left_again
    if (
        course.is_stranger
        and taken.outcome is Outcome.DONE
        and not (course.learnt or taken.learnt or taken.beside)
    ):
        taken = structs.replace(taken, outcome=Outcome.REFUSED)
    told = answer.hub_time if response is None else response.hub_time
    note_contact(phone, taken.outcome, is_done=taken.outcome is Outcome.DONE, hub_time=told)
    course.taken = taken
    course.is_astray |= taken.is_astray
    course.learnt += taken.learnt
    course.refused += tuple(code for code in taken.refused if code != WHOLE)
    if response is None or taken.outcome not in _READ:
        return goes_again and taken.outcome is Outcome.SHUT_OUT
    course.given_back += sum(one.place is None for one in chosen) - course.is_stranger
    is_further = end is None or (taken.end is not None and taken.end > end)
    if response.more and (taken.learnt or taken.beside or is_further):
        return True
    if course.is_short and WHOLE in taken.refused:
        course.is_short = False
        return True
    left = _pending(phone)
    return goes_again or 0 < left < carried or (left > carried and taken.learnt > 0)


def _is_known(phone: Phone) -> bool:
    """Whether the hub has ever known this phone: only then can it make short seals whole."""
    contact = last_contact(phone)
    return contact is not None and contact.done_at is not None


def _pending(phone: Phone) -> int:
    return len(outgoing(phone)) + len(given_back(phone))


def _ask(
    phone: Phone, carrier: Carrier, chosen: Sequence[OutgoingSeal], course: _Course
) -> tuple[Answer, Response | None]:
    request = request_with(phone, chosen, astray=course.is_astray)
    if course.is_short:
        request = shortened(phone, request)
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
    except VersionError:
        return Answer(Outcome.OUTDATED, hub_time=answer.hub_time), None
    except (MalformedError, LimitError):
        return Answer(Outcome.NOT_THE_HUB, hub_time=answer.hub_time), None
