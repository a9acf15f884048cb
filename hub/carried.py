"""Files that carriers bring to the hub, and answers that they take along."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from hub.errors import BundleError
from protocol.errors import LimitError, MalformedError
from protocol.frames import Incomplete, bundle_id, gather, write_frames
from protocol.limits import BUNDLE_FILE_BYTES_MAX, BUNDLES_PER_FILE_MAX
from protocol.pictures import Contents, contents, page, picture

STREAM = "-"
_FILES_MAX = 1_000


class Brought(Struct, frozen=True):
    """A bundle, and where it came from, for people."""

    source: str
    raw: bytes


class Delivery(Struct, frozen=True):
    """All that was brought: whole bundles, each once, and what is wrong with the rest."""

    bundles: tuple[Brought, ...]
    faults: tuple[BundleError, ...]


def deliver_in(paths: Sequence[str]) -> Delivery:
    """Read files, the files of directories, or the standard input; what is wrong with one stops no other."""
    found: dict[bytes, str] = {}
    texts: list[str] = []
    faults: list[BundleError] = []
    for path in paths:
        try:
            for name, raw in _read(path):
                try:
                    held = _contents(name, raw)
                except BundleError as error:
                    faults.append(error)
                    continue
                texts += held.texts
                for bundle in held.bundles:
                    found.setdefault(bundle, name)
        except BundleError as error:
            faults.append(error)
    gathered = gather(texts)
    for bundle in gathered.bundles:
        found.setdefault(bundle, f"QR {bundle_id(bundle)}")
    faults += map(_wanted, gathered.incomplete)
    faults += (BundleError("bundle_foreign_code", text=text[:40]) for text in gathered.foreign)
    return Delivery(tuple(Brought(name, raw) for raw, name in found.items()), tuple(faults))


def deliver_out(bundles: Iterable[bytes], path: Path) -> None:
    """Write answers to one file, whole or not at all; raises BundleError."""
    every = tuple(bundles)
    content = b"".join(every)
    if len(every) > BUNDLES_PER_FILE_MAX or len(content) > BUNDLE_FILE_BYTES_MAX:
        raise BundleError("reply_too_large")
    _write(path, content)


def show_out(bundles: Iterable[bytes], title: str, folder: Path) -> list[Path]:
    """Write each bundle as pictures and as a page that shows them in a loop; returns the pages.

    Raises:
        BundleError: a bundle is too large to be shown, or the folder takes nothing.
    """
    pages = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BundleError("reply_unwritable", path=folder) from error
    for bundle in bundles:
        name = bundle_id(bundle)
        try:
            frames = write_frames(bundle)
        except LimitError as error:
            raise BundleError("reply_not_to_be_shown", title=title) from error
        for number, frame in enumerate(frames, 1):
            _write(folder / f"{name}-{number:03}.png", picture(frame))
        pages.append(folder / f"{name}.html")
        _write(pages[-1], page(frames, title).encode())
    return pages


def _read(path: str) -> Iterator[tuple[str, bytes]]:
    if path == STREAM:
        if sys.stdin is None:
            raise BundleError("bundle_unreadable", path=path)
        yield STREAM, sys.stdin.buffer.read(BUNDLE_FILE_BYTES_MAX + 1)
        return
    if not path:
        raise BundleError("bundle_unreadable", path="“”")  # an empty path means the current folder
    place = Path(path)
    try:
        files = _files_in(place) if place.is_dir() else [place]
        if not 0 < len(files) <= _FILES_MAX:
            raise BundleError("bundle_folder", path=path, most=_FILES_MAX)
        for one in files:
            with one.open("rb") as file:
                yield str(one), file.read(BUNDLE_FILE_BYTES_MAX + 1)
    except OSError as error:
        raise BundleError("bundle_unreadable", path=path) from error


def _files_in(folder: Path) -> list[Path]:
    """The files of a directory; the pages beside the pictures show the same frames."""
    return sorted(one for one in folder.iterdir() if one.is_file() and one.suffix != ".html")


def _contents(name: str, raw: bytes) -> Contents:
    try:
        return contents(raw)
    except LimitError as error:
        raise BundleError("bundle_too_large", path=name) from error
    except MalformedError as error:
        raise BundleError("bundle_no_file", path=name) from error


def _wanted(one: Incomplete) -> BundleError:
    return BundleError(
        "bundle_incomplete", id=one.id, count=one.count, wanted=", ".join(map(str, one.wanted))
    )


def _write(path: Path, content: bytes) -> None:
    if path.is_dir():
        raise BundleError("reply_unwritable", path=path)
    draft = path.with_name(path.name + ".new")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    except OSError as error:
        raise BundleError("reply_unwritable", path=path) from error
