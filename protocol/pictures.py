"""Frames as pictures, and what a brought file holds, on hosts with files; a browser has its own camera.

Bytes in, bytes and texts out: nothing here opens a file.
"""

import io

import segno
import zxingcpp
from msgspec import Struct
from PIL import Image, UnidentifiedImageError

from protocol.bundle import split_file
from protocol.errors import LimitError, MalformedError
from protocol.frames import PREFIX

PIXELS_MAX = 50_000_000
"""More than the camera of a phone takes, little enough to unpack."""

_SCALE = 6
_STARTS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
_FORMATS = ("PNG", "JPEG")
_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
_PAGE = """<!DOCTYPE html>
<html lang="vi"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body {{ margin: 0; background: #fff; text-align: center; font-family: sans-serif }}
h1 {{ margin: 1rem 0; font-size: min(1.75rem, 8vw); line-height: 2rem }}
figcaption {{ font-size: 1.75rem; line-height: 2.5rem }}
figure {{ margin: 0; position: absolute; inset: 4rem 0 0; visibility: hidden;
  animation: shown {seconds}s step-end infinite }}
svg {{ width: min(100vw, calc(100vh - 7rem)); height: auto }}
@keyframes shown {{ 0% {{ visibility: visible }} {share}% {{ visibility: hidden }} }}
@media print {{ figure {{ position: static; visibility: visible; animation: none; break-after: page }} }}
</style>
<h1>{title}</h1>
{figures}
</html>
"""
_FIGURE = '<figure style="animation-delay: {delay}s">{svg}<figcaption>{number}/{count}</figcaption></figure>'


class Contents(Struct, frozen=True):
    """What one file holds: whole bundles, or texts of codes."""

    bundles: tuple[bytes, ...]
    texts: tuple[str, ...]


def code(frame: str) -> segno.QRCode:
    """The code of a frame."""
    return segno.make(frame, error="m", mode="alphanumeric", micro=False)


def picture(frame: str) -> bytes:
    """The code of a frame as PNG."""
    drawn = io.BytesIO()
    code(frame).save(drawn, kind="png", scale=_SCALE)
    return drawn.getvalue()


def page(frames: tuple[str, ...], title: str) -> str:
    """A page that shows the codes large, one a second in a loop, without any script; printed, one a sheet.

    ``title`` is plain text that holds no mark-up.
    """
    assert not set(title) & set("<>&")
    count = len(frames)
    figures = (
        _FIGURE.format(delay=number, svg=code(one).svg_inline(omitsize=True), number=number + 1, count=count)
        for number, one in enumerate(frames)
    )
    # A single frame is always there; of several, each has its share of the loop.
    share = 100_000 // count
    share_text = f"{share // 1_000}.{share % 1_000:03}"
    return _PAGE.format(title=title, seconds=count, share=share_text, figures="\n".join(figures))


def contents(raw: bytes) -> Contents:
    """What a file holds, whatever it is called: bundles, lines that a scanner read, or a photo of codes.

    Raises:
        MalformedError: none of these; or a photo without any code.
        LimitError: too large.
    """
    if raw.startswith(_STARTS):
        return Contents((), codes_in(raw))
    if PREFIX.encode() in raw:
        try:
            lines = raw.decode("utf-8-sig").split()
        except UnicodeDecodeError:
            pass
        else:
            return Contents((), tuple(lines))
    return Contents(split_file(raw), ())


def codes_in(photo: bytes) -> tuple[str, ...]:
    """Texts of the QR codes in a PNG or JPEG; raises MalformedError when there is none, or LimitError."""
    try:
        with Image.open(io.BytesIO(photo), formats=_FORMATS) as image:
            if image.width * image.height > PIXELS_MAX:
                raise LimitError(f"a photo of {image.width} × {image.height} pixels")
            grey = image.convert("L")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise MalformedError(f"this is no whole picture: {error}") from error
    # Told to look for any barcode, it sees some in the pattern of a QR code.
    found = zxingcpp.read_barcodes(grey, formats=_QR)
    if not found:
        raise MalformedError("no code is to be read in this picture")
    return tuple(one.text for one in found)
