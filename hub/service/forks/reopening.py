"""The next epoch of a phone: the same key and ordinal, a log that begins anew (L5).

For a phone that lost part of its log and is in its owner's hands. What the older epoch had brought stays as
it is; ``left`` says how far it was received without a gap. Its key goes on, so that a copy of it elsewhere
would go on as well: where there may be one, revoke and admit another (incident page).

Receipt numbers: a phone that lost entries may have given out numbers that nobody here has seen. So the new
epoch has a range of its own, above every range of the group: no number can come again.
"""

from msgspec import Struct

from hub.errors import CorrectionError
from hub.service.day.posting import two_people
from hub.service.group.derived import publish
from hub.service.group.groups import Groups
from hub.service.group.state import GroupState
from hub.service.phones.devices import RECEIPTS_PER_WRITER, next_receipt, received_without_gap
from protocol.trust_facts import LeftAt, WriterAdmitted


class Reopened(Struct, frozen=True):
    """The epoch of a phone that is open now; ``is_new`` is False when this was asked for before."""

    state: GroupState
    admitted: WriterAdmitted
    is_new: bool

    @property
    def was_forked(self) -> bool:
        """Say whether an epoch of this phone has two histories: then there may be a copy of it."""
        ordinal = self.admitted.ordinal
        logs = (log for (writer, _), log in self.state.phones.items() if writer == ordinal)
        return any(log.forked_at is not None for log in logs)


def reopen(groups: Groups, group: str, ordinal: int, decided_by: str, confirmed_by: str) -> Reopened:
    """Append the ``WriterAdmitted`` of a phone's next epoch, sealed alone (L13).

    An epoch that the phone has not yet used is not followed by another one: asked again, nothing changes.

    Raises:
        UnknownGroupError, CorrectionError, StoppedGroupError: nothing was appended.
    """
    two_people(decided_by, confirmed_by)
    made: list[WriterAdmitted] = []

    def missing(state: GroupState) -> tuple[tuple[WriterAdmitted, ...], ...]:
        made[:] = _next(state, ordinal, decided_by, confirmed_by)
        return (tuple(made),) if made else ()

    state = groups.append(group, missing)
    publish(groups.store, state)
    return Reopened(state, _newest(state, ordinal), bool(made))


def _next(state: GroupState, ordinal: int, decided_by: str, confirmed_by: str) -> list[WriterAdmitted]:
    newest = _newest(state, ordinal)
    if state.writers[newest.writer].revoked:
        raise CorrectionError("revoked_phone", group=state.group, writer=ordinal)
    log = state.phones.get((ordinal, newest.epoch))
    if log is None:
        raise CorrectionError("no_such_log", group=state.group, writer=ordinal, epoch=newest.epoch)
    is_used = any(one.writer == ordinal and one.header.log.epoch == newest.epoch for one in state.phone_seals)
    if newest.left is not None and not is_used:
        return []
    seq = received_without_gap(state, log)
    first = next_receipt(state)
    admitted = WriterAdmitted(
        ordinal=ordinal,
        writer=newest.writer,
        epoch=newest.epoch + 1,
        spki=newest.spki,
        algorithm=newest.algorithm,
        role=newest.role,
        first_receipt=first,
        last_receipt=first + RECEIPTS_PER_WRITER - 1,
        left=LeftAt(seq, log.hash_at(seq)),
        decided_by=decided_by,
        confirmed_by=confirmed_by,
    )
    return [admitted]


def _newest(state: GroupState, ordinal: int) -> WriterAdmitted:
    writer = state.book.writers.get(ordinal)
    if writer is None:
        raise CorrectionError("no_such_phone", group=state.group, writer=ordinal)
    return writer.latest
