"""What IT decided about phones, without the file that it is kept in."""

from msgspec import structs

from protocol.keys import writer_id
from provisioning.devices import Decision, Device


class Register:
    """The part of ``provisioning.register`` that the hub asks."""

    def __init__(self):
        self.devices = {}

    def enrol(self, group, spki, role, at):
        """A phone whose voucher was used and which IT accepted."""
        accepted = Decision("accepted", "it.hoa", None, "", at)
        known = {"writer": writer_id(spki), "spki": spki, "csr": None, "group": group, "role": role}
        known |= {"nonce": bytes(16), "enrolled_at": at, "state": "accepted", "ordinal": None}
        self.devices[known["writer"]] = Device(**known, revoked_in_log=False, decisions=(accepted,))

    def revoke(self, writer, at):
        """IT revokes a phone."""
        known = self.devices[writer]
        decisions = (*known.decisions, Decision("revoked", "it.hoa", None, "lost", at))
        self.devices[writer] = structs.replace(known, state="revoked", decisions=decisions)

    def to_admit(self, group):
        return tuple(
            one
            for one in self.devices.values()
            if (one.group, one.state, one.ordinal) == (group, "accepted", None)
        )

    def to_revoke(self, group):
        return tuple(
            one
            for one in self.devices.values()
            if (one.group, one.state, one.revoked_in_log) == (group, "revoked", False)
            and one.ordinal is not None
        )

    def of_group(self, group):
        return tuple(one for one in self.devices.values() if one.group == group)

    def adopt(self, group, spki, role, ordinal, decision):
        writer = writer_id(spki)
        if writer not in self.devices:
            self.enrol(group, spki, role, decision.at)
        if self.devices[writer].state in ("waiting", "accepted"):
            self.mark_admitted(writer, ordinal, decision.at)

    def adopt_revocation(self, writer, decision):
        if self.devices[writer].state != "revoked":
            self.revoke(writer, decision.at)
            self.mark_revoked(writer, decision.at)

    def mark_admitted(self, writer, ordinal, at):
        known = self.devices[writer]
        state = "admitted" if known.state == "accepted" else known.state
        self.devices[writer] = structs.replace(known, ordinal=ordinal, state=state)

    def mark_revoked(self, writer, at):
        self.devices[writer] = structs.replace(self.devices[writer], revoked_in_log=True)
