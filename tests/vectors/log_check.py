"""The readers of whole logs among the vectors."""

from protocol import seal as seals
from protocol.branch_log import BranchLog
from protocol.errors import ForkError, OlderEpochError, ProtocolError
from protocol.merge import merge
from protocol.phone_log import PhoneLog
from protocol.trust_facts import Received, WriterAdmitted
from tests.vectors.layers import at


def branch_log(headers, parts, verifier):
    log = _read_branch_log(headers, parts, verifier)
    return {"length": str(log.length), "head": log.head.hex(), "key": log.key.hex()}


def branch_epochs(headers, parts, verifier):
    log, outcomes = read_epochs(headers, parts, verifier)
    return {
        "outcomes": " ".join(outcomes),
        "epoch": str(log.log.epoch),
        "length": str(log.length),
        "head": log.head.hex(),
        "counts": " ".join(f"{one.position.epoch}.{one.position.seq}" for one in log.entries),
        "lost": " ".join(f"{place.epoch}.{place.seq}" for place, _ in sorted(log.lost)) or "none",
    }


def phone_log(headers, parts, verifier):
    root = bytes.fromhex(headers["root"])
    log = at("entry", PhoneLog, headers["group"], parts[0], root)
    outcomes = [_added(log.add, raw, verifier).value for raw in parts[1:]]
    return {
        "outcomes": " ".join(outcomes),
        "length": str(log.length),
        "head": log.head.hex(),
        "known": str(len(log.known)),
        "forked-at": str(log.forked_at),
    }


def merged(headers, parts, verifier):
    root = bytes.fromhex(headers["root"])
    count = int(headers["branch-seals"]) + int(headers["statements"])
    branch = _read_branch_log(headers, parts[:count], verifier)
    phones, received = {}, []
    for placed in branch.entries:
        if isinstance(admitted := placed.entry, WriterAdmitted):
            phones[admitted.ordinal, admitted.epoch] = PhoneLog(headers["group"], placed.raw, root)
        if isinstance(placed.entry, Received):
            received.append((placed.position, placed.entry))
    for raw in parts[count:]:
        for log in phones.values():
            if log.log == seals.read(raw).header.log:
                _added(log.add, raw, verifier)
    return {
        "order": " ".join(
            f"{fact.ref.writer}.{fact.ref.epoch}.{fact.ref.seq}.{fact.ref.hash.hex()[:8]}"
            f"@{fact.received.seq if fact.received else '-'}{'!' if fact.forked else ''}"
            for fact in merge(received, phones)
        )
    }


def read_epochs(headers, parts, verifier):
    """A branch log over all its epochs, and what became of each seal."""
    log = BranchLog(headers["group"], bytes.fromhex(headers["root"]), verifier)
    statements = int(headers["statements"])
    at("statement", log.add_statements, parts[:statements])
    outcomes = []
    for raw in parts[statements:]:
        try:
            outcomes.append("counts" if log.add(raw) else "repeated")
        except (ForkError, OlderEpochError):
            at("entry", log.keep, raw)
            outcomes.append("kept")
        except ProtocolError:
            _added(log.add, raw)
    return log, outcomes


def _read_branch_log(headers, parts, verifier):
    log = BranchLog(headers["group"], bytes.fromhex(headers["root"]), verifier)
    statements = int(headers["statements"])
    at("statement", log.add_statements, parts[:statements])
    for raw in parts[statements:]:
        _added(log.add, raw)
    return log


def _added(add, raw, *verifier):
    """Add a seal to a log; bytes that are no seal are refused by another layer than the entries inside."""
    at("envelope", seals.read, raw)
    return at("entry", add, raw, *verifier)
