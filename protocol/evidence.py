r"""Evidence that what was signed contradicts itself: one file, proved by the root's fingerprint alone (L16).

A file is ``"tovay/evidence/1\0"`` and one canonical array. Nobody signs it, because it holds nothing that is
not signed. It is checked in this order; each step refuses what does not stand:

1. the root in it is the one that the reader trusts
2. that root stated every log key in it; each stated key signed a branch seal in it
3. the admission stands alone in its seal, and a witness of that phone verifies under the admitted key (L13)
4. the two witnesses speak of one log, and of at least one place in it
5. they give that place different chain hashes; or, after a revocation, a seal leaves the line that was drawn

What a key that was superseded has signed counts here as the branch's: no file shows when a key was stolen.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from protocol import seal as seals
from protocol.codec import decode_as, encode
from protocol.entries import decode_entry
from protocol.errors import BadSignatureError, LimitError, MalformedError, UntrustedKeyError
from protocol.ids import BranchTip, LogId, Signature
from protocol.keys import KeyStatement, admission, fingerprint, read_statement, signs_logs, writer_id
from protocol.limits import EVIDENCE_BYTES_MAX
from protocol.ports import Verifier
from protocol.receipt import Marked, check_mark, marked_hash
from protocol.trust_facts import Spki, StatementBytes, WriterAdmitted, WriterRevoked

_DOMAIN = b"tovay/evidence/1\0"

Kind = Literal["phone_fork", "receipt", "branch_fork", "branch_known", "after_revocation"]
"""What contradicts what: two seals of a phone; a receipt mark and a seal of its phone; two branch seals; a
branch seal and what a phone's seal says that it held; a revocation and a seal of the revoked phone."""


class Mark(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A receipt's mark with what it signs."""

    marked: Marked
    mark: Signature


class Evidence(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """``admission`` is the branch seal that admitted the phone, nil when no phone signed anything here.

    ``first`` and ``second`` are seals, in the order in which ``Kind`` names them; a mark is the bytes of
    ``Mark``. Two seals of one log stand in the order of their hashes at the place where they part.
    """

    version: Literal[1]
    kind: Kind
    root: Spki
    statements: Annotated[tuple[StatementBytes, ...], Meta(min_length=1, max_length=3)]
    admission: bytes | None
    first: bytes
    second: bytes


class Side(Struct, frozen=True):
    """What one witness says: the chain hash at the place, and its entries from there on, by seq.

    ``key`` is the number of the branch key that signed; None when a phone did. ``wall_clock`` is the signer's
    claim, None for a receipt mark.
    """

    hash: bytes
    entries: tuple[tuple[int, bytes], ...]
    key: int | None
    wall_clock: int | None


class Proved(Struct, frozen=True):
    """What a file proves: two hashes at one place of one log. ``signer`` is the phone that signed, if any.

    After a revocation ``seq`` is the first place behind the line; the first side then is the line itself.
    """

    kind: Kind
    branch: str
    log: LogId
    seq: int
    sides: tuple[Side, Side]
    signer: WriterAdmitted | None


class Trust(Struct, frozen=True):
    """What evidence is made with: the pinned root, and the key statements that it signed."""

    root: bytes
    statements: tuple[bytes, ...]
    verifier: Verifier


class _Said(Struct, frozen=True):
    """A witness that was verified: what hash it gives to which place of which log, and its entries by seq."""

    log: LogId
    claims: dict[int, bytes]
    entries: tuple[tuple[int, bytes], ...]
    key: int | None = None
    wall_clock: int | None = None

    def side(self, seq: int) -> Side:
        entries = tuple((at, raw) for at, raw in self.entries if at >= seq)
        return Side(self.claims[seq], entries, self.key, self.wall_clock)


def assemble(kind: Kind, trust: Trust, admitted: bytes | None, witnesses: tuple[bytes, bytes]) -> bytes:
    """Bytes of the evidence file that two witnesses make; two seals of one log may come in any order.

    Raises:
        ProtocolError: they do not prove it.
    """
    if kind in ("phone_fork", "branch_fork"):
        one, other = (_claims(seals.unpack(seals.read(raw))) for raw in witnesses)
        place = _parting(one, other)
        witnesses = witnesses if one[place] < other[place] else (witnesses[1], witnesses[0])
    stated = [(raw, read_statement(raw, trust.root, trust.verifier)) for raw in trust.statements]
    found = (
        next((raw for raw, key in stated if signs_logs(key) and _signed(seal, key, trust.verifier)), None)
        for seal in _branch_seals(kind, admitted, witnesses)
    )
    statements = tuple(sorted({raw for raw in found if raw is not None}))
    made = _DOMAIN + encode(Evidence(1, kind, trust.root, statements, admitted, *witnesses))
    check(made, fingerprint(trust.root), trust.verifier)
    return made


def read_evidence(raw: bytes) -> Evidence:
    """Content of a file; nothing in it is trusted yet. Raises MalformedError or LimitError."""
    if len(raw) > EVIDENCE_BYTES_MAX:
        raise LimitError(f"evidence of {len(raw)} bytes is over {EVIDENCE_BYTES_MAX}")
    if not raw.startswith(_DOMAIN):
        raise MalformedError("this is no file of evidence")
    return decode_as(raw[len(_DOMAIN) :], Evidence, "evidence")


def check(raw: bytes, trusted: bytes, verifier: Verifier) -> Proved:
    """What a file proves to whoever trusts the root with this fingerprint; raises a ProtocolError."""
    evidence = read_evidence(raw)
    if fingerprint(evidence.root) != trusted:
        raise UntrustedKeyError("the evidence is of another root")
    return _Reader(evidence, verifier).proved()


_Admitted = tuple[LogId, WriterAdmitted, int]
"""A phone's log, what admitted it, and the branch epoch in which that stands."""


class _Reader:
    """The checks of one file. ``_used`` are the statements under which a branch seal of it verified."""

    def __init__(self, evidence: Evidence, verifier: Verifier) -> None:
        self._evidence = evidence
        self._verifier = verifier
        self._used: set[bytes] = set()
        signed = evidence.statements
        self._stated = {raw: read_statement(raw, evidence.root, verifier) for raw in signed}
        branches = {stated.branch for stated in self._stated.values()}
        if list(signed) != sorted(self._stated) or len(branches) != 1:
            raise MalformedError("the key statements are not those of one branch, each once, in order")

    def proved(self) -> Proved:
        evidence = self._evidence
        if (evidence.admission is None) != (evidence.kind == "branch_fork"):
            raise MalformedError("an admission is there where a phone signed, and only there")
        admitted = None if evidence.admission is None else self._admitted(evidence.admission)
        log, seq, sides = self._sides(admitted)
        if self._used != set(evidence.statements):
            raise MalformedError("a key statement is there that nothing needs")
        branch = self._stated[evidence.statements[0]].branch
        return Proved(evidence.kind, branch, log, seq, sides, None if admitted is None else admitted[1])

    def _sides(self, admitted: _Admitted | None) -> tuple[LogId, int, tuple[Side, Side]]:
        kind, first, second = self._evidence.kind, self._evidence.first, self._evidence.second
        if admitted is None:
            return self._parted(self._of_branch(first), self._of_branch(second))
        run, said = self._of_phone(second, admitted)
        if kind == "after_revocation":
            return _behind(self._line(first, admitted, said), said)
        if kind == "phone_fork":
            return self._parted(self._of_phone(first, admitted)[1], said)
        if kind == "receipt":
            return self._parted(self._marked(first, admitted), said)
        return self._parted(self._of_branch(first), self._held(admitted[0].group, run.header.known))

    def _parted(self, first: _Said, second: _Said) -> tuple[LogId, int, tuple[Side, Side]]:
        if first.log != second.log:
            raise MalformedError("the two witnesses speak of two logs")
        seq = _parting(first.claims, second.claims)
        sides = first.side(seq), second.side(seq)
        if self._evidence.kind in ("phone_fork", "branch_fork") and sides[0].hash > sides[1].hash:
            raise MalformedError("the two seals do not stand in the order of their hashes")
        return first.log, seq, sides

    def _of_branch(self, raw: bytes) -> _Said:
        """A branch seal under a key that the root stated; which one, the first in order that verifies."""
        read = seals.read(raw)
        for signed, stated in self._stated.items():
            if signs_logs(stated) and _signed(raw, stated, self._verifier):
                self._used.add(signed)
                if read.header.log.writer != writer_id(self._evidence.root):
                    raise UntrustedKeyError("the seal is of no log of this branch")
                return _said(seals.unpack(read), stated.number)
        raise BadSignatureError("no key that the root stated here signed the branch seal")

    def _admitted(self, raw: bytes) -> _Admitted:
        said = self._of_branch(raw)
        if len(said.entries) != 1:
            raise UntrustedKeyError("the admission was not sealed alone")
        admitted = admission(decode_entry(said.entries[0][1]))
        return LogId(said.log.group, admitted.writer, admitted.epoch), admitted, said.log.epoch

    def _of_phone(self, raw: bytes, admitted: _Admitted) -> tuple[seals.SealedRun, _Said]:
        read = seals.read(raw)
        seals.verify(read, admitted[1].spki, self._verifier)
        if read.header.log != admitted[0]:
            raise UntrustedKeyError("the seal is not of the log that was admitted")
        run = seals.unpack(read)
        return run, _said(run)

    def _marked(self, raw: bytes, admitted: _Admitted) -> _Said:
        mark = decode_as(raw, Mark, "mark")
        check_mark(mark.marked, mark.mark, admitted[1].spki, self._verifier)
        seq = mark.marked.seq
        claims = {seq - 1: mark.marked.previous, seq: marked_hash(mark.marked)}
        return _Said(mark.marked.log, claims, ((seq, mark.marked.entry),))

    def _line(self, raw: bytes, admitted: _Admitted, signed: _Said) -> tuple[WriterRevoked, Side]:
        said, place = self._of_branch(raw), (admitted[1].ordinal, admitted[1].epoch)
        if said.log.group != admitted[0].group:
            raise MalformedError("the revocation is of another group")
        for seq, entry_raw in said.entries:
            entry = decode_entry(entry_raw)
            if isinstance(entry, WriterRevoked) and (entry.writer, entry.epoch) == place:
                # Another branch epoch may call another phone so (L15), but no other has this chain hash.
                if said.log.epoch != admitted[2] and signed.claims.get(entry.seq) != entry.head:
                    raise MalformedError("nothing says that the line is this phone's")
                return entry, Side(entry.head, ((seq, entry_raw),), said.key, said.wall_clock)
        raise MalformedError("the branch seal does not revoke this phone")

    def _held(self, group: str, known: BranchTip | None) -> _Said:
        """What a phone says that it held of its group's branch log."""
        if known is None or known.seq == 0:
            raise MalformedError("the phone's seal names no place of the branch log")
        log = LogId(group, writer_id(self._evidence.root), known.epoch)
        return _Said(log, {known.seq: known.head}, ())


def _behind(line: tuple[WriterRevoked, Side], said: _Said) -> tuple[LogId, int, tuple[Side, Side]]:
    revoked, drawn = line
    beyond = [
        seq
        for seq, digest in said.claims.items()
        if seq > revoked.seq or (seq == revoked.seq and digest != revoked.head)
    ]
    if not beyond:
        raise MalformedError("the seal does not leave the line that the revocation drew")
    return said.log, min(beyond), (drawn, said.side(min(beyond)))


def _said(run: seals.SealedRun, key: int | None = None) -> _Said:
    header = run.header
    entries = tuple(enumerate(run.entries, header.first_seq))
    return _Said(header.log, _claims(run), entries, key, header.wall_clock)


def _claims(run: seals.SealedRun) -> dict[int, bytes]:
    return dict(enumerate((run.header.previous, *run.hashes), run.header.first_seq - 1))


def _parting(first: dict[int, bytes], second: dict[int, bytes]) -> int:
    """The first place that two witnesses give different hashes; raises MalformedError."""
    parted = [seq for seq in first if second.get(seq, first[seq]) != first[seq]]
    if not parted:
        raise MalformedError("the two witnesses do not contradict each other")
    return min(parted)


def _signed(raw: bytes, stated: KeyStatement, verifier: Verifier) -> bool:
    try:
        seals.verify(seals.read(raw), stated.spki, verifier)
    except BadSignatureError:
        return False
    return True


def _branch_seals(kind: Kind, admitted: bytes | None, witnesses: tuple[bytes, bytes]) -> tuple[bytes, ...]:
    own = {"branch_fork": witnesses, "branch_known": witnesses[:1], "after_revocation": witnesses[:1]}
    return (*own.get(kind, ()), *(() if admitted is None else (admitted,)))
