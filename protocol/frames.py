"""A bundle as numbered QR codes that are shown in a loop and read in any order (L11).

A frame is the text ``TOVAY-B1:<id>/<number>/<count>/<base32>``: all frames but the last carry ``FRAME_BYTES``
bytes of the bundle, and ``id`` is the first 40 bits of its SHA-256 in base32, so that frames of different
bundles do not mix; once all are there, they are checked together by it. Who made the bundle is for
``protocol.bundle`` to say.
"""

import base64
import re
from collections.abc import Iterable
from hashlib import sha256

from msgspec import Struct

from protocol.errors import LimitError, MalformedError
from protocol.limits import FRAME_BYTES, FRAMES_MAX
from protocol.qr import read_text, write_text

PREFIX = "TOVAY-B1:"
_ID_BYTES = 5
_HEAD = re.compile(r"\ATOVAY-B1:([A-Z2-7]{8})/([1-9][0-9]{0,2})/([1-9][0-9]{0,2})/")


class Frame(Struct, frozen=True):
    """One code: ``number`` from 1 to ``count``, of the bundle that ``id`` names."""

    id: str
    number: int
    count: int
    piece: bytes


class Incomplete(Struct, frozen=True):
    """A bundle that cannot be put together: the ``wanted`` frames are missing, or read in two ways."""

    id: str
    count: int
    wanted: tuple[int, ...]


class Gathered(Struct, frozen=True):
    """What a heap of texts holds. ``foreign`` are texts that are no frame, each once, as they came."""

    bundles: tuple[bytes, ...]
    incomplete: tuple[Incomplete, ...]
    foreign: tuple[str, ...]


def write_frames(bundle: bytes) -> tuple[str, ...]:
    """The texts of the codes, in order; raises LimitError when there would be more than ``FRAMES_MAX``."""
    pieces = [bundle[at : at + FRAME_BYTES] for at in range(0, len(bundle), FRAME_BYTES)]
    if not 0 < len(pieces) <= FRAMES_MAX:
        raise LimitError(f"{len(bundle)} bytes make {len(pieces)} frames, not 1 to {FRAMES_MAX}")
    head = f"{PREFIX}{bundle_id(bundle)}"
    return tuple(write_text(f"{head}/{no}/{len(pieces)}/", piece) for no, piece in enumerate(pieces, 1))


def bundle_id(bundle: bytes) -> str:
    """Eight characters that name a bundle on its frames."""
    return base64.b32encode(sha256(bundle).digest()[:_ID_BYTES]).decode()


def read_frame(text: str) -> Frame:
    """One scanned text; raises MalformedError for all that ``write_frames`` never writes."""
    head = _HEAD.match(text)
    if head is None:
        raise MalformedError("this is not a frame of a bundle")
    number, count = int(head[2]), int(head[3])
    piece = read_text(head[0], text)
    whole = len(piece) == FRAME_BYTES if number < count else 0 < len(piece) <= FRAME_BYTES
    if number > count or not whole:
        raise MalformedError(f"frame {number} of {count} does not carry {len(piece)} bytes")
    return Frame(head[1], number, count, piece)


def gather(texts: Iterable[str]) -> Gathered:
    """Put frames together: any order, any number of copies, of several bundles, among other texts."""
    found: dict[tuple[str, int], dict[int, set[bytes]]] = {}
    foreign: dict[str, None] = {}
    for text in texts:
        try:
            frame = read_frame(text)
        except MalformedError:
            foreign[text] = None
            continue
        found.setdefault((frame.id, frame.count), {}).setdefault(frame.number, set()).add(frame.piece)
    bundles: list[bytes] = []
    incomplete: list[Incomplete] = []
    for (name, count), pieces in found.items():
        whole = _put_together(name, count, pieces)
        if isinstance(whole, bytes):
            bundles.append(whole)
        else:
            incomplete.append(whole)
    return Gathered(tuple(bundles), tuple(incomplete), tuple(foreign))


def _put_together(name: str, count: int, pieces: dict[int, set[bytes]]) -> bytes | Incomplete:
    wanted = tuple(no for no in range(1, count + 1) if len(pieces.get(no, ())) != 1)
    if wanted:
        return Incomplete(name, count, wanted)
    bundle = b"".join(next(iter(pieces[no])) for no in range(1, count + 1))
    return bundle if bundle_id(bundle) == name else Incomplete(name, count, tuple(range(1, count + 1)))
