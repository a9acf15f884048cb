"""The register and a group's log after the log began anew (L15): either may be an older copy than the other.

1. whom the log admits and the register does not know is in the register again, and whom it revokes is revoked
   there; what the log says of keys decides (L17)
2. a phone that the register has revoked, and the log not yet again, is barred: as a revoked one it gets its
   acknowledgements alone (L18)
3. until the lost part is back, the register's older decisions wait, because that part may hold them already:
   nobody is admitted whom people had accepted before the restoration, and no older line is drawn again
"""

from msgspec import Struct

from hub.service.group.groups import Groups
from hub.service.group.restorations import last_of
from hub.service.group.state import GroupState
from hub.service.group.waiting import waiting
from protocol.day import Instant
from protocol.trust_facts import WriterRevoked
from provisioning.devices import Decision, Device
from provisioning.register import Register


class Due(Struct, frozen=True):
    """What of the register's decisions the log may get now."""

    admit: tuple[Device, ...]
    revoke: tuple[Device, ...]


def follow(register: Register, state: GroupState, at: Instant) -> None:
    """Bring the register up to what a log that began anew says of its keys."""
    known = {device.writer: device for device in register.of_group(state.group)}
    for writer, one in state.writers.items():
        device, admitted = known.get(writer), one.admitted
        if device is None or device.state in ("waiting", "accepted"):
            decision = Decision("accepted", admitted.decided_by, admitted.confirmed_by, "", at)
            register.adopt(state.group, admitted.spki, admitted.role, admitted.ordinal, decision)
        if one.revoked and (device is None or device.state != "revoked"):
            line = _line(state, admitted.ordinal)
            decision = Decision("revoked", line.decided_by, line.confirmed_by, line.reason, at)
            register.adopt_revocation(writer, decision)


def barred(register: Register, state: GroupState) -> frozenset[bytes]:
    """Phones that the register has revoked and a log that began anew has not."""
    if state.log.log.epoch == 0:
        return frozenset()
    revoked = (device.writer for device in register.of_group(state.group) if device.state == "revoked")
    return frozenset(
        writer for writer in revoked if writer in state.writers and not state.writers[writer].revoked
    )


def due(groups: Groups, register: Register, state: GroupState) -> Due:
    """The register's decisions that a group's log lacks, without those that wait for its lost part."""
    admit, revoke = register.to_admit(state.group), register.to_revoke(state.group)
    revoke = tuple(device for device in revoke if device.writer in state.writers)
    restoration = last_of(groups.restorations(), state.group)
    found = waiting(groups, state)
    if found is None or restoration is None:
        return Due(admit, revoke)
    again = barred(register, state)
    if found.entries == 0 or not {*found.phones} - {writer.hex() for writer in again}:
        devices = register.of_group(state.group)
        return Due(admit, tuple(device for device in devices if device.writer in again))
    admit = tuple(device for device in admit if device.decision("accepted").at > restoration.at)
    return Due(admit, tuple(device for device in revoke if device.decision("revoked").at > restoration.at))


def _line(state: GroupState, ordinal: int) -> WriterRevoked:
    drawn = state.book.writers[ordinal].revoked
    return drawn[-1][1]
