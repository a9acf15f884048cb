"""All that is open while the phone is unlocked, and the one way to say something new."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime

from msgspec import Struct

from calc.states import Facts, Fork
from edge.errors import AccessError, BranchError, DeviceError, Fault
from edge.fork_mark import continues, write_mark
from edge.group import Admission, Group
from edge.ledger import Ledger
from edge.own_log import OwnLog
from edge.ports import Host
from protocol.day import DAY_MAX, DAY_MIN, Day, day_of, to_instant
from protocol.entries import PhoneEntry, PhoneFact
from protocol.errors import ProtocolError, UnpackError
from protocol.exchange import DetachedText
from protocol.ids import Code, EntryRef, GroupCode, LogId
from protocol.keys import writer_id
from protocol.limits import SEAL_ENTRIES_MAX
from protocol.phone_facts import Collected
from protocol.phone_log import SignedEntry
from protocol.ports import Signer
from protocol.seal import ENCODING_ZLIB, Encoding
from protocol.trust_facts import Spki

IDENTITY = "identity"
READERS = "readers"
Clock = Callable[[], datetime]


class Identity(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What enrolment fixed: the group, its branch, and the root key that the voucher pinned."""

    device: Code
    group: GroupCode
    branch: Code
    root: Spki


class Readers(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The newest body encoding that everybody at the branch reads, as the hub said last."""

    encoding: Encoding


class Device(Struct, frozen=True):
    """An unlocked ledger on its host; enrolled or not yet."""

    host: Host
    clock: Clock
    ledger: Ledger
    key: bytes
    signer: Signer


class Phone:
    """An enrolled phone. ``stopped`` says why nothing may be recorded until the branch has helped."""

    def __init__(self, device: Device, identity: Identity) -> None:
        """Read the ledger back, verify all of it, and look at the fork mark."""
        self.device = device
        self.ledger = device.ledger
        self.identity = identity
        self.loose_ends: Fault | None = None
        self.ledger.check()
        self.reload()

    def reload(self) -> None:
        """Build group and own log anew from what is on the disk."""
        group = read_group(self.device, self.identity)
        self.own: OwnLog | None = None
        self.go_on(group)

    def go_on(self, group: Group) -> None:
        """Work with what is known of the group now, which is on the disk."""
        self.group = group
        self.admission = admission = self.group.admission_of(self.writer)
        if admission is None:
            self.own = None
        elif self.own is None or (self.own.log.epoch, self.own.opening) != (
            admission.entry.epoch,
            admission.raw,
        ):
            self.own = self._own_log(admission)
        self.stopped = self._why_stopped()
        if self.own is not None:
            self._move_mark(self.own)

    @property
    def writer(self) -> bytes:
        """This phone's writer id."""
        return writer_id(self.device.signer.spki)

    @property
    def admitted(self) -> tuple[Admission, OwnLog]:
        """This phone's admission and its log; raises AccessError before the branch has admitted it."""
        if self.admission is None or self.own is None:
            raise AccessError(Fault.NOT_ADMITTED)
        return self.admission, self.own

    @property
    def now(self) -> int:
        """This phone's claim of the time, milliseconds since 1970."""
        return to_instant(self.device.clock())

    @property
    def today(self) -> Day:
        """Calendar day in Vietnam by this phone's clock, as near as an entry can say it."""
        return min(max(day_of(self.device.clock()), DAY_MIN), DAY_MAX)

    def facts(self) -> Facts:
        """Every phone entry known here, own unsealed ones last, and where histories part (L16)."""
        forks = {
            place: (Fork(log.forked_at),)
            for place, log in self.group.phones.items()
            if log.forked_at is not None
        }
        if self.admission is None or self.own is None:
            return Facts(self.group.facts(), forks)
        return Facts(self.group.facts(self.admission.place, self.own.entries[self.own.sealed :]), forks)

    def own_facts(self) -> tuple[PhoneFact, ...]:
        """This writer's entries of every epoch, in the order in which they were made."""
        admission, _ = self.admitted
        mine = (fact for fact in self.facts().all if fact.ref.writer == admission.entry.ordinal)
        return tuple(sorted(mine, key=lambda fact: fact.ref))

    def ref(self, seq: int) -> EntryRef:
        """Unambiguous name of an entry of the current epoch."""
        admission, own = self.admitted
        return EntryRef(*admission.place, seq, own.hash_at(seq))

    def say(self, entry: PhoneEntry, texts: Iterable[DetachedText] = ()) -> SignedEntry:
        """Record one entry: it is on the disk when this returns, or nothing changed.

        Raises:
            AccessError: not admitted yet.
            BranchError: the ledger is behind its mark, copied or revoked: stop and ask.
            DeviceError: the storage did not take it.
        """
        _, own = self.admitted
        if self.stopped is not None:
            raise BranchError(self.stopped)
        kept = tuple(texts)
        added = own.append(entry, kept)
        self.group.texts.update((text.hash, text) for text in kept)
        self._after_commit(own, added)
        return added

    def seal(self) -> int:
        """Seal whatever is unsealed; returns the number of new seals, which are on the disk."""
        if self.own is None:
            return 0
        readers = self.ledger.note(READERS, Readers) or Readers(ENCODING_ZLIB)
        before = len(self.own.seals)
        try:
            self.own.seal(self.group.tip, self.now, readers.encoding)
        finally:
            made = self.own.seals[before:]  # those that are on the disk, also when the next did not fit
            for one in made:
                self.group.take_phone(one.raw)
            if made:
                self._move_mark(self.own)
        return len(made)

    def _after_commit(self, own: OwnLog, added: SignedEntry) -> None:
        # The entry is saved; nothing from here on may look like a failure to save it.
        self._move_mark(own)
        try:
            if isinstance(added.entry, Collected):
                own.mark(added.seq)
            if own.length - own.sealed >= SEAL_ENTRIES_MAX:
                self.seal()
        except DeviceError as error:
            self.loose_ends = error.fault

    def _move_mark(self, own: OwnLog) -> None:
        if self.stopped is not None:
            return  # a mark never moves back to an older ledger
        try:
            self.device.host.safe.set_mark(write_mark(self.device.key, own))
        except OSError:
            # A mark that lags is harmless: it is moved again at the next entry or unlock.
            self.loose_ends = Fault.STORAGE_FULL

    @property
    def is_shut_out(self) -> bool:
        """Whether the branch has revoked this phone, or gives it nothing but its acknowledgements (L18)."""
        return self.admission is not None and self._is_revoked(self.admission.place)

    def of_epoch(self, epoch: int) -> tuple[Admission, OwnLog]:
        """This phone's admission and log of one epoch, an earlier one too."""
        admission, own = self.admitted
        if epoch == admission.entry.epoch:
            return admission, own
        earlier = self.group.admissions[admission.entry.ordinal, epoch]
        return earlier, self._own_log(earlier)

    def earlier_admissions(self) -> tuple[Admission, ...]:
        """How the branch opened the older epochs of this phone."""
        admission, _ = self.admitted
        mine = (one for one in self.group.admissions.values() if one.entry.writer == self.writer)
        return tuple(one for one in mine if one.entry.epoch < admission.entry.epoch)

    def _own_log(self, admission: Admission) -> OwnLog:
        log = LogId(self.identity.group, self.writer, admission.entry.epoch)
        return OwnLog(self.ledger, self.device.signer, log, admission.raw, self.identity.root)

    def _why_stopped(self) -> Fault | None:
        if self.admission is None or self.own is None:
            return None
        if not continues(self.device.host.safe.mark(), self.device.key, self.own):
            return Fault.BEHIND_MARK
        if self._said_elsewhere(self.admission.place, self.own):
            return Fault.ANOTHER_COPY
        return Fault.REVOKED if self._is_revoked(self.admission.place) else None

    def _is_revoked(self, place: tuple[int, int]) -> bool:
        """Whether the branch says so, or gives this phone nothing but its acknowledgements (L18)."""
        ordinal, epoch = place
        book = self.group.book
        if book.writers[ordinal].line(epoch, book.position) is not None:
            return True
        in_log = {received for _, received in book.received}
        return any((one.writer, one.epoch) == place and one not in in_log for one in self.group.apart)

    def _said_elsewhere(self, place: tuple[int, int], own: OwnLog) -> bool:
        """Whether the branch received, under this phone's key, what this ledger does not hold (P55, P56)."""
        for _, received in self.group.book.received:
            if (received.writer, received.epoch) == place:
                last = received.first_seq + received.count - 1
                if last > own.length or own.hash_at(last) != received.head:
                    return True
        return False


def read_group(device: Device, identity: Identity) -> Group:
    """The group from the ledger's shelves; raises BranchError when what is kept does not verify."""
    group = Group(identity.group, identity.root, device.host.verifier)
    try:
        group.branch.add_statements(row.body for row in device.ledger.kept("statement"))
        for row in device.ledger.kept("branch seal"):
            group.take_branch(row.body)
        for row in device.ledger.kept("seal"):
            group.take_phone(row.body)
        for row in device.ledger.kept("phone seal"):
            with suppress(UnpackError):  # its writer is newer than this release: kept until an update (L9)
                group.take_phone(row.body)
        for row in device.ledger.kept("acknowledgement"):
            group.take_acknowledgement(row.body)
    except ProtocolError as error:
        raise BranchError(Fault.DAMAGED) from error
    group.texts = device.ledger.texts()
    return group
