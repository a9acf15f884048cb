"""An exchange without a network: bundles for carriers to take, and answers that they bring (L11, L19).

Out: everything unsealed is sealed, then all that ``sync`` would send goes into bundles under the branch's
newest bundle key. A seal that was exported is sent, no more: it goes again by every way until a branch seal
receives it. In: a bundle is opened, its signature verified under a log key that the root stated, and then
judged by ``edge.intake`` as any answer. Bundles come in any order, any number of times, with those of others.
"""

from collections.abc import Iterable, Sequence
from typing import Annotated

from msgspec import Meta, Struct

from edge.contact import note_carried
from edge.errors import AccessError, BranchError, EdgeError, Fault, InputError
from edge.intake import Taken, note_sent, take_in
from edge.outgoing import OutgoingSeal, given_back, outgoing, request_with, said_again
from edge.phone import Phone
from edge.transport import Outcome
from protocol import bundle as bundles
from protocol.bundle import OpenedDown
from protocol.day import Instant
from protocol.errors import BadSignatureError, LimitError, MalformedError, ProtocolError, UntrustedKeyError
from protocol.ids import BranchTip, Position
from protocol.keys import KeyStatement, newest, read_statement, signs_logs
from protocol.limits import EXCHANGE_SEALS_MAX

REPLY_KEY = "reply key"
EXPORTED = "exported"


class ReplyKey(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """This phone's X25519 key, to which the branch encrypts its answers."""

    private: Annotated[bytes, Meta(min_length=32, max_length=32)]


class ExportedBody(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """When bundles were last handed out."""

    at: Instant


class Export(Struct, frozen=True):
    """Bundles to hand out, and the seals inside them."""

    bundles: tuple[bytes, ...]
    seals: tuple[OutgoingSeal, ...]


class Imported(Struct, frozen=True):
    """What carried answers brought. ``learnt`` counts branch entries, ``acknowledged`` and ``waiting`` seals.

    ``outcome`` is that of the worst answer, None when there was none for this phone; ``foreign`` counts
    bundles that another phone opens, or nobody.
    """

    outcome: Outcome | None
    answers: int
    foreign: int
    learnt: int
    acknowledged: int
    waiting: int
    refused: tuple[str, ...]


def export(phone: Phone) -> Export:
    """Seal, and write everything for the branch into bundles; ``note_exported`` once they are handed out.

    Raises:
        AccessError: the branch has not admitted this phone.
        BranchError: no bundle key of the branch is known here.
        DeviceError: the storage did not take it.
    """
    _must_be_admitted(phone)
    to = _bundle_key(phone)
    phone.seal()
    private = _reply_key(phone)
    pending = outgoing(phone) + given_back(phone) + (said_again(phone) if phone.is_shut_out else [])
    written: list[bytes] = []
    at = 0
    while at < len(pending) or not written:
        raw, count = _bundle(phone, pending[at : at + EXCHANGE_SEALS_MAX], to, private)
        written.append(raw)
        at += count
    return Export(tuple(written), tuple(pending))


def note_exported(phone: Phone, exported: Export) -> None:
    """Remember that bundles left this phone; raises DeviceError."""
    with phone.ledger.saving():
        note_sent(phone, exported.seals)
        phone.ledger.set_note(EXPORTED, ExportedBody(phone.now))


def exported_at(phone: Phone) -> int | None:
    """When bundles were last handed out, milliseconds since 1970 by this phone's clock."""
    noted = phone.ledger.note(EXPORTED, ExportedBody)
    return None if noted is None else noted.at


def take_bundles(phone: Phone, raws: Iterable[bytes]) -> tuple[Imported, tuple[EdgeError, ...]]:
    """Take in what carriers brought; what is wrong with one bundle is told and stops no other.

    Raises:
        AccessError: the branch has not admitted this phone.
        DeviceError: the storage did not take an answer; nothing of that one is kept.
    """
    _must_be_admitted(phone)
    phone.seal()
    before = len(outgoing(phone))
    faults: list[EdgeError] = []
    answers: list[OpenedDown] = []
    foreign = 0
    for raw in raws:
        try:
            answers.append(_opened(phone, raw))
        except BadSignatureError:
            foreign += 1
        except EdgeError as error:
            faults.append(error)
    taken, early = _take_all(phone, answers)
    faults += (InputError(Fault.BUNDLE_TOO_EARLY) for _ in early)
    waiting = len(outgoing(phone))
    imported = Imported(
        outcome=min((one.outcome for one in taken), key=list(Outcome).index, default=None),
        answers=len(taken),
        foreign=foreign,
        learnt=sum(one.learnt for one in taken),
        acknowledged=before - waiting,
        waiting=waiting,
        refused=tuple(code for one in taken for code in one.refused),
    )
    return imported, tuple(faults)


def _must_be_admitted(phone: Phone) -> None:
    if phone.admission is None:
        raise AccessError(Fault.NOT_ADMITTED)


def _bundle_key(phone: Phone) -> KeyStatement:
    try:
        return newest(phone.group.branch.statements.values(), phone.identity.branch, bundles.PURPOSE)
    except UntrustedKeyError as error:
        raise BranchError(Fault.NO_BUNDLE_KEY) from error


def _reply_key(phone: Phone) -> bytes:
    """The key for answers, made at the first export; on the disk before anything names it."""
    noted = phone.ledger.note(REPLY_KEY, ReplyKey)
    if noted is None:
        noted = ReplyKey(phone.device.host.vault.new_private())
        with phone.ledger.saving():
            phone.ledger.set_note(REPLY_KEY, noted)
    return noted.private


def _bundle(
    phone: Phone, pending: Sequence[OutgoingSeal], to: KeyStatement, private: bytes
) -> tuple[bytes, int]:
    """A bundle with as many of these seals as fit, and their number; one alone always does (L8)."""
    vault, count = phone.device.host.vault, len(pending)
    reply_to = vault.public_of(private)
    while True:
        request = request_with(phone, pending[:count])
        try:
            letter = bundles.letter_up(request, phone.writer, phone.now, reply_to)
        except LimitError:
            count //= 2
            continue
        return bundles.write_up(letter, phone.device.signer, to, vault), count


def _opened(phone: Phone, raw: bytes) -> OpenedDown:
    """An answer for this phone that the branch signed.

    Raises:
        BadSignatureError: another phone's, or damaged.
        EdgeError: no answer, or not from this branch.
    """
    noted = phone.ledger.note(REPLY_KEY, ReplyKey)
    try:
        outer = bundles.read(raw)
        if outer.way != "down":
            raise InputError(Fault.BUNDLE_GOES_UP)
        if outer.branch != phone.identity.branch:
            raise InputError(Fault.BUNDLE_ELSEWHERE, branch=outer.branch)
        if noted is None:
            raise BadSignatureError("nothing was ever encrypted to this phone")
        opened = bundles.open_down(outer, noted.private, phone.device.host.vault)
    except (MalformedError, LimitError) as error:
        raise InputError(Fault.NOT_A_BUNDLE, file="Kiện") from error
    letter = opened.letter
    if (letter.group, letter.writer) != (phone.identity.group, phone.writer) or not _is_signed(phone, opened):
        raise BranchError(Fault.BUNDLE_UNTRUSTED)
    return opened


def _is_signed(phone: Phone, opened: OpenedDown) -> bool:
    """Whether a log key of this branch that the root stated signed it: any, for an answer may be older."""
    verifier = phone.device.host.verifier
    stated = list(phone.group.branch.statements.values())
    for raw in opened.response.statements:
        try:
            stated.append(read_statement(raw, phone.identity.root, verifier))
        except ProtocolError:
            return False
    for one in stated:
        if signs_logs(one) and one.branch == phone.identity.branch:
            try:
                bundles.check_down(opened, one.spki, verifier)
            except BadSignatureError:
                continue
            return True
    return False


def _take_all(phone: Phone, answers: Sequence[OpenedDown]) -> tuple[list[Taken], list[OpenedDown]]:
    """Take in each answer that goes on from what is held here; the others wait for one that leads there."""
    taken: list[Taken] = []
    waiting = list(answers)
    while fitting := [one for one in waiting if _is_held(phone, one.letter.known)]:
        waiting = [one for one in waiting if one not in fitting]
        for one in fitting:
            taken.append(take_in(phone, one.response, ()))
            outcome = taken[-1].outcome
            is_done = outcome is Outcome.DONE
            note_carried(phone, outcome, is_done=is_done, written_at=one.response.hub_time)
    return taken, waiting


def _is_held(phone: Phone, known: BranchTip | None) -> bool:
    branch = phone.group.branch
    return (
        known is None or branch.holds(known) or (Position(known.epoch, known.seq), known.head) in branch.lost
    )
