"""Carries the register's decisions about devices into the groups' branch logs (L5, L13, L18).

What is missing is found by comparing the register with the log, so a crash between the append and the mark in
the register is made good by the next call.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

from structlog import get_logger

from hub.errors import StoppedGroupError, UnknownGroupError
from hub.service.group.derived import publish
from hub.service.group.groups import Groups, Runs
from hub.service.group.state import GroupState
from hub.service.phones.following import Due, barred, due, follow
from protocol.day import to_instant
from protocol.phone_log import PhoneLog
from protocol.trust_facts import WriterAdmitted, WriterRevoked
from provisioning.devices import Device
from provisioning.register import Register

RECEIPTS_PER_WRITER = 10_000
RECEIPTS_PER_BRANCH_EPOCH = 1_000_000
ALGORITHM = "ed25519"
_FIRST_EPOCH = 0  # later ones are opened by people, for a phone that lost part of its log

_log = get_logger()


class Devices:
    """Admissions and revocations of one branch: ``provisioning.enrol.Admission``."""

    def __init__(self, groups: Groups, register: Register, clock: Callable[[], datetime]) -> None:
        """Keep what it works on."""
        self._groups = groups
        self._register = register
        self._clock = clock

    def carry_out(self, group: str) -> None:
        """Append what the register decided for this group and its log lacks, and mark it in the register.

        Devices of a group that has no branch log yet, or whose log is stopped, go on waiting.
        """
        found = Due((), ())
        try:
            with self._groups.lock(group):
                state = self._groups.load(group)
                if state.log.log.epoch > 0:
                    follow(self._register, state, to_instant(self._clock()))
                found = due(self._groups, self._register, state)
                if not found.admit and not found.revoke:
                    return
                state = self._groups.append(group, lambda state: _missing(state, found.admit, found.revoke))
                publish(self._groups.store, state)
        except (UnknownGroupError, StoppedGroupError) as error:
            waiting = {"admit": len(found.admit), "revoke": len(found.revoke)}
            _log.warning("devices_wait", group=group, cause=error.code, **waiting)
            return
        self._mark(state, found.admit, found.revoke)

    def barred(self, group: str) -> frozenset[bytes]:
        """Phones of a group that began anew, revoked in the register and not in the log again (L15)."""
        try:
            return barred(self._register, self._groups.last(group))
        except UnknownGroupError:
            return frozenset()

    def _mark(self, state: GroupState, admit: tuple[Device, ...], revoke: tuple[Device, ...]) -> None:
        at = to_instant(self._clock())
        for device in admit:
            writer = state.writers.get(device.writer)
            if writer is None or writer.admitted.spki != device.spki:
                _log.error("writer_id_taken", group=state.group, writer=device.id)
            else:
                self._register.mark_admitted(device.writer, writer.admitted.ordinal, at)
                _log.info("admitted", group=state.group, writer=device.id, ordinal=writer.admitted.ordinal)
        for device in revoke:
            if state.writers[device.writer].revoked:
                self._register.mark_revoked(device.writer, at)
                _log.info("revoked", group=state.group, writer=device.id)


def _missing(state: GroupState, admit: tuple[Device, ...], revoke: tuple[Device, ...]) -> Runs:
    runs: list[list[WriterAdmitted] | list[WriterRevoked]] = []
    last = max((writer.admitted.ordinal for writer in state.writers.values()), default=0)
    free = next_receipt(state)
    for device in admit:
        # A second key with the id of an admitted one is refused (L1).
        if device.writer not in state.writers:
            last += 1
            runs.append([_admission(device, last, free)])
            free += RECEIPTS_PER_WRITER
    revoking = [device for device in revoke if not state.writers[device.writer].revoked]
    return [*runs, *([line] for device in revoking for line in _revocations(state, device))]


def next_receipt(state: GroupState) -> int:
    """The lowest number above every range that the group gave out, to any epoch of any phone (L13)."""
    admitted = [one for writer in state.book.writers.values() for _, one in writer.admitted]
    admitted += [one.entry for one in state.log.lost.values() if isinstance(one.entry, WriterAdmitted)]
    # A restored log may have lost an admission that nobody gives back; its numbers are on receipts (L15).
    lowest = state.log.log.epoch * RECEIPTS_PER_BRANCH_EPOCH
    return max((one.last_receipt for one in admitted if one.last_receipt > lowest), default=lowest) + 1


def received_without_gap(state: GroupState, log: PhoneLog) -> int:
    """Seq up to which the branch received a phone's log: a revocation is never above it (L18)."""
    received = {fact.ref.hash for fact in state.facts if fact.received is not None}
    seq = 0
    while seq < log.length and log.hash_at(seq + 1) in received:
        seq += 1
    return seq


def _admission(device: Device, ordinal: int, first_receipt: int) -> WriterAdmitted:
    accepted = device.decision("accepted")
    return WriterAdmitted(
        ordinal=ordinal,
        writer=device.writer,
        epoch=_FIRST_EPOCH,
        spki=device.spki,
        algorithm=ALGORITHM,
        role=device.role,
        first_receipt=first_receipt,
        last_receipt=first_receipt + RECEIPTS_PER_WRITER - 1,
        left=None,
        decided_by=accepted.by,
        confirmed_by=accepted.confirmed_by,
    )


def _revocations(state: GroupState, device: Device) -> Iterator[WriterRevoked]:
    """A line under every epoch of the key that has none, the newest last: it ends what is missing (L18)."""
    writer = state.book.writers[state.writers[device.writer].admitted.ordinal]
    revoked = device.decision("revoked")
    for epoch in sorted({one.epoch for _, one in writer.admitted}):
        if writer.line(epoch, state.book.position) is None:
            log = state.phones[writer.latest.ordinal, epoch]
            seq = received_without_gap(state, log)
            yield WriterRevoked(
                writer=writer.latest.ordinal,
                epoch=epoch,
                seq=seq,
                head=log.hash_at(seq),
                reason=revoked.reason,
                decided_by=revoked.by,
                confirmed_by=revoked.confirmed_by,
            )
