"""A branch log as its readers trust it: phones, auditors and the hub's own fsck use this one checker.

Rules, in the order in which each seal is checked:

1. the seal names the log of this group, the branch's writer id (from the root) and the current epoch (L1)
2. its signature verifies under the branch key in force: the key whose statement ``BranchEpochOpened`` names,
   then the one of the last ``KeyStated``; both stated by the root for purpose ``log`` (L5, L17)
3. it continues the chain; a repeat changes nothing, a gap or another history is raised (L7)
4. entry 1 of an epoch is ``BranchEpochOpened`` for this group and epoch, and its bytes are the genesis (L5)
5. a ``KeyStated`` is the last entry of its seal, so that the next seal has one key only (L5)
"""

from collections.abc import Iterable

from msgspec import Struct

from protocol import seal as seals
from protocol.chain import Fit, fit, genesis
from protocol.entries import Entry, decode_entry
from protocol.errors import ChainError, MalformedError, UntrustedKeyError
from protocol.ids import LogId, Position
from protocol.keys import KeyStatement, read_statement, statement_digest, writer_id
from protocol.ports import Verifier
from protocol.trust_facts import BranchEpochOpened, KeyStated


class Placed(Struct, frozen=True):
    """A branch entry at its place, with its bytes and chain hash."""

    position: Position
    entry: Entry
    raw: bytes
    hash: bytes


class BranchLog:
    """Verified entries of one group's branch log, in order; every ``add`` either extends it or changes nothing."""

    def __init__(self, group: str, root_spki: bytes, verifier: Verifier) -> None:
        """Start with nothing but the pinned root."""
        self.group = group
        self.root_spki = root_spki
        self.writer = writer_id(root_spki)
        self.entries: list[Placed] = []
        self.statements: dict[bytes, KeyStatement] = {}
        self._verifier = verifier
        self._key: bytes | None = None
        self._hashes: list[bytes] = []

    @property
    def log(self) -> LogId:
        """Name of the log in its current epoch."""
        return LogId(self.group, self.writer, 0)

    @property
    def length(self) -> int:
        """Number of entries."""
        return len(self.entries)

    @property
    def head(self) -> bytes | None:
        """Chain hash of the last entry; None while the log is empty."""
        return self._hashes[-1] if self.entries else None

    @property
    def key(self) -> bytes | None:
        """SPKI of the branch key that the next seal must verify under; None while the log is empty."""
        return self._key

    def hash_at(self, seq: int) -> bytes:
        """Chain hash at seq; 0 is the genesis."""
        return self._hashes[seq]

    def add_statements(self, signed: Iterable[bytes]) -> None:
        """Take in key statements; raises when one is not the root's."""
        for raw in signed:
            digest = statement_digest(raw)
            if digest not in self.statements:
                self.statements[digest] = read_statement(raw, self.root_spki, self._verifier)

    def add(self, raw: bytes) -> tuple[Placed, ...]:
        """Take in one branch seal; returns what it added, nothing for a repeat.

        Raises:
            MalformedError, UntrustedKeyError, BadSignatureError, GapError, ForkError, ChainError.
        """
        read = seals.read(raw)
        if read.header.log != self.log:
            message = f"a seal of log {read.header.log} is not one of {self.log}"
            raise ChainError(message)
        opening = None if self.entries else self._opening(read)
        key = self._key if opening is None else self._statement(opening.statement).spki
        if key is None:
            message = "the branch log has no key yet"
            raise UntrustedKeyError(message)
        seals.verify(read, key, self._verifier)
        sealed = seals.unpack(read)
        hashes = self._hashes or [genesis(self.root_spki, sealed.entries[0])]
        if fit(sealed.run, len(hashes) - 1, hashes.__getitem__) is Fit.REPEAT:
            return ()
        skip = len(hashes) - sealed.header.first_seq
        added = self._place(sealed, skip)
        successor = self._successor(added)
        hashes.extend(sealed.hashes[skip:])
        self._hashes = hashes
        self._key = successor or key
        self.entries.extend(added)
        return added

    def _opening(self, read: seals.SealRead) -> BranchEpochOpened:
        # The key is named inside the body, so the first body is unpacked before its signature is known.
        # Nothing is kept unless the signature then verifies under a key that the root stated.
        first = decode_entry(seals.unpack(read).entries[0])
        if not isinstance(first, BranchEpochOpened) or first.group != self.group or read.header.first_seq != 1:
            message = "a branch log starts with the opening of its epoch"
            raise ChainError(message)
        return first

    def _statement(self, digest: bytes) -> KeyStatement:
        statement = self.statements.get(digest)
        if statement is None or statement.purpose != "log":
            message = "the branch log names a key that the root has not stated here"
            raise UntrustedKeyError(message)
        return statement

    def _place(self, sealed: seals.SealedRun, skip: int) -> tuple[Placed, ...]:
        first = sealed.header.first_seq
        return tuple(
            Placed(
                Position(sealed.header.log.epoch, first + at),
                decode_entry(sealed.entries[at]),
                sealed.entries[at],
                sealed.hashes[at],
            )
            for at in range(skip, len(sealed.entries))
        )

    def _successor(self, added: tuple[Placed, ...]) -> bytes | None:
        for placed in added:
            if isinstance(placed.entry, KeyStated):
                if placed is not added[-1]:
                    message = "a change of the branch key ends its seal"
                    raise MalformedError(message)
                self.add_statements([placed.entry.statement])
                return self._statement(statement_digest(placed.entry.statement)).spki
        return None
