"""Writes the vectors from fixed keys: run ``python -m tests.vectors.make`` after adding a case."""

from itertools import chain
from pathlib import Path

from tests.builders import VERIFIER
from tests.vectors.book_cases import decision_cases, epoch_again_cases, restated_cases
from tests.vectors.bundle_cases import bundle_cases, file_cases, frame_cases
from tests.vectors.cases import chain_cases, codec_cases, text_cases
from tests.vectors.check import READERS
from tests.vectors.csr_cases import csr_cases
from tests.vectors.csr_reader import NATIVE_READERS
from tests.vectors.door_cases import enrolment_cases, request_cases
from tests.vectors.entry_cases import entry_cases
from tests.vectors.epoch_cases import epoch_cases, refused_epoch_cases
from tests.vectors.evidence_cases import checkpoint_cases, contradiction_cases, evidence_cases
from tests.vectors.log_cases import (
    branch_cases,
    key_cases,
    merge_cases,
    phone_cases,
    voucher_cases,
    wire_cases,
)
from tests.vectors.seal_cases import receipt_cases, seal_cases, statement_cases
from tests.vectors.short_cases import short_seal_cases

FOLDER = Path(__file__).parent
CASES = (
    codec_cases,
    text_cases,
    chain_cases,
    entry_cases,
    seal_cases,
    short_seal_cases,
    statement_cases,
    receipt_cases,
    evidence_cases,
    bundle_cases,
    file_cases,
    frame_cases,
    checkpoint_cases,
    contradiction_cases,
    branch_cases,
    key_cases,
    epoch_cases,
    refused_epoch_cases,
    phone_cases,
    merge_cases,
    restated_cases,
    epoch_again_cases,
    decision_cases,
    wire_cases,
    voucher_cases,
    request_cases,
    enrolment_cases,
    csr_cases,
)
HEX_IN_A_LINE = 96


def made():
    """Every vector by its path below this folder."""
    vectors = {}
    for vector in chain.from_iterable(cases() for cases in CASES):
        path = f"{vector.name}.txt"
        assert path not in vectors, path
        vectors[path] = _text(vector)
    return vectors


def on_disk():
    """Every vector that the repository holds."""
    files = sorted(path for part in ("good", "bad") for path in (FOLDER / part).rglob("*.txt"))
    return {str(path.relative_to(FOLDER)): path.read_text(encoding="utf-8") for path in files}


def _text(vector):
    headers = {"kind": vector.kind, "expect": vector.expect, "about": vector.about} | vector.given
    if vector.expect == "ok":
        headers |= (READERS | NATIVE_READERS)[vector.kind](headers, vector.parts, VERIFIER)
    lines = [f"{key}: {value}" for key, value in headers.items()]
    for part in vector.parts:
        text = part.hex()
        lines.append("")
        lines.extend(text[at : at + HEX_IN_A_LINE] for at in range(0, len(text), HEX_IN_A_LINE))
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    for name in on_disk():
        (FOLDER / name).unlink()
    for name, text in made().items():
        path = FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
