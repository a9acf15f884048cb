"""How fast seals open, beside the raw rate of Ed25519: `./just bench seals [--rounds 20]`.

A seal of 500 entries is read, verified, opened, chained, and every entry decoded to its kind, in each body
encoding. Rounds of seals and of bare verifications take turns and the best of each counts, so that a busy
machine disturbs all alike. The last column is what is asked for: at least 15.
"""

import argparse
import time
import zlib
from collections.abc import Callable, Sequence
from functools import partial

from bench.sync.tovay_phones import entry_of
from bench.sync.workload import collections
from protocol import columnar
from protocol import seal as seals
from protocol.entries import decode_entry, entry_bytes
from protocol.ids import LogId, Position
from protocol.keys import writer_id
from protocol.native import NativeSigner, NativeVerifier, generate_signer
from protocol.phone_facts import Knows

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
        print(f"{size:>9}" + "".join(f"{len(body) / size:>12.1f}" for body in bodies(entries[:size])))
    made = [sealed(entries, signer, encoding) for encoding in NAMES]
    signature = signer.sign(MESSAGE)

    def verify() -> None:
        for _ in range(VERIFICATIONS):
            verifier.verify(signer.spki, signature, MESSAGE)

    works: list[Callable[[], None]] = [verify, *(partial(opened, raw, signer.spki, verifier) for raw in made)]
    verifying, *opening = best(works, rounds)
    rate = VERIFICATIONS / verifying
    print(f"\nEd25519: {rate:,.0f} verifications a second")
    print(f"{'encoding':>12}{'entries/s':>12}{'times Ed25519':>16}")
    for name, seconds in zip(NAMES.values(), opening, strict=True):
        print(f"{name:>12}{len(entries) / seconds:>12,.0f}{len(entries) / seconds / rate:>16.1f}")


def workload(count: int) -> tuple[bytes, ...]:
    """Collections as the meetings of the sync benchmark have them."""
    knows = Knows(Position(0, 312), ())
    return tuple(entry_bytes(entry_of(one, knows)) for one in collections(1, count))


def bodies(entries: Sequence[bytes]) -> tuple[bytes, bytes]:
    """The same entries in either encoding."""
    return zlib.compress(b"".join(entries), 9), columnar.pack(entries)


def sealed(entries: Sequence[bytes], signer: NativeSigner, newest: int) -> bytes:
    """A seal in the shortest encoding up to this one; for so many entries that is this one."""
    cut = seals.Cut(
        log=LogId("KM-001", writer_id(signer.spki), 0),
        first_seq=1,
        previous=bytes(32),
        entries=tuple(entries),
        known=None,
        wall_clock=0,
    )
    return seals.make(cut, signer, newest)


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
