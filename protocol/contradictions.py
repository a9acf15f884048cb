"""Finds, among seals that somebody holds, every contradiction that outsiders can check (L16).

Works on the bytes alone, so that hub, phone and auditor find the same: what each seal claims of each place
is laid side by side, and each place where a log has one history more becomes a file of evidence; of all that
lies behind a revocation the first seal does. A pair that proves nothing (a key that nobody admitted, an
admission that is missing) makes none.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise

from msgspec import Struct

from protocol import seal as seals
from protocol.entries import Entry, decode_entry
from protocol.errors import MalformedError, ProtocolError
from protocol.evidence import Kind, Trust, assemble
from protocol.ids import LogId
from protocol.keys import writer_id
from protocol.trust_facts import WriterAdmitted, WriterRevoked

Claims = dict[LogId, dict[int, dict[bytes, bytes]]]
"""For each place of each log the hashes that are claimed, each with the first seal that does."""


class _Read(Struct, frozen=True):
    """A seal and what is in it."""

    raw: bytes
    run: seals.SealedRun

    @property
    def log(self) -> LogId:
        return self.run.header.log


def contradictions(
    trust: Trust, branch_seals: Iterable[bytes], phone_seals: Iterable[bytes]
) -> Iterator[bytes]:
    """Files of evidence: forks of phones, forks of the branch, what phones held, what lies behind a line."""
    branch, phones = _readable(branch_seals), _readable(phone_seals)
    admitted = dict(_admissions(branch))
    seals_of_phones = {log: raw for log, (raw, _) in admitted.items()}
    for log, pair in _parted(_claims(phones)):
        yield from _made("phone_fork", trust, seals_of_phones.get(log), pair)
    said = _claims(branch)
    for _, pair in _parted(said):
        yield from _made("branch_fork", trust, None, pair)
    for log, pair in _held(said, phones, writer_id(trust.root)):
        yield from _made("branch_known", trust, seals_of_phones.get(log), pair)
    places: dict[tuple[str, int, int], set[LogId]] = {}  # a later branch epoch may give an ordinal again
    for log, (_, entry) in admitted.items():
        places.setdefault((log.group, entry.ordinal, entry.epoch), set()).add(log)
    told = set()
    for log, pair in _behind_lines(branch, phones, places):
        if (log, pair[0]) not in told:
            for raw in _made("after_revocation", trust, seals_of_phones.get(log), pair):
                told.add((log, pair[0]))
                yield raw


def _readable(raws: Iterable[bytes]) -> tuple[_Read, ...]:
    """Seals that can be read, by log and place; what nobody can read claims nothing."""
    found = []
    for raw in set(raws):
        try:
            found.append(_Read(raw, seals.unpack(seals.read(raw))))
        except ProtocolError:
            continue
    return tuple(sorted(found, key=lambda one: (one.log, one.run.header.first_seq, one.raw)))


def _claims(found: Iterable[_Read]) -> Claims:
    claims: Claims = {}
    for one in found:
        header = one.run.header
        for seq, digest in enumerate((header.previous, *one.run.hashes), header.first_seq - 1):
            claims.setdefault(one.log, {}).setdefault(seq, {}).setdefault(digest, one.raw)
    return claims


def _parted(claims: Claims) -> Iterator[tuple[LogId, tuple[bytes, bytes]]]:
    """Pairs of seals at each place where a log has more histories than at the place before."""
    for log, places in sorted(claims.items()):
        for seq, told in sorted(places.items()):
            if len(told) > max(1, len(places.get(seq - 1, ()))):
                for one, other in pairwise(sorted(told)):
                    yield log, (told[one], told[other])


def _held(
    said: Claims, phones: Iterable[_Read], branch: bytes
) -> Iterator[tuple[LogId, tuple[bytes, bytes]]]:
    """Branch seals beside seals of phones that name another hash at one place; each such tip once."""
    told = set()
    for one in phones:
        known = one.run.header.known
        if known is None or (one.log, known) in told:
            continue
        told.add((one.log, known))
        here = said.get(LogId(one.log.group, branch, known.epoch), {}).get(known.seq, {})
        if here and known.head not in here:
            yield one.log, (here[min(here)], one.raw)


def _behind_lines(
    branch: Iterable[_Read], phones: tuple[_Read, ...], places: dict[tuple[str, int, int], set[LogId]]
) -> Iterator[tuple[LogId, tuple[bytes, bytes]]]:
    for one in branch:
        for line in _entries(one):
            if isinstance(line, WriterRevoked):
                logs = places.get((one.log.group, line.writer, line.epoch), set())
                yield from ((other.log, (one.raw, other.raw)) for other in phones if other.log in logs)


def _admissions(branch: Iterable[_Read]) -> Iterator[tuple[LogId, tuple[bytes, WriterAdmitted]]]:
    for one in branch:
        entries = _entries(one)
        if len(entries) == 1 and isinstance(entry := entries[0], WriterAdmitted):
            yield LogId(one.log.group, entry.writer, entry.epoch), (one.raw, entry)


def _entries(one: _Read) -> list[Entry]:
    found = []
    for raw in one.run.entries:
        try:
            found.append(decode_entry(raw))
        except MalformedError:
            return []  # no reader takes such a branch seal in
    return found


def _made(kind: Kind, trust: Trust, admitted: bytes | None, pair: tuple[bytes, bytes]) -> Iterator[bytes]:
    try:
        yield assemble(kind, trust, admitted, pair)
    except ProtocolError:
        return
