"""Frames: a bundle as numbered QR codes, read in any order by cheap cameras (L11)."""

import io
from hashlib import shake_128

import pytest
import segno
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from protocol.errors import LimitError, MalformedError
from protocol.frames import Frame, Incomplete, bundle_id, gather, read_frame, write_frames
from protocol.limits import FRAME_BYTES, FRAMES_MAX

BUNDLE = shake_128(b"bundle").digest(1_499)
FRAMES = write_frames(BUNDLE)


def test_a_bundle_of_a_kilobyte_and_a_half_is_five_frames_in_the_alphabet_of_QR_codes():
    assert len(FRAMES) == 5
    assert FRAMES[0].startswith(f"TOVAY-B1:{bundle_id(BUNDLE)}/1/5/")
    for text in FRAMES:
        code = segno.make(text, error="m", micro=False)
        assert code.mode == "alphanumeric"
        assert code.version <= 15


def test_a_frame_says_its_place_and_carries_its_piece():
    assert read_frame(FRAMES[4]) == Frame(bundle_id(BUNDLE), 5, 5, BUNDLE[4 * FRAME_BYTES :])


@given(st.binary(min_size=1, max_size=5_000), st.randoms(use_true_random=False))
def test_frames_come_in_any_order_and_any_number_of_copies(bundle, order):
    texts = list(write_frames(bundle)) * 2
    order.shuffle(texts)
    found = gather(texts)
    assert found.bundles == (bundle,)
    assert (found.incomplete, found.foreign) == ((), ())


def test_frames_of_several_bundles_and_other_codes_are_told_apart():
    other = write_frames(BUNDLE[::-1])
    found = gather(
        [FRAMES[0], "https://example.vn", *other, "TOVAY-R1:AAAA", *FRAMES[1:], "https://example.vn"]
    )
    assert set(found.bundles) == {BUNDLE, BUNDLE[::-1]}
    assert found.foreign == ("https://example.vn", "TOVAY-R1:AAAA")


def test_missing_frames_are_named():
    found = gather([FRAMES[3], FRAMES[1]])
    assert found.bundles == ()
    assert found.incomplete == (Incomplete(bundle_id(BUNDLE), 5, (1, 3, 5)),)


def test_a_frame_that_reads_in_two_ways_is_wanted_again():
    forged = write_frames(BUNDLE[::-1])[2].replace(bundle_id(BUNDLE[::-1]), bundle_id(BUNDLE))
    found = gather([*FRAMES, forged])
    assert found.incomplete == (Incomplete(bundle_id(BUNDLE), 5, (3,)),)
    assert found.bundles == ()


def test_frames_that_do_not_give_their_digest_are_all_wanted_again():
    forged = write_frames(BUNDLE[::-1])[2].replace(bundle_id(BUNDLE[::-1]), bundle_id(BUNDLE))
    found = gather([*FRAMES[:2], forged, *FRAMES[3:]])
    assert found.incomplete == (Incomplete(bundle_id(BUNDLE), 5, (1, 2, 3, 4, 5)),)
    assert found.bundles == ()


def test_the_number_of_frames_is_bounded():
    assert len(write_frames(bytes(FRAMES_MAX * FRAME_BYTES))) == FRAMES_MAX
    for wrong in (b"", bytes(FRAMES_MAX * FRAME_BYTES + 1)):
        with pytest.raises(LimitError):
            write_frames(wrong)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "TOVAY-B1:",
        FRAMES[0].lower(),
        FRAMES[0][:-1],
        FRAMES[0] + "A",
        FRAMES[0] + "\n",
        FRAMES[0].replace("B1", "B2"),
        FRAMES[0].replace("/1/5/", "/01/5/"),
        FRAMES[0].replace("/1/5/", "/0/5/"),
        FRAMES[0].replace("/1/5/", "/6/5/"),
        FRAMES[0].replace("/1/5/", "/1/1000/"),
        FRAMES[4].replace("/5/5/", "/4/5/"),
        FRAMES[0][:30] + "0" + FRAMES[0][31:],
        FRAMES[4][: FRAMES[4].rindex("/") + 1],
        FRAMES[4][:-1] + "B",
    ],
)
def test_what_is_no_frame_is_refused(text):
    with pytest.raises(MalformedError):
        read_frame(text)


def test_a_cheap_camera_reads_the_codes():
    read = []
    for text, tilt in zip(FRAMES, (-7, 5, 2, -3, 6), strict=True):
        drawn = io.BytesIO()
        segno.make(text, error="m", micro=False).save(drawn, kind="png", scale=6)
        photo = Image.open(drawn).convert("L").rotate(tilt, expand=True, fillcolor=200)
        photo = photo.filter(ImageFilter.GaussianBlur(1.2)).point(lambda light: 40 + light * 3 // 5)
        (found,) = zxingcpp.read_barcodes(photo)
        read.append(found.text)
    assert gather(reversed(read)).bundles == (BUNDLE,)
