"""The reader of books among the vectors: what a branch log and its phones' entries count for (L12, L15)."""

import msgspec

from calc.book import fold
from calc.dues import book_digest, dues
from protocol import seal as seals
from protocol.codec import encode
from protocol.ids import LogId
from protocol.merge import merge
from protocol.phone_log import PhoneLog
from protocol.roster_facts import PolicyAdopted, RateDecided
from protocol.trust_facts import Restated, WriterAdmitted
from tests.vectors.layers import at, notation, said
from tests.vectors.log_check import read_epochs


def book(headers, parts, verifier):
    count = int(headers["branch-seals"]) + int(headers["statements"])
    log, _ = read_epochs(headers, parts[:count], verifier)
    folded = fold(((one.position, one.entry) for one in log.entries), log.lost)
    facts = folded.restated.facts(
        merge(folded.received, _phones(headers, log, folded, parts[count:], verifier))
    )
    day = int(headers["day"])
    found = dues(folded, day)
    return {
        "restated": "; ".join(_restated(log, folded)) or "none",
        "members": _numbers((no, one.listed.number) for no, one in folded.members.items()),
        "loans": _numbers((no, one.number) for no, one in folded.loans.items()),
        "accounts": _numbers((no, one.number) for no, one in folded.accounts.items()),
        "writers": _numbers((no, writer.hex()) for writer, no in folded.writer_ordinals.items()),
        "facts": "; ".join(_fact(one) for one in facts) or "none",
        "decisions": " ".join(_decisions(folded)),
        "complete": "yes" if folded.is_complete else "no",
        "dues": notation([[one.loan, one.payable] for one in found]),
        "digest": book_digest(folded, day).hex(),
    }


def _phones(headers, log, folded, brought, verifier):
    """Phones' logs under the ordinals that count; each begins with its admission as it was signed."""
    opened = {}
    for placed in (*log.entries, *log.lost.values()):
        if isinstance(placed.entry, WriterAdmitted):
            admitted = placed.entry
            name = LogId(headers["group"], admitted.writer, admitted.epoch)
            opened.setdefault(name, PhoneLog(headers["group"], placed.raw, bytes.fromhex(headers["root"])))
    for raw in brought:
        at("entry", opened[seals.read(raw).header.log].add, raw, verifier)
    return {
        (entry.ordinal, entry.epoch): opened[LogId(headers["group"], entry.writer, entry.epoch)]
        for _, entry in folded.log
        if isinstance(entry, WriterAdmitted)
    }


def _restated(log, folded):
    """What each `Restated` of the newest epochs lets count at its own place."""
    for placed, (position, counted) in zip(log.entries, folded.log, strict=True):
        if isinstance(placed.entry, Restated):
            what = "nothing" if counted is placed.entry else said(encode(counted))
            yield f"{position.epoch}.{position.seq} {what}"


def _decisions(folded):
    """Each number with the place of the one decision that bears it."""
    bearers = folded.decisions.numbers
    for position, entry in folded.log:
        if isinstance(entry, PolicyAdopted | RateDecided) and bearers.get(entry.number) is entry:
            yield f"{entry.number}@{position.epoch}.{position.seq}"


def _fact(fact):
    ref, received = fact.ref, fact.received
    where = "-" if received is None else f"{received.epoch}.{received.seq}"
    return f"{ref.writer}.{ref.epoch}.{ref.seq}@{where} {said(msgspec.msgpack.encode(fact.entry))}"


def _numbers(found):
    return " ".join(f"{ordinal}={number}" for ordinal, number in sorted(found)) or "none"
