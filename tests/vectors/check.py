"""The reader of the vectors: pure Python over ``protocol`` and a ``Verifier``, also inside a browser.

A vector is a text: header lines ``name: value``, then byte strings in hexadecimal, each behind a blank line.
``expect`` is ``ok`` or the layer that must refuse the last byte string; every other header is either what the
reader is given or what it must find. ``docs/spec/vectors.md`` describes each kind.
"""

import json

import msgspec

from protocol import receipt as receipts
from protocol import seal as seals
from protocol import voucher as vouchers
from protocol.branch_log import BranchLog
from protocol.chain import genesis, links
from protocol.checkpoint import read_checkpoint
from protocol.codec import scan, text_hash
from protocol.enrolment import digits, read_enrol_reply, read_enrol_request
from protocol.entries import decode_entry
from protocol.errors import ForkError, OlderEpochError, ProtocolError
from protocol.evidence import check, read_evidence
from protocol.exchange import read_request, read_response
from protocol.keys import comparison_digits, read_statement, statement_digest, writer_id
from protocol.merge import merge
from protocol.phone_log import PhoneLog
from protocol.request import Call, Door, check_request
from protocol.trust_facts import Received, WriterAdmitted
from tests.vectors.bundle_check import bundle, frames
from tests.vectors.layers import LayerError, at, notation, said
from tests.vectors.short_check import short_seal


def failures(vectors, verifier):
    """One line for each vector (name → text) that does not hold; empty when all do."""
    found = []
    for name, text in sorted(vectors.items()):
        headers, parts = parsed(text)
        expected = {key: headers[key] for key in headers if key not in {"kind", "about", "expect"}}
        try:
            seen = READERS[headers["kind"]](headers, parts, verifier)
        except LayerError as layer:
            if str(layer) != headers["expect"]:
                found.append(f"{name}: {layer} refused it, not {headers['expect']}")
            continue
        if headers["expect"] != "ok":
            found.append(f"{name}: {headers['expect']} did not refuse it")
        found.extend(f"{name}: {key} is {value}" for key, value in seen.items() if expected.get(key) != value)
    return found


def parsed(text):
    """Headers and byte strings of one vector."""
    head, *paragraphs = text.strip("\n").split("\n\n")
    headers = dict(line.split(": ", 1) for line in head.split("\n"))
    return headers, [bytes.fromhex(paragraph.replace("\n", "")) for paragraph in paragraphs]


def _value(_headers, parts, _verifier):
    _canonical(parts[0])
    return {"value": said(parts[0])}


def _entry(_headers, parts, _verifier):
    _canonical(parts[0])
    entry = at("entry", decode_entry, parts[0])
    return {"name": type(entry).__name__, "value": said(parts[0])}


def _text(headers, parts, _verifier):
    return {"hash": at("text", text_hash, parts[0], json.loads(headers["text"])).hex()}


def _chain(_headers, parts, _verifier):
    root, opening, *entries = parts
    start = genesis(root, opening)
    return {"genesis": start.hex(), "hashes": " ".join(one.hex() for one in links(start, entries))}


def _statement(headers, parts, verifier):
    statement = at("statement", read_statement, parts[0], bytes.fromhex(headers["root"]), verifier)
    return {"value": said(msgspec.msgpack.encode(statement)), "digest": statement_digest(parts[0]).hex()}


def _seal(headers, parts, verifier):
    sealed = _opened(parts[0], bytes.fromhex(headers["signed-by"]), verifier)
    return {
        "log": notation([sealed.header.log.group, sealed.header.log.writer, sealed.header.log.epoch]),
        "first-seq": str(sealed.header.first_seq),
        "entries": " ".join(entry.hex() for entry in sealed.entries),
        "head": sealed.header.head.hex(),
        "known": notation(msgspec.to_builtins(sealed.header.known, builtin_types=(bytes,))),
    }


def _branch_log(headers, parts, verifier):
    log = _read_branch_log(headers, parts, verifier)
    return {"length": str(log.length), "head": log.head.hex(), "key": log.key.hex()}


def _branch_epochs(headers, parts, verifier):
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
    return {
        "outcomes": " ".join(outcomes),
        "epoch": str(log.log.epoch),
        "length": str(log.length),
        "head": log.head.hex(),
        "counts": " ".join(f"{one.position.epoch}.{one.position.seq}" for one in log.entries),
        "lost": " ".join(f"{place.epoch}.{place.seq}" for place, _ in sorted(log.lost)) or "none",
    }


def _phone_log(headers, parts, verifier):
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


def _merge(headers, parts, verifier):
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


def _request(_headers, parts, _verifier):
    at("exchange", read_request, parts[0])
    return {"value": said(parts[0])}


def _response(_headers, parts, _verifier):
    at("exchange", read_response, parts[0])
    return {"value": said(parts[0])}


def _receipt(headers, parts, verifier):
    proof = at("qr", receipts.read_qr, headers["qr"])
    entry = at("receipt", receipts.check_offline, proof, bytes.fromhex(headers["root"]), verifier)
    assert msgspec.msgpack.encode(proof) == parts[0]
    return {
        "name": type(entry).__name__,
        "value": said(proof.marked.entry),
        "hash": receipts.marked_hash(proof.marked).hex(),
    }


def _evidence(headers, parts, verifier):
    proved = at("evidence", check, parts[0], bytes.fromhex(headers["fingerprint"]), verifier)
    assert read_evidence(parts[0]).kind == proved.kind
    return {
        "proves": proved.kind,
        "branch": proved.branch,
        "log": notation([proved.log.group, proved.log.writer, proved.log.epoch]),
        "seq": str(proved.seq),
        "hashes": " ".join(side.hash.hex() for side in proved.sides),
        "keys": " ".join(str(side.key) for side in proved.sides),
    }


def _checkpoint(headers, parts, verifier):
    found = at("checkpoint", read_checkpoint, parts[0], bytes.fromhex(headers["fingerprint"]), verifier)
    return {
        "value": said(msgspec.msgpack.encode(found.checkpoint)),
        "digest": found.digest.hex(),
    }


def _voucher(headers, parts, _verifier):
    voucher = at("voucher", vouchers.read_voucher, headers["typed"])
    return {"secret": vouchers.secret_text(voucher), "pins": "yes" if voucher.pins(parts[0]) else "no"}


def _voucher_qr(headers, parts, _verifier):
    voucher = at("voucher", vouchers.read_qr, headers["qr"])
    assert msgspec.msgpack.encode(voucher) == parts[0]
    return {"secret": voucher.secret, "fingerprint": voucher.fingerprint.hex(), "hub": voucher.hub}


def _signed_request(headers, parts, verifier):
    spki, challenge = bytes.fromhex(headers["spki"]), bytes.fromhex(headers.get("challenge", ""))
    lines = [(name.encode(), headers[name].encode()) for name in SIGNED if name in headers]
    call = Call("POST", headers["target-uri"], headers["content-type"], parts[0])
    door = Door(verifier, {writer_id(spki): spki}.get, lambda _, nonce: nonce == challenge)
    signed = at("request", check_request, call, lines, door, int(headers["now"]))
    nonce = "None" if signed.nonce is None else signed.nonce.hex()
    return {"writer": signed.writer.hex(), "created": str(signed.created_s), "nonce": nonce}


def _enrol_request(_headers, parts, verifier):
    at("enrolment", read_enrol_request, parts[0], verifier)
    return {"value": said(parts[0])}


def _enrol_reply(headers, parts, verifier):
    pins, spki = vouchers.read_voucher(headers["typed"]).pins, bytes.fromhex(headers["spki"])
    enrolled, _ = at("enrolment", read_enrol_reply, parts[0], spki, pins, verifier)
    return {"group": enrolled.group, "branch": enrolled.branch, "digits": digits(enrolled)}


def _digits(_headers, parts, _verifier):
    return {"digits": comparison_digits(*parts)}


READERS = {
    "value": _value,
    "entry": _entry,
    "text": _text,
    "chain": _chain,
    "statement": _statement,
    "seal": _seal,
    "short-seal": short_seal,
    "branch-log": _branch_log,
    "branch-epochs": _branch_epochs,
    "phone-log": _phone_log,
    "merge": _merge,
    "request": _request,
    "response": _response,
    "receipt": _receipt,
    "evidence": _evidence,
    "checkpoint": _checkpoint,
    "voucher": _voucher,
    "voucher-qr": _voucher_qr,
    "digits": _digits,
    "bundle": bundle,
    "frames": frames,
    "signed-request": _signed_request,
    "enrol-request": _enrol_request,
    "enrol-reply": _enrol_reply,
}
SIGNED = ("content-type", "content-digest", "signature-input", "signature")


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


def _opened(raw, spki, verifier):
    seal = at("envelope", seals.read, raw)
    message = b"tovay/seal/1\0" + seal.envelope.header
    at("signature", verifier.verify, spki, seal.envelope.signature, message)
    at("digest", seals.verify, seal, spki, verifier)
    return at("unpack", seals.unpack, seal)


def _canonical(raw):
    if at("codec", scan, raw, 0) != len(raw):
        raise LayerError("codec")
