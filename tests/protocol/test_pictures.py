"""Frames as pictures (L11): what is drawn is read again, and no file that is brought can do harm."""

import io
import struct
import zlib

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from protocol.errors import LimitError, MalformedError
from protocol.frames import gather, write_frames
from protocol.pictures import Contents, codes_in, contents, page, picture
from tests.protocol.test_bundle import down, up
from tests.protocol.test_frames import BUNDLE, FRAMES


def png(image):
    raw = io.BytesIO()
    image.save(raw, "PNG")
    return raw.getvalue()


def test_a_picture_is_read_as_the_frame_that_it_shows():
    assert [codes_in(picture(frame)) for frame in FRAMES] == [(frame,) for frame in FRAMES]


def test_one_photo_may_show_several_codes():
    sheet = Image.new("L", (1_300, 650), 255)
    for place, frame in enumerate(FRAMES[:2]):
        sheet.paste(Image.open(io.BytesIO(picture(frame))), (650 * place, 0))
    assert set(codes_in(png(sheet))) == set(FRAMES[:2])


def test_a_bar_code_beside_it_is_not_read():
    bars = zxingcpp.create_barcode("C89B", zxingcpp.BarcodeFormat.Code128)
    label = Image.fromarray(np.array(zxingcpp.write_barcode_to_image(bars, scale=3)))
    sheet = Image.new("L", (1_300, 650), 255)
    sheet.paste(label, (700, 200))
    with pytest.raises(MalformedError):
        codes_in(png(sheet))
    sheet.paste(Image.open(io.BytesIO(picture(FRAMES[0]))), (0, 0))
    assert codes_in(png(sheet)) == (FRAMES[0],)


def test_a_page_shows_every_frame_in_a_loop_without_script():
    shown = page(FRAMES, "Tổ KM-001, máy 1")
    assert shown.count("<figure") == len(FRAMES)
    assert "<script" not in shown
    assert "<title>Tổ KM-001, máy 1</title>" in shown
    assert "infinite" in shown
    assert "20.000%" in shown


def test_a_file_is_what_it_holds_whatever_its_name():
    first, second = up(), down()
    assert contents(first + second) == Contents((first, second), ())
    assert contents(picture(FRAMES[0])) == Contents((), (FRAMES[0],))
    scanned = "\ufeffhttps://example.vn\r\n" + "\r\n".join(FRAMES) + "\r\n\r\n"
    assert gather(contents(scanned.encode()).texts).bundles == (BUNDLE,)
    hidden = write_frames(b"TOVAY-B1:\xff")
    assert contents("\n".join(hidden).encode()).texts == hidden


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"%PDF-1.7\n",
        b"TOVAY-B1:\xff\xfe",
        picture(FRAMES[0])[:400],
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff\xe0",
    ],
    ids=["empty", "pdf", "no text", "half a picture", "head of a PNG", "head of a JPEG"],
)
def test_what_is_none_of_these_is_refused(raw):
    with pytest.raises(MalformedError):
        contents(raw)


def test_a_photo_without_a_code_is_told():
    with pytest.raises(MalformedError, match="no code"):
        codes_in(png(Image.new("L", (200, 200), 255)))


def test_W111_a_small_file_that_unpacks_to_a_giant_picture_is_not_unpacked():
    for width, height in ((8_000, 8_000), (60_000, 60_000)):
        head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
        with pytest.raises((LimitError, MalformedError)):
            codes_in(b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(bytes(99))))


def _chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
