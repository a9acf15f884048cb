"""Every contradiction of a group that outsiders can check, as a file of evidence (``protocol.evidence``).

Found by comparing what is stored: two seals of a phone, two of the branch, the branch's and what a phone's
seal says that it held, a revocation and what lies behind it. A receipt that contradicts its phone's log comes
from a household; its evidence is stored when it is shown to the hub, because nobody else has the mark.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, pairwise

from msgspec import Struct

from hub.documents import bytes_of, evidence_of_group
from hub.errors import CorrectionError
from hub.ports import Store
from hub.service.forks.listed import parting, unjoined
from hub.service.group.phones import PhoneSeal
from hub.service.group.state import GroupState
from hub.service.group.state import Trust as BranchTrust
from protocol import evidence
from protocol import seal as seals
from protocol.errors import ProtocolError
from protocol.evidence import Kind, Proved, Trust
from protocol.ids import LogId
from protocol.keys import fingerprint
from protocol.trust_facts import WriterAdmitted, WriterRevoked


class Contradiction(Struct, frozen=True):
    """A proved contradiction: what it is about, and the bytes of its file."""

    proved: Proved
    file: bytes


class Wanted(Struct, frozen=True):
    """Which contradiction somebody asks for; None means any."""

    kind: str | None = None
    writer: int | None = None
    epoch: int | None = None
    seq: int | None = None

    def fits(self, found: Proved) -> bool:
        """Say whether it is this one."""
        told = (
            (self.kind, found.kind),
            (self.writer, None if found.signer is None else found.signer.ordinal),
            (self.epoch, found.log.epoch),
            (self.seq, found.seq),
        )
        return all(asked is None or asked == known for asked, known in told)


def contradictions(store: Store, state: GroupState, trust: BranchTrust) -> tuple[Contradiction, ...]:
    """Every contradiction of a group that its seals, or a receipt shown here, prove; in one order."""
    desk = _Desk(state, Trust(trust.root_spki, trust.statements, trust.verifier))
    shown = [bytes_of(found, "evidence") for found in store.scan(evidence_of_group(state.group))]
    files = dict.fromkeys((*desk.files(), *shown))
    trusted = fingerprint(trust.root_spki)
    found = [Contradiction(evidence.check(raw, trusted, trust.verifier), raw) for raw in files]
    return tuple(sorted(found, key=lambda one: (one.proved.kind, one.proved.log, one.proved.seq, one.file)))


def one_of(found: Iterable[Contradiction], wanted: Wanted, group: str) -> Contradiction:
    """The one contradiction that is asked for; raises CorrectionError for none, and for several."""
    fitting = [one for one in found if wanted.fits(one.proved)]
    if len(fitting) != 1:
        code = "several_contradictions" if fitting else "no_contradiction"
        raise CorrectionError(code, group=group, count=len(fitting))
    return fitting[0]


def admissions(state: GroupState) -> Mapping[LogId, bytes]:
    """The seal that admitted each epoch of each phone, alone (L13)."""
    found = {}
    for seal in (*state.stored.lost, *state.seals):
        entry = seal.placed[0].entry
        if len(seal.placed) == 1 and isinstance(entry, WriterAdmitted):
            found[LogId(state.group, entry.writer, entry.epoch)] = seal.raw
    return found


class _Desk:
    """Looks for the pairs of a group that contradict each other."""

    def __init__(self, state: GroupState, trust: Trust) -> None:
        self._state = state
        self._trust = trust
        self._admissions = admissions(state)

    def files(self) -> Iterator[bytes]:
        yield from self._phone_forks()
        yield from self._branch_forks()
        yield from self._known()
        yield from self._behind_lines()

    def _phone_forks(self) -> Iterator[bytes]:
        for place, log in sorted(self._state.phones.items()):
            if log.forked_at is None:
                continue
            brought = _claims(self._taken(place))
            for starts in (starts for parted in parting(log).values() for starts in parted):
                for one, next_one in pairwise(starts):
                    pair = brought[one.seq, one.hash], brought[next_one.seq, next_one.hash]
                    yield from self._made("phone_fork", log.log, *pair)
            for seq, raw, run in unjoined(log):
                claimed = dict(enumerate((run.header.previous, *run.hashes), run.header.first_seq - 1))
                others = (by for (at, said), by in brought.items() if at == seq and said != claimed[seq])
                for other in islice(others, 1):
                    yield from self._made("phone_fork", log.log, raw, other)

    def _branch_forks(self) -> Iterator[bytes]:
        first: dict[tuple[int, int], tuple[bytes, bytes]] = {}
        parted = set()
        for seal in (*self._state.seals, *self._state.stored.lost):
            for placed in seal.placed:
                place = placed.position.epoch, placed.position.seq
                digest, raw = first.setdefault(place, (placed.hash, seal.raw))
                if digest != placed.hash and (raw, seal.raw) not in parted:
                    parted.add((raw, seal.raw))
                    yield from self._made("branch_fork", None, raw, seal.raw)

    def _known(self) -> Iterator[bytes]:
        brought = {
            (placed.position.epoch, placed.position.seq): (placed.hash, seal.raw)
            for seal in (*self._state.stored.lost, *self._state.seals)
            for placed in seal.placed
        }
        told = set()
        for seal in self._state.phone_seals:
            known = self._state.known_by(seal)
            if known is None or (known.epoch, known.seq) not in brought or self._state.holds(known):
                continue
            digest, raw = brought[known.epoch, known.seq]
            if digest != known.head and (seal.writer, known) not in told:
                told.add((seal.writer, known))
                yield from self._made("branch_known", seal.header.log, raw, seal.raw)

    def _behind_lines(self) -> Iterator[bytes]:
        for branch_seal in self._state.seals:
            for placed in branch_seal.placed:
                line = placed.entry
                if isinstance(line, WriterRevoked):
                    for seal in self._taken((line.writer, line.epoch)):
                        yield from self._made("after_revocation", seal.header.log, branch_seal.raw, seal.raw)

    def _taken(self, place: tuple[int, int]) -> list[PhoneSeal]:
        """Seals that were taken into a phone's log."""
        return [
            seal
            for seal in self._state.phone_seals
            if seal.aside is None and (seal.writer, seal.header.log.epoch) == place
        ]

    def _made(self, kind: Kind, log: LogId | None, first: bytes, second: bytes) -> Iterator[bytes]:
        """The file of a pair; nothing for a pair that proves nothing to an outsider."""
        admitted = None if log is None else self._admissions.get(log)
        try:
            yield evidence.assemble(kind, self._trust, admitted, (first, second))
        except ProtocolError:
            return


def _claims(taken: Iterable[PhoneSeal]) -> dict[tuple[int, bytes], bytes]:
    """For each place and hash: the first seal that says it."""
    found: dict[tuple[int, bytes], bytes] = {}
    for seal in taken:
        run = seals.unpack(seals.read(seal.raw))
        for seq, digest in enumerate((run.header.previous, *run.hashes), run.header.first_seq - 1):
            found.setdefault((seq, digest), seal.raw)
    return found
