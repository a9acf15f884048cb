"""What this phone knows of its group: the verified branch log, its fold, and every phone's verified log.

Built from the ledger at each unlock, where every seal is verified again, so that what is shown never rests on
an earlier check alone. An exchange adds to a copy; nothing here is written anywhere.

A later branch epoch cuts off what stands above its base (L15): the book is folded anew, and what was cut off
stays in ``branch.lost``. A phone whose admission was cut off goes on under it until the branch restates it.
"""

from collections.abc import Iterable

from msgspec import Struct, structs

from calc.book import Book
from protocol import seal as seals
from protocol.branch_log import BranchLog
from protocol.entries import PhoneFact, Placed, decode_entry
from protocol.errors import BadSignatureError, ForkError, OlderEpochError, UntrustedKeyError
from protocol.exchange import DetachedText
from protocol.ids import BranchTip, EntryRef, LogId
from protocol.merge import merge
from protocol.phone_log import Outcome, PhoneLog, SignedEntry
from protocol.ports import Verifier
from protocol.trust_facts import BranchEpochOpened, Received, Restated, WriterAdmitted

_PLACING = (WriterAdmitted, Restated)


class Admission(Struct, frozen=True):
    """How the branch opened one epoch of a phone: the entry that counts, its signed bytes, and its seal."""

    entry: WriterAdmitted
    raw: bytes
    seal: bytes

    @property
    def place(self) -> tuple[int, int]:
        """Writer ordinal and epoch."""
        return self.entry.ordinal, self.entry.epoch


class Took(Struct, frozen=True):
    """What one branch seal brought: entries that count, entries kept beside, and whether histories part."""

    counted: tuple[Placed, ...] = ()
    beside: tuple[Placed, ...] = ()
    is_fork: bool = False


class Group:
    """One group as far as this phone was told; seals come in by the ``take_`` methods.

    ``apart`` are acceptances that came without the log around them: all that a revoked phone gets (L10).
    """

    def __init__(self, code: str, root_spki: bytes, verifier: Verifier) -> None:
        """Start with nothing but the pinned root."""
        self.branch = BranchLog(code, root_spki, verifier)
        self.book = Book(self.branch.lost)
        self.admissions: dict[tuple[int, int], Admission] = {}
        self.phones: dict[tuple[int, int], PhoneLog] = {}
        self.texts: dict[bytes, DetachedText] = {}
        self.apart: list[Received] = []
        self._verifier = verifier
        self._admitted: dict[LogId, Admission] = {}  # as each log was first opened: its bytes are the genesis
        self._logs: dict[LogId, PhoneLog] = {}
        self._stands_in = False  # an admission that was cut off is gone by until it is restated

    def copy(self) -> "Group":
        """An independent copy: what one takes in is not in the other."""
        twin = Group(self.branch.group, self.branch.root_spki, self._verifier)
        twin.branch = self.branch.copy()
        twin.book = self.book.copy(twin.branch.lost)
        twin.admissions, twin.texts, twin.apart = dict(self.admissions), dict(self.texts), list(self.apart)
        twin._admitted, twin._stands_in = dict(self._admitted), self._stands_in
        twin._logs = {log: one.copy() for log, one in self._logs.items()}
        twin.phones = {place: twin._logs[one.log] for place, one in self.phones.items()}
        return twin

    @property
    def tip(self) -> BranchTip | None:
        """How far the branch log is held; None before its first seal."""
        return self.branch.tip

    def text(self, digest: bytes | None) -> str | None:
        """The words behind a hash; None when there are none here, or they were erased (L4)."""
        found = None if digest is None else self.texts.get(digest)
        return None if found is None else found.text.decode()

    def admission_of(self, writer: bytes) -> Admission | None:
        """The newest epoch that the branch opened for a writer id."""
        found = [one for one in self.admissions.values() if one.entry.writer == writer]
        return max(found, key=lambda one: one.entry.epoch, default=None)

    def told_admission(self, writer: bytes) -> Admission | None:
        """The newest that the branch ever told of a writer id, whether it counts or was cut off (L15)."""
        found = [one for one in self._admitted.values() if one.entry.writer == writer]
        return max(found, key=lambda one: one.entry.epoch, default=None)

    def take_branch(self, raw: bytes) -> Took:
        """Take in one branch seal, also one that tells another history: it is kept beside (L15).

        Raises a ProtocolError and changes nothing when it does not verify or continues nothing that is held.
        """
        try:
            counted = self.branch.add(raw)
        except (OlderEpochError, ForkError) as error:
            took = Took(beside=self.branch.keep(raw), is_fork=isinstance(error, ForkError))
        else:
            took = Took(counted)
        new = (*took.counted, *took.beside)
        for placed in new:
            self._note_admission(placed, raw)
        is_placing = any(isinstance(one.entry, _PLACING) for one in new)
        if new and (self._stands_in or any(isinstance(one.entry, BranchEpochOpened) for one in new)):
            is_placing = True
            self._fold_anew()
        for placed in took.counted:
            if placed.position > self.book.position:
                self.book.apply(placed.position, placed.entry)
        if is_placing:
            self._place_phones()
        return took

    def take_phone(self, raw: bytes) -> Outcome:
        """Take in one phone seal of the group; raises a ProtocolError when no admitted key signed it."""
        named = seals.read(raw).header.log
        if named not in self._logs:
            raise UntrustedKeyError(f"the branch log admits no writer of {named}")
        return self._logs[named].add(raw, self._verifier)

    def is_signed(self, read: seals.SealRead, spki: bytes) -> bool:
        """Say whether this key signed a seal, whatever is in it."""
        try:
            seals.verify(read, spki, self._verifier)
        except BadSignatureError:
            return False
        return True

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
        merged = self.book.restated.facts(merge(self.book.received, self.phones))
        if place is None:
            return merged
        return merged + tuple(
            PhoneFact(EntryRef(*place, one.seq, one.hash), one.previous, one.entry, None) for one in own
        )

    def _note_admission(self, placed: Placed, seal: bytes) -> None:
        if not isinstance(placed.entry, WriterAdmitted) or self._log_of(placed.entry) in self._admitted:
            return
        try:
            log = PhoneLog(self.branch.group, placed.raw, self.branch.root_spki)
        except UntrustedKeyError:
            return  # nothing of that writer is verified here (L1)
        self._admitted[log.log] = Admission(placed.entry, placed.raw, seal)
        self._logs[log.log] = log

    def _fold_anew(self) -> None:
        self.book = Book(self.branch.lost)
        for placed in self.branch.entries:
            self.book.apply(placed.position, placed.entry)

    def _place_phones(self) -> None:
        """Who writes under which ordinal: as the branch counts, else as it said before that was cut off."""
        found: dict[tuple[int, int], Admission] = {}
        for _, entry in self.book.log:
            if isinstance(entry, WriterAdmitted) and self._is_owner(entry):
                known = self._admitted[self._log_of(entry)]
                found.setdefault((entry.ordinal, entry.epoch), structs.replace(known, entry=entry))
        counted = {self._log_of(one.entry) for one in found.values()}
        self._stands_in = False
        for log, admission in self._admitted.items():
            owner = self.book.writers.get(admission.entry.ordinal)
            is_free = owner is None or owner.latest.writer == admission.entry.writer
            if log not in counted and is_free:
                self.book.trust.take(self.book.position, admission.entry)
                found[admission.place] = admission
                self._stands_in = True
        self.admissions = found
        self.phones = {place: self._logs[self._log_of(one.entry)] for place, one in found.items()}

    def _is_owner(self, entry: WriterAdmitted) -> bool:
        is_named = self.book.writer_ordinals.get(entry.writer) == entry.ordinal
        return is_named and self._log_of(entry) in self._admitted

    def _log_of(self, entry: WriterAdmitted) -> LogId:
        return LogId(self.branch.group, entry.writer, entry.epoch)
