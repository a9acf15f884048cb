"""A device as the register knows it, and what people may decide about it.

waiting ──accept──► accepted ──(branch log)──► admitted
   │                    │                          │
 refuse               revoke                     revoke
   ▼                    ▼                          ▼
refused              revoked                    revoked
"""

from typing import Literal

from msgspec import Struct

State = Literal["waiting", "accepted", "admitted", "refused", "revoked"]
Role = Literal["leader", "deputy"]
Decided = Literal["accepted", "refused", "revoked"]

DECIDABLE: dict[Decided, tuple[State, ...]] = {
    "accepted": ("waiting",),
    "refused": ("waiting",),
    "revoked": ("accepted", "admitted"),
}
"""From which states each decision may be taken."""


class Decision(Struct, frozen=True):
    """Who decided what, why, when (an instant), and who confirmed it."""

    decided: Decided
    by: str
    confirmed_by: str | None
    reason: str
    at: int


class Device(Struct, frozen=True):
    """One phone. ``ordinal`` is set once the branch log has admitted it; ``revoked_in_log`` likewise."""

    writer: bytes
    spki: bytes
    csr: bytes | None
    group: str
    role: Role
    nonce: bytes
    enrolled_at: int
    state: State
    ordinal: int | None
    revoked_in_log: bool
    decisions: tuple[Decision, ...]

    @property
    def id(self) -> str:
        """The name that people read and type: the writer id in hexadecimal."""
        return self.writer.hex()

    def decision(self, decided: Decided) -> Decision:
        """The decision of that kind; raises KeyError when none was taken."""
        return {decision.decided: decision for decision in self.decisions}[decided]
