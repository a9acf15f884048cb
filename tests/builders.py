"""Makes of a group's story what a test needs and nothing else: keys, entries with defaults, a branch, phones.

Everything is fixed: the same calls give the same bytes, so that figures and hashes may stand in tests.
"""

import copy
from datetime import date
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protocol import seal as seals
from protocol.branch_log import BranchLog
from protocol.chain import genesis, link
from protocol.day import to_day
from protocol.entries import entry_bytes
from protocol.ids import EntryRef, LogId
from protocol.keys import KeyStatement, state_key, statement_digest, writer_id
from protocol.loan_facts import LoanBroughtForward
from protocol.native import NativeSigner, NativeVerifier
from protocol.phone_log import PhoneLog
from protocol.roster_facts import GroupListed, MemberListed, PolicyAdopted, RateDecided, SavingsAccountListed
from protocol.trust_facts import BranchEpochOpened, KeyStated, Received, Restated, WriterAdmitted
from tests.facts import GROUP, MOMENT, an

VERIFIER = NativeVerifier()
POLICIES = (
    ("rounding", "half_up", None),
    ("allocation", "overdue_arrears_current", None),
    ("overdue_factor", None, 1_300_000),
    ("cash_unit", None, 1_000),
)


def signer(name):
    """The same key for the same name, always."""
    return NativeSigner(Ed25519PrivateKey.from_private_bytes(sha256(name.encode()).digest()))


def stated(key, root=None, **given):
    """A signed statement of the root about ``key``: usually the first log key of branch KM."""
    usual = {"version": 1, "branch": "KM", "purpose": "log", "number": 1, "algorithm": "ed25519"}
    usual |= {"valid_from": MOMENT, "valid_until": MOMENT + 5 * 365 * 86_400_000, "supersedes": None}
    return state_key(KeyStatement(**(usual | {"spki": key.spki} | given)), root or signer("root"))


class Writer:
    """One log being written: entries wait in ``pending`` until ``seal`` cuts them."""

    def __init__(self, log, key, head):
        self.log, self.key, self.head, self.seq = log, key, head, 0
        self.pending = []

    def write(self, *entries):
        """Append entries (structs, or raw bytes to write what a struct cannot say)."""
        raw = [entry if isinstance(entry, bytes) else entry_bytes(entry) for entry in entries]
        self.pending += raw
        return raw

    def seal(self, known=None, wall_clock=MOMENT):
        """Cut what is pending into one seal."""
        cut = seals.Cut(
            log=self.log,
            first_seq=self.seq + 1,
            previous=self.head,
            entries=tuple(self.pending),
            known=known,
            wall_clock=wall_clock,
        )
        raw = seals.make(cut, self.key)
        for entry in self.pending:
            self.head = link(self.head, entry)
        self.seq += len(self.pending)
        self.pending = []
        return raw


class Branch:
    """The branch's side of one group: root, log key, and a log that its own checker has verified.

    ``seals`` are in order; ``log`` is the verified ``BranchLog``; ``statements`` are those of the root.
    """

    def __init__(self, group=GROUP, code="KM"):
        self.group, self.code = group, code
        self.root = signer("root")
        self.log = BranchLog(group, self.root.spki, VERIFIER)
        self.seals, self.statements, self.phones = [], [], []
        self._state(signer("branch key 1"))
        self.open_epoch(0, None)

    @property
    def tip(self):
        """Where this log ends, as a phone says that it knows it."""
        return self.log.tip

    def seal(self, *entries, wall_clock=MOMENT):
        """Append entries in one seal; returns its bytes."""
        self.writer.write(*entries)
        raw = self.writer.seal(wall_clock=wall_clock)
        self.log.add(raw)
        self.seals.append(raw)
        return raw

    def state_new_key(self):
        """The root states the next log key, and the branch changes to it."""
        key = signer(f"branch key {len(self.statements) + 1}")
        self._state(key)
        self.seal(KeyStated(self.statements[-1]))
        self.writer.key = key

    def restored(self, count):
        """This branch again as a backup of its first ``count`` seals has it; phones know what they knew.

        What it says next without ``open_epoch`` is another side of the epoch: the fault that L15 is about.
        """
        twin = copy.copy(self)
        twin.log = BranchLog(self.group, self.root.spki, VERIFIER)
        twin.log.add_statements(self.statements)
        twin.seals, twin.statements, twin.phones = self.seals[:count], [*self.statements], [*self.phones]
        for raw in twin.seals:
            twin.log.add(raw)
        keys = (signer(f"branch key {number}") for number in range(1, len(self.statements) + 1))
        key = next((one for one in keys if one.spki == twin.log.key), None)
        twin.writer = Writer(twin.log.log, key, twin.log.head)
        twin.writer.seq = twin.log.length
        return twin

    def open_epoch(self, epoch=None, *base, key=None):
        """Open an epoch, by default the next one, over a base, by default the end; returns the seal's bytes.

        ``key`` is the number of its key, by default that of the last statement.
        """
        epoch = self.log.log.epoch + 1 if epoch is None else epoch
        number = key or len(self.statements)
        stated_in = statement_digest(self.statements[number - 1])
        opening = BranchEpochOpened(self.group, epoch, stated_in, base[0] if base else self.tip)
        return self.open_as(epoch, opening, signer(f"branch key {number}"))

    def open_as(self, epoch, opening, key=None):
        """Begin the log of an epoch with an opening, whatever it says; returns the seal's bytes."""
        log = LogId(self.group, self.log.log.writer, epoch)
        self.writer = Writer(log, key or self.writer.key, genesis(self.root.spki, entry_bytes(opening)))
        return self.seal(opening)

    def take_back(self, *given_back):
        """Keep branch seals that a phone gives back; returns their entries that are lost here."""
        return [placed for raw in given_back for placed in self.log.keep(raw)]

    def restate(self, *lost, ordinals=None):
        """Let lost entries count, in one seal, with new ``ordinals`` by place; returns the seal's bytes."""
        found = []
        for one in lost:
            ordinal = (ordinals or {}).get(one.position, getattr(one.entry, "ordinal", None))
            found.append(Restated(one.position, one.hash, ordinal, "CB001"))
        return self.seal(*found)

    def admit(self, name, **given):
        """Admit a phone, in a seal alone; returns the ``Phone``."""
        ordinal = given.get("ordinal", len(self.phones) + 1)
        first = (ordinal - 1) * 10_000 + 1
        key = signer(name)
        usual = {
            "ordinal": ordinal,
            "writer": writer_id(key.spki),
            "spki": key.spki,
            "role": "leader" if ordinal == 1 else "deputy",
            "first_receipt": first,
            "last_receipt": first + 9_999,
        }
        admission = an(WriterAdmitted, **(usual | given))
        seal = self.seal(admission)
        phone = Phone(self, admission, seal, key)
        self.phones.append(phone)
        return phone

    def receive(self, *phone_seals, seen_at=MOMENT):
        """Append one ``Received`` for each phone seal, in one branch seal; returns its bytes."""
        by_writer = {phone.admission.writer: phone for phone in self.phones}
        accepted = []
        for raw in phone_seals:
            header = seals.read(raw).header
            ordinal = by_writer[header.log.writer].admission.ordinal
            accepted.append(
                Received(ordinal, header.log.epoch, header.first_seq, header.count, header.head, seen_at)
            )
        return self.seal(*accepted)

    def _state(self, key):
        last = statement_digest(self.statements[-1]) if self.statements else None
        number = len(self.statements) + 1
        self.statements.append(stated(key, branch=self.code, number=number, supersedes=last))
        self.log.add_statements(self.statements)


class Phone(Writer):
    """A phone of the group: a ``Writer`` that also keeps its seals and knows what it was admitted with."""

    def __init__(self, branch, admission, admitted_in, key):
        log = LogId(branch.group, admission.writer, admission.epoch)
        super().__init__(log, key, genesis(branch.root.spki, entry_bytes(admission)))
        self.branch, self.admission, self.admitted_in = branch, admission, admitted_in
        self.seals = []

    def seal(self, *entries, known=None, wall_clock=MOMENT):
        """Write entries and cut all that is pending into one seal, knowing the branch log as it stands."""
        self.write(*entries)
        raw = super().seal(known or self.branch.tip, wall_clock)
        self.seals.append(raw)
        return raw

    def twin(self):
        """Another phone with the same storage: a clone, or this one restored from a backup made now."""
        other = copy.copy(self)
        other.pending, other.seals = [*self.pending], [*self.seals]
        return other

    def fresh_log(self):
        """An empty reader's view of this phone's log."""
        opening = entry_bytes(self.admission)
        return PhoneLog(self.branch.group, opening, self.branch.root.spki)

    def read_log(self, *phone_seals):
        """A reader's view of this phone's log after its seals, or after the seals given."""
        log = self.fresh_log()
        for raw in phone_seals or self.seals:
            log.add(raw, VERIFIER)
        return log

    def ref(self, seq):
        """How other entries name this phone's entry ``seq``, sealed already."""
        return EntryRef(self.admission.ordinal, self.log.epoch, seq, self.read_log().hash_at(seq))


def a_group(code=GROUP):
    """A small group on 17/12/2025: two members, a loan of 50,000,000 đ each, a savings account, two phones.

    The loans are brought forward on 17/11/2025 with nothing due; the rate falls from 6.6 % to 6.24 % on
    01/12/2025, so that each owes 263,342 đ on the day (figures of the bank's published example).
    """
    branch = Branch(code)
    since = to_day(date(2025, 11, 17))
    branch.seal(
        an(GroupListed, group=code, effective=since),
        *(
            an(PolicyAdopted, number=no, policy=policy, choice=choice, amount=amount, effective=since)
            for no, (policy, choice, amount) in enumerate(POLICIES, 1)
        ),
        an(RateDecided, number=len(POLICIES) + 1, kind="rate", ppm=62_400, reach="all"),
        *(an(MemberListed, ordinal=no, number=f"300001000{no}") for no in (1, 2)),
        *(
            an(
                LoanBroughtForward,
                ordinal=no,
                member=no,
                number=f"66000100020{no}",
                as_of=since,
                in_term=50_000_000,
            )
            for no in (1, 2)
        ),
        an(SavingsAccountListed, member=1, as_of=since, balance=500_000),
    )
    branch.admit("leader")
    branch.admit("deputy")
    return branch
