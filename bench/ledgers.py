"""Phones for benches: admitted to a group, with what they collected sealed beforehand."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct, structs

from bench.sync.tovay_branch import NOW
from hub.app import Hub
from protocol import exchange
from protocol import seal as seals
from protocol.chain import genesis, links
from protocol.day import to_instant
from protocol.entries import PhoneEntry, entry_bytes
from protocol.ids import BranchTip, LogId, Position
from protocol.keys import writer_id
from protocol.limits import SEAL_ENTRIES_MAX
from protocol.native import NativeSigner, generate_signer
from protocol.phone_facts import Knows
from protocol.trust_facts import WriterAdmitted


class Ledger(Struct, frozen=True):
    """A phone that collected offline: its group and key, its seals, and what it holds of the branch log.

    ``head`` and ``seq`` are where its own log ends.
    """

    group: str
    signer: NativeSigner
    known: BranchTip
    head: bytes
    seq: int = 0
    seals: tuple[bytes, ...] = ()

    @property
    def knows(self) -> Knows:
        """What its collections say that it knew."""
        return Knows(Position(self.known.epoch, self.known.seq), ())

    @property
    def body(self) -> bytes:
        """Its one exchange."""
        return self.carrying(self.seals)

    def carrying(self, sealed: Sequence[bytes]) -> bytes:
        """An exchange with some of its seals."""
        asked = exchange.Request(
            version=1, group=self.group, known=self.known, other_tips=(), seals=tuple(sealed), texts=()
        )
        return exchange.write_request(asked)

    def sealing(
        self, collected: Sequence[PhoneEntry], run: int = SEAL_ENTRIES_MAX, at: datetime = NOW
    ) -> "Ledger":
        """The ledger after these entries, ``run`` of them to a seal."""
        log = LogId(self.group, writer_id(self.signer.spki), 0)
        head, seq, made = self.head, self.seq, list(self.seals)
        for first in range(0, len(collected), run):
            entries = tuple(map(entry_bytes, collected[first : first + run]))
            cut = seals.Cut(
                log=log,
                first_seq=seq + 1,
                previous=head,
                entries=entries,
                known=self.known,
                wall_clock=to_instant(at),
            )
            made.append(seals.make(cut, self.signer, seals.ENCODING))
            head, seq = links(head, entries)[-1], seq + len(entries)
        return structs.replace(self, head=head, seq=seq, seals=tuple(made))


def admitted(hub: Hub, group: str) -> Ledger:
    """A new phone, let into a group that has none."""
    signer = generate_signer()
    admission = WriterAdmitted(
        ordinal=1,
        writer=writer_id(signer.spki),
        epoch=0,
        spki=signer.spki,
        algorithm="ed25519",
        role="leader",
        first_receipt=1,
        last_receipt=10_000,
        left=None,
        decided_by="IT01",
        confirmed_by=None,
    )
    placed = hub.groups.append(group, lambda _: [[admission]]).log.entries[-1]
    known = BranchTip(placed.position.epoch, placed.position.seq, placed.hash)
    return Ledger(group, signer, known, genesis(hub.groups.trust.root_spki, placed.raw))
