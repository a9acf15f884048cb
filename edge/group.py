"""What this phone knows of its group: the verified branch log, its fold, and every phone's verified log.

Built anew from the ledger at each unlock and after each exchange; nothing here is written anywhere. Every
seal is verified again when it is read back, so what is shown never rests on an earlier check alone.
"""

from collections.abc import Iterable

from msgspec import Struct

from calc.book import Book
from protocol import seal as seals
from protocol.branch_log import BranchLog
from protocol.entries import PhoneFact, Placed, decode_entry
from protocol.errors import UntrustedKeyError
from protocol.exchange import DetachedText
from protocol.ids import BranchTip, EntryRef
from protocol.merge import merge
from protocol.phone_log import Outcome, PhoneLog, SignedEntry
from protocol.ports import Verifier
from protocol.trust_facts import Received, WriterAdmitted


class Admission(Struct, frozen=True):
    """How the branch opened one epoch of a phone: the entry, its seal, and the branch key of that seal."""

    entry: WriterAdmitted
    raw: bytes
    seal: bytes
    branch_key: bytes

    @property
    def place(self) -> tuple[int, int]:
        """Writer ordinal and epoch."""
        return self.entry.ordinal, self.entry.epoch


class Group:
    """One group as far as this phone was told; seals come in by the ``take_`` methods.

    ``apart`` are acceptances that came without the log around them: all that a revoked phone gets (L10).
    """

    def __init__(self, code: str, root_spki: bytes, verifier: Verifier) -> None:
        """Start with nothing but the pinned root."""
        self.branch = BranchLog(code, root_spki, verifier)
        self.book = Book()
        self.admissions: dict[tuple[int, int], Admission] = {}
        self.phones: dict[tuple[int, int], PhoneLog] = {}
        self.texts: dict[bytes, DetachedText] = {}
        self.apart: list[Received] = []
        self._verifier = verifier

    @property
    def tip(self) -> BranchTip | None:
        """How far the branch log is held; None before its first seal."""
        if not self.branch.entries:
            return None
        last = self.branch.entries[-1]
        return BranchTip(last.position.epoch, last.position.seq, last.hash)

    def text(self, digest: bytes | None) -> str | None:
        """The words behind a hash; None when there are none here, or they were erased (L4)."""
        found = None if digest is None else self.texts.get(digest)
        return None if found is None else found.text.decode()

    def admission_of(self, writer: bytes) -> Admission | None:
        """The newest epoch that the branch opened for a writer id."""
        found = [one for one in self.admissions.values() if one.entry.writer == writer]
        return max(found, key=lambda one: one.entry.epoch, default=None)

    def take_branch(self, raw: bytes) -> tuple[Placed, ...]:
        """Take in one branch seal; returns what it added. Raises a ProtocolError and changes nothing."""
        added = self.branch.add(raw)
        for placed in added:
            self.book.apply(placed.position, placed.entry)
            if isinstance(placed.entry, WriterAdmitted):
                self._admit(placed.entry, placed.raw, raw)
        return added

    def take_phone(self, raw: bytes) -> Outcome:
        """Take in one phone seal of the group; raises a ProtocolError when no admitted key signed it."""
        named = seals.read(raw).header.log
        for log in self.phones.values():
            if log.log == named:
                return log.add(raw, self._verifier)
        raise UntrustedKeyError(f"the branch log admits no writer of {named}")

    def take_acknowledgement(self, raw: bytes) -> None:
        """Remember the acceptances in a branch seal that stands behind a gap, verified when it came (L10)."""
        entries = (decode_entry(one) for one in seals.unpack(seals.read(raw)).entries)
        self.apart.extend(entry for entry in entries if isinstance(entry, Received))

    @property
    def accepted(self) -> list[Received]:
        """Every acceptance that is known here, in the log or apart from it."""
        return [one for _, one in self.book.received] + self.apart

    def facts(
        self, place: tuple[int, int] | None = None, own: Iterable[SignedEntry] = ()
    ) -> tuple[PhoneFact, ...]:
        """Phone entries in their one order (L10); ``own``, unsealed ones of ``place``, are last."""
        merged = merge(self.book.received, self.phones)
        if place is None:
            return merged
        return merged + tuple(
            PhoneFact(EntryRef(*place, one.seq, one.hash), one.previous, one.entry, None) for one in own
        )

    def _admit(self, entry: WriterAdmitted, raw: bytes, seal: bytes) -> None:
        try:
            log = PhoneLog(self.branch.group, raw, self.branch.root_spki)
        except UntrustedKeyError:
            return  # nothing of that writer is verified here (L1)
        key = self.branch.key
        assert key is not None
        admission = Admission(entry, raw, seal, key)
        self.admissions[admission.place] = admission
        self.phones[admission.place] = log
