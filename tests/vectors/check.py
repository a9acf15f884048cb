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
from protocol.chain import genesis, links
from protocol.checkpoint import contradictions, read_checkpoint
from protocol.codec import scan, text_hash
from protocol.enrolment import digits, read_enrol_reply, read_enrol_request
from protocol.entries import decode_entry
from protocol.evidence import check, read_evidence
from protocol.exchange import read_request, read_response
from protocol.keys import comparison_digits, read_statement, statement_digest, writer_id
from protocol.request import Call, Door, check_request
from tests.vectors.book_check import book
from tests.vectors.bundle_check import bundle, bundle_file, frames
from tests.vectors.layers import LayerError, at, notation, said
from tests.vectors.log_check import branch_epochs, branch_log, merged, phone_log
from tests.vectors.short_check import short_seal


def failures(vectors, verifier, others=None):
    """One line for each vector (name → text) that does not hold; empty when all do.

    ``others`` are readers of further kinds, by kind.
    """
    found, readers = [], READERS | (others or {})
    for name, text in sorted(vectors.items()):
        headers, parts = parsed(text)
        expected = {key: headers[key] for key in headers if key not in {"kind", "about", "expect"}}
        try:
            seen = readers[headers["kind"]](headers, parts, verifier)
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


def _checkpoints(headers, parts, verifier):
    trusted = bytes.fromhex(headers["fingerprint"])
    older, newer = (at("checkpoint", read_checkpoint, raw, trusted, verifier) for raw in parts)
    found = at("checkpoint", contradictions, older, newer)
    return {"contradictions": ", ".join(f"{one.code} {one.group}".strip() for one in found) or "none"}


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
    "branch-log": branch_log,
    "branch-epochs": branch_epochs,
    "phone-log": phone_log,
    "merge": merged,
    "book": book,
    "request": _request,
    "response": _response,
    "receipt": _receipt,
    "evidence": _evidence,
    "checkpoint": _checkpoint,
    "checkpoints": _checkpoints,
    "voucher": _voucher,
    "voucher-qr": _voucher_qr,
    "digits": _digits,
    "bundle": bundle,
    "bundle-file": bundle_file,
    "frames": frames,
    "signed-request": _signed_request,
    "enrol-request": _enrol_request,
    "enrol-reply": _enrol_reply,
}
SIGNED = ("content-type", "content-digest", "signature-input", "signature")


def _opened(raw, spki, verifier):
    seal = at("envelope", seals.read, raw)
    message = b"tovay/seal/1\0" + seal.envelope.header
    at("signature", verifier.verify, spki, seal.envelope.signature, message)
    at("digest", seals.verify, seal, spki, verifier)
    return at("unpack", seals.unpack, seal)


def _canonical(raw):
    if at("codec", scan, raw, 0) != len(raw):
        raise LayerError("codec")
