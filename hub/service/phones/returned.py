"""What phones bring to a hub that may be an older copy (L15): branch seals, and which log they hold.

A branch seal is judged by the keys that the root stated and by what it continues, like any reader does it;
who carries it is of no account. One that counts here, or is kept already, changes nothing.
"""

from contextlib import suppress

from msgspec import Struct
from structlog import get_logger

from hub.documents import back, branch_seal, claim, document_id, returned_seal
from hub.errors import QuotaError, UnknownGroupError
from hub.service.group.groups import Groups
from hub.service.group.phones import Writer
from hub.service.group.state import GroupState
from hub.service.phones.judged import is_branch_seal, returned_quota
from hub.service.phones.quota import Quota
from protocol import seal as seals
from protocol.errors import BadSignatureError, ChainError, ProtocolError, UntrustedKeyError
from protocol.exchange import Refused, Request
from protocol.ids import BranchTip, Position
from protocol.keys import signs_logs

_log = get_logger()


class GivenBack(Struct, frozen=True):
    """Branch seals of a request: those that count or are kept, whether any is new, and what was refused."""

    seals: tuple[bytes, ...] = ()
    is_new: bool = False
    refused: tuple[Refused, ...] = ()


def take_back(groups: Groups, quota: Quota, request: Request) -> GivenBack:
    """Keep the branch seals of a request that the log lacks, durably, in the order in which they came."""
    brought = [(index, raw) for index, raw in enumerate(request.seals) if is_branch_seal(raw, groups.writer)]
    if not brought:
        return GivenBack()
    try:
        with groups.lock(request.group):
            return _take_back(groups, quota, request.group, brought)
    except UnknownGroupError:
        return GivenBack(refused=tuple(Refused(index, "unknown_group") for index, _ in brought))


def keep_claim(groups: Groups, state: GroupState, writer: Writer, request: Request) -> bool:
    """Remember that a phone holds another branch log, for every process; say whether that is news.

    Nothing is remembered while this hub sees less than is stored: then the phone is not the one to doubt.
    """
    tips = [request.known, *request.other_tips]
    told = next((tip for tip in tips if tip is not None and state.contradicts(tip)), None)
    if told is None or writer.revoked or state.is_contradicted or groups.is_lagging(state, told):
        return False
    groups.store.add([claim(state.group, writer.admitted.writer, told)])
    _log.error(
        "branch_log_contradicted",
        group=state.group,
        writer=writer.admitted.writer.hex(),
        epoch=told.epoch,
        seq=told.seq,
        head=told.head.hex(),
        stored=f"{state.log.log.epoch}.{state.log.length}",
    )
    return True


def keep_back(groups: Groups, state: GroupState, writer: Writer, request: Request) -> bool:
    """Remember that a phone follows the newest epoch and gives nothing back; say whether that is news."""
    epoch, known = state.log.log.epoch, request.known
    follows = known is not None and known.epoch == epoch > 0 and state.holds(known)
    brings = any(is_branch_seal(raw, groups.writer) for raw in request.seals)
    if not follows or brings or writer.admitted.writer in state.back:
        return False
    groups.store.add([back(state.group, epoch, writer.admitted.writer)])
    return True


def _take_back(groups: Groups, quota: Quota, group: str, brought: list[tuple[int, bytes]]) -> GivenBack:
    state = groups.load(group)
    known = {seal.raw for seal in (*state.stored.counting, *state.stored.lost)}
    trial = None
    accepted, refused, is_new = [], [], False
    for place, (index, raw) in enumerate(brought):
        header = seals.read(raw).header
        last = Position(header.log.epoch, header.first_seq + header.count - 1)
        counts = state.holds(BranchTip(last.epoch, last.seq, header.head))
        if raw not in known and (counts or (last, header.head) in state.log.lost):
            continue
        own = branch_seal(header.log, header.first_seq, raw)
        is_stored = header.log.group == group and groups.store.get(document_id(own)) == own
        if raw not in known and not is_stored:
            try:
                _check_signed(groups, state, raw)
                trial = trial or groups.branch_log(group)
                if trial.keep(raw):
                    with quota.bill(groups.clock()) as take:
                        take(returned_quota(group), len(raw))
                        groups.store.add([returned_seal(group, header, raw)])
                    is_new = True
            except QuotaError as error:
                # The trial holds it and the store does not: nothing that may continue it is kept.
                refused += [Refused(one, error.code) for one, _ in brought[place:]]
                _log.warning("branch_seals_over_quota", group=group, seals=len(brought) - place)
                break
            except ProtocolError as error:
                refused.append(Refused(index, error.code))
                _log.warning("branch_seal_refused", group=group, index=index, code=error.code)
                continue
        accepted.append(raw)
    if is_new:
        _log.info("branch_seals_returned", group=group, seals=len(accepted))
    return GivenBack(tuple(accepted), is_new, tuple(refused))


def _check_signed(groups: Groups, state: GroupState, raw: bytes) -> None:
    """Refuse at little cost what is of another group, or what no log key of the branch signed.

    Raises:
        ChainError, UntrustedKeyError: it is.
    """
    seal = seals.read(raw)
    if seal.header.log.group != state.group:
        raise ChainError("a seal of another group's branch log")
    for stated in state.log.statements.values():
        if signs_logs(stated):
            with suppress(BadSignatureError):
                seals.verify(seal, stated.spki, groups.trust.verifier)
                return
    raise UntrustedKeyError("no log key that the root stated here signed this seal")
