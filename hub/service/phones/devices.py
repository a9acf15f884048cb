"""Carries the register's decisions about devices into the groups' branch logs (L5, L13, L18).

What is missing is found by comparing the register with the log, so a crash between the append and the mark in
the register is made good by the next call.
"""

from collections.abc import Callable
from datetime import datetime

from structlog import get_logger

from hub.errors import StoppedGroupError, UnknownGroupError
from hub.service.group.derived import publish
from hub.service.group.groups import Groups, Runs
from hub.service.group.state import GroupState
from protocol.day import to_instant
from protocol.trust_facts import WriterAdmitted, WriterRevoked
from provisioning.devices import Device
from provisioning.register import Register

RECEIPTS_PER_WRITER = 10_000
ALGORITHM = "ed25519"
_EPOCH = 0  # a key enrols once, so its device has one epoch

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
        admit, revoke = self._register.to_admit(group), self._register.to_revoke(group)
        if not admit and not revoke:
            return
        try:
            with self._groups.lock(group):
                state = self._groups.append(group, lambda state: _missing(state, admit, revoke))
                publish(self._groups.store, state)
        except (UnknownGroupError, StoppedGroupError) as error:
            _log.warning("devices_wait", group=group, cause=error.code, admit=len(admit), revoke=len(revoke))
            return
        self._mark(state, admit, revoke)

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
    for device in admit:
        # A second key with the id of an admitted one is refused (L1).
        if device.writer not in state.writers:
            last += 1
            runs.append([_admission(device, last)])
    revoking = [device for device in revoke if not state.writers[device.writer].revoked]
    return [*runs, *([_revocation(state, device)] for device in revoking)]


def _admission(device: Device, ordinal: int) -> WriterAdmitted:
    accepted = device.decision("accepted")
    return WriterAdmitted(
        ordinal=ordinal,
        writer=device.writer,
        epoch=_EPOCH,
        spki=device.spki,
        algorithm=ALGORITHM,
        role=device.role,
        first_receipt=(ordinal - 1) * RECEIPTS_PER_WRITER + 1,
        last_receipt=ordinal * RECEIPTS_PER_WRITER,
        left=None,
        decided_by=accepted.by,
        confirmed_by=accepted.confirmed_by,
    )


def _revocation(state: GroupState, device: Device) -> WriterRevoked:
    """The line under what was received without a gap, never above it (L18)."""
    admitted = state.writers[device.writer].admitted
    revoked = device.decision("revoked")
    log = state.phones[admitted.ordinal, admitted.epoch]
    received = {fact.ref.hash for fact in state.facts if fact.received is not None}
    seq = 0
    while seq < log.length and log.hash_at(seq + 1) in received:
        seq += 1
    return WriterRevoked(
        writer=admitted.ordinal,
        epoch=admitted.epoch,
        seq=seq,
        head=log.hash_at(seq),
        reason=revoked.reason,
        decided_by=revoked.by,
        confirmed_by=revoked.confirmed_by,
    )
