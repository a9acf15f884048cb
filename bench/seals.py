"""How fast seals open, beside the raw rate of Ed25519: `./just bench seals [--rounds 20]`.

A seal of 500 entries is read, verified, opened, chained, and every entry decoded to its kind, in each body
encoding. Rounds of seals and of bare verifications take turns and the best of each counts, so that a busy
machine disturbs all alike. The last column is what is asked for: at least 15.
"""

import argparse
import time
from collections.abc import Callable, Sequence

from protocol import seal as seals
from protocol.entries import decode_entry, entry_bytes
from protocol.ids import LogId, Position
from protocol.keys import writer_id
from protocol.native import NativeSigner, NativeVerifier, generate_signer
from protocol.phone_facts import Collected, InterestLine, Knows, SavingsLine
from sync.workload import collections

NAMES = {seals.ENCODING_ZLIB: "0 zlib", seals.ENCODING_COLUMNS: "1 columns"}
SIZES = (1, 12, 60, 500)
MESSAGE = bytes(200)
VERIFICATIONS = 50


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description="Measure how fast seals open, and how long they are.")
    parser.add_argument("--rounds", type=int, default=20, help="of each measure the best round counts")
    rounds = parser.parse_args().rounds
    signer, verifier = generate_signer(), NativeVerifier()
    entries = workload(max(SIZES))
    print("bytes of a body, per entry")
    print(f"{'entries':>9}" + "".join(f"{name:>12}" for name in NAMES.values()))
    for size in SIZES:
        bodies = [len(seals.read(sealed(entries[:size], signer, one)).envelope.body) for one in NAMES]
        print(f"{size:>9}" + "".join(f"{body / size:>12.1f}" for body in bodies))
    made = [sealed(entries, signer, encoding) for encoding in NAMES]
    signature = signer.sign(MESSAGE)

    def verify() -> None:
        for _ in range(VERIFICATIONS):
            verifier.verify(signer.spki, signature, MESSAGE)

    works = [verify, *(lambda raw=raw: opened(raw, signer.spki, verifier) for raw in made)]
    verifying, *opening = best(works, rounds)
    rate = VERIFICATIONS / verifying
    print(f"\nEd25519: {rate:,.0f} verifications a second")
    print(f"{'encoding':>12}{'entries/s':>12}{'times Ed25519':>16}")
    for name, seconds in zip(NAMES.values(), opening, strict=True):
        print(f"{name:>12}{len(entries) / seconds:>12,.0f}{len(entries) / seconds / rate:>16.1f}")


def workload(count: int) -> tuple[bytes, ...]:
    """Collections as the meetings of the sync benchmark have them."""
    return tuple(
        entry_bytes(
            Collected(
                receipt_no=one["receipt"],
                member=one["member"],
                value_date=one["value_date"],
                due_to=one["due_to"],
                lines=tuple(InterestLine(*line) for line in one["lines"]),
                savings=tuple(SavingsLine(*line) for line in one["savings"]),
                knows=Knows(Position(0, 312), ()),
            )
        )
        for one in collections(1, count)
    )


def sealed(entries: Sequence[bytes], signer: NativeSigner, encoding: int) -> bytes:
    """A seal whose body has this encoding, also where the other one is shorter."""
    cut = seals.Cut(
        log=LogId("KM-001", writer_id(signer.spki), 0),
        first_seq=1,
        previous=bytes(32),
        entries=tuple(entries),
        known=None,
        wall_clock=0,
    )
    return seals.make_as(cut, signer, encoding)


def opened(raw: bytes, spki: bytes, verifier: NativeVerifier) -> None:
    """All that a reader does with a seal before its entries mean anything."""
    read = seals.read(raw)
    seals.verify(read, spki, verifier)
    for entry in seals.unpack(read).entries:
        decode_entry(entry)


def best(works: Sequence[Callable[[], None]], rounds: int) -> list[float]:
    """Least seconds of each work, in turns."""
    found = [float("inf")] * len(works)
    for _ in range(rounds):
        for place, work in enumerate(works):
            began = time.perf_counter()
            work()
            found[place] = min(found[place], time.perf_counter() - began)
    return found


if __name__ == "__main__":
    main()
