"""A branch log as its readers trust it: phones, auditors and the hub's own fsck use this one checker.

Rules, in the order in which each seal is checked:

1. the seal names the log of this group, the branch's writer id (from the root) and epoch 0 (L1); what a later
   epoch restates (L15) is not followed yet, and such a seal is refused as another log's
2. its signature verifies under the branch key in force at its first seq: for the first seal any ``log`` key
   that the root stated, then that of the opening, or of the last ``KeyStated`` of an earlier seal (L5, L17)
3. it continues the chain, under the newest key; a repeat changes nothing, a gap or another history is raised
   (L7)
4. every entry is in its one spelling and none has a tag of a phone (L2)
5. entry 1 is ``BranchEpochOpened`` for this group and epoch, and names a statement of the key that signed
   it; its bytes are the genesis (L5)
6. a ``KeyStated`` carries a statement of the root for the same branch with a higher number (L17)
"""

from collections.abc import Iterable

from msgspec import Struct

from protocol import seal as seals
from protocol.chain import Fit, fit, genesis
from protocol.entries import Entry, decode_entry, is_phones
from protocol.errors import BadSignatureError, ChainError, MalformedError, UntrustedKeyError
from protocol.ids import LogId, Position
from protocol.keys import KeyStatement, read_statement, signs_logs, statement_digest, writer_id
from protocol.ports import Verifier
from protocol.trust_facts import BranchEpochOpened, KeyStated

EPOCH = 0


class Placed(Struct, frozen=True):
    """A branch entry at its place, with its bytes and chain hash."""

    position: Position
    entry: Entry
    raw: bytes
    hash: bytes


class BranchLog:
    """Verified entries of a group's branch log, in order; every ``add`` extends it or changes nothing.

    ``statements`` are the root's key statements, by digest.
    """

    def __init__(self, group: str, root_spki: bytes, verifier: Verifier) -> None:
        """Start with nothing but the pinned root."""
        self.log = LogId(group, writer_id(root_spki), EPOCH)
        self.root_spki = root_spki
        self.entries: list[Placed] = []
        self.statements: dict[bytes, KeyStatement] = {}
        self._verifier = verifier
        self._keys: list[tuple[int, KeyStatement]] = []  # in force from that seq on
        self._hashes: list[bytes] = []

    @property
    def group(self) -> str:
        """Code of the group."""
        return self.log.group

    @property
    def key(self) -> bytes | None:
        """SPKI of the branch key that signs the next seal; None while the log is empty."""
        return self._keys[-1][1].spki if self._keys else None

    @property
    def length(self) -> int:
        """Number of entries."""
        return len(self.entries)

    @property
    def head(self) -> bytes | None:
        """Chain hash of the last entry; None while the log is empty."""
        return self._hashes[-1] if self.entries else None

    def hash_at(self, seq: int) -> bytes:
        """Chain hash at seq; 0 is the genesis."""
        return self._hashes[seq]

    def add_statements(self, signed: Iterable[bytes]) -> None:
        """Take in key statements; raises MalformedError or BadSignatureError when one is not the root's."""
        for raw in signed:
            digest = statement_digest(raw)
            if digest not in self.statements:
                self.statements[digest] = read_statement(raw, self.root_spki, self._verifier)

    def add(self, raw: bytes) -> tuple[Placed, ...]:
        """Take in one branch seal; returns what it added, nothing for a repeat.

        Raises:
            MalformedError, LimitError: the bytes are not a seal, or an entry is not in its one spelling.
            BadSignatureError, UntrustedKeyError: no key that counts signed it.
            GapError, ForkError, ChainError: it does not continue this log.
        """
        read = seals.read(raw)
        if read.header.log != self.log:
            raise ChainError(f"a seal of log {read.header.log} is not one of {self.log}")
        signed_by = self._signed_by(read)
        sealed = seals.unpack(read)
        hashes = self._hashes or [genesis(self.root_spki, sealed.entries[0])]
        if fit(sealed.run, len(hashes) - 1, hashes.__getitem__) is Fit.REPEAT:
            return ()
        if self._keys and signed_by != self._keys[-1][1]:
            # An overlap must not let an old key, which may have been stolen, say anything new.
            raise UntrustedKeyError("a key that was superseded adds nothing")
        added = _placed(sealed, len(hashes))
        if not self.entries:
            signed_by = self._opened_under(added[0].entry, signed_by.spki)
        successor = self._successor(added, signed_by)
        self._keys = self._keys or [(1, signed_by)]
        if successor is not None:
            self._keys.append((added[-1].position.seq + 1, successor))
        hashes.extend(placed.hash for placed in added)
        self._hashes = hashes
        self.entries.extend(added)
        return added

    def _signed_by(self, read: seals.SealRead) -> KeyStatement:
        if self._keys:
            before = [stated for from_seq, stated in self._keys if from_seq <= read.header.first_seq]
            seals.verify(read, before[-1].spki, self._verifier)
            return before[-1]
        for statement in self.statements.values():
            if signs_logs(statement):
                try:
                    seals.verify(read, statement.spki, self._verifier)
                except BadSignatureError:
                    continue
                return statement
        raise UntrustedKeyError("no log key that the root stated here signed the first seal")

    def _opened_under(self, entry: Entry, spki: bytes) -> KeyStatement:
        if isinstance(entry, BranchEpochOpened):
            stated = self.statements.get(entry.statement)
            is_first = (entry.group, entry.epoch, entry.base) == (self.group, EPOCH, None)
            if stated is not None and stated.spki == spki and signs_logs(stated) and is_first:
                return stated
        raise ChainError("a branch log starts with the opening of its epoch, under the key that it names")

    def _successor(self, added: tuple[Placed, ...], key: KeyStatement) -> KeyStatement | None:
        successor = None
        for placed in added:
            if isinstance(placed.entry, KeyStated):
                self.add_statements([placed.entry.statement])
                stated = self.statements[statement_digest(placed.entry.statement)]
                if not signs_logs(stated) or stated.branch != key.branch or stated.number <= key.number:
                    raise UntrustedKeyError("the next branch key is not a later log key of the same branch")
                successor = key = stated
        return successor


def _placed(sealed: seals.SealedRun, next_seq: int) -> tuple[Placed, ...]:
    first = sealed.header.first_seq
    return tuple(
        Placed(
            Position(EPOCH, seq),
            _branch_entry(sealed.entries[seq - first]),
            sealed.entries[seq - first],
            sealed.hashes[seq - first],
        )
        for seq in range(next_seq, first + len(sealed.entries))
    )


def _branch_entry(raw: bytes) -> Entry:
    entry = decode_entry(raw)
    if is_phones(entry):
        raise MalformedError("a branch may not say what only a phone says")
    return entry
