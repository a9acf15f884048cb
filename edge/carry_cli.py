"""``tovay-edge export`` and ``import``: bundles as files, as pictures of codes, and on this screen."""

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import rich_click as click
from msgspec import Struct, structs
from rich.console import Console

from edge import native, typed, wording
from edge.carry import Export, Imported, export, note_exported, take_bundles
from edge.errors import EdgeError, Fault, InputError
from edge.exchange_wording import BUNDLE_TITLE, OUTCOMES, exported, imported
from edge.fault_wording import sentence
from edge.terminal import Asked, common, opened, say, show, told
from edge.transport import Outcome
from protocol.errors import LimitError, MalformedError
from protocol.frames import bundle_id, gather, write_frames
from protocol.limits import BUNDLE_FILE_BYTES_MAX
from protocol.pictures import Contents, code, contents, page, picture

_PATH = click.Path(path_type=Path)
_FILES_MAX = 1_000
_STREAM = "-"
_FRAME_S = 1.0


class Exported(Struct, frozen=True):
    """What was handed out: numbers of seals and bundles, and the pages that show codes."""

    seals: int
    bundles: int
    pages: tuple[str, ...]


@click.command("export")
@click.option("--file", type=_PATH, metavar="TỆP", help="Ghi kiện ra tệp, ví dụ trên thẻ nhớ USB.")
@click.option("--qr", type=_PATH, metavar="THƯ_MỤC", help="Ghi các mã QR: ảnh từng mã và trang để chiếu.")
@click.option("--show", "on_screen", is_flag=True, help="Chiếu các mã QR trên màn hình này, lần lượt.")
@click.option("--rounds", default="100", metavar="SỐ", help="Số vòng chiếu.")
@common
def export_bundles(asked: Asked, file: Path | None, qr: Path | None, rounds: str, *, on_screen: bool) -> None:
    """Kiện những gì chưa gửi để nhờ người mang tới ngân hàng khi không có mạng."""
    if not (file or qr or on_screen):
        raise click.UsageError(wording.CHOOSE_WAY_OUT)
    turns = typed.number(rounds)
    with opened(asked) as phone:
        made = export(phone)
        if file is not None:
            _write(file, b"".join(made.bundles))
        pages = [] if qr is None else _draw(made, qr)
        if on_screen:
            _show_codes(_frames(made), turns)
        note_exported(phone, made)
    handed_out = Exported(len(made.seals), len(made.bundles), tuple(map(str, pages)))
    show(asked, handed_out, _exported)


@click.command("import")
@click.argument("paths", nargs=-1, required=True, metavar="TỆP…")
@common
def import_bundles(asked: Asked, paths: tuple[str, ...]) -> None:
    """Nhận kiện trả lời do người mang về: tệp, ảnh mã QR, thư mục, hoặc - để đọc từ máy quét."""
    bundles, faults = brought(paths)
    with opened(asked) as phone:
        done, refused = take_bundles(phone, bundles)
        stopped = phone.stopped
    wrong = [told(error) for error in (*faults, *refused)]
    show(asked, structs.asdict(done) | {"faults": wrong}, lambda console, _: _imported(console, done))
    for one in wrong:
        say(one["message"])
    if stopped is not None:
        say(wording.STOPPED + sentence(stopped, {}))
    if wrong or done.outcome is not Outcome.DONE:
        sys.exit(1)


def brought(paths: Sequence[str]) -> tuple[tuple[bytes, ...], tuple[EdgeError, ...]]:
    """Bundles in files, directories and the standard input, each once; what is wrong stops no other."""
    found: dict[bytes, None] = {}
    texts: list[str] = []
    faults: list[EdgeError] = []
    for path in paths:
        try:
            for file, raw in _read(path):
                held = _contents(file, raw)
                if isinstance(held, Contents):
                    texts += held.texts
                    found |= dict.fromkeys(held.bundles)
                else:
                    faults.append(held)
        except InputError as error:
            faults.append(error)
    gathered = gather(texts)
    found |= dict.fromkeys(gathered.bundles)
    for one in gathered.incomplete:
        wanted = ", ".join(map(str, one.wanted))
        faults.append(InputError(Fault.BUNDLE_INCOMPLETE, id=one.id, count=one.count, wanted=wanted))
    faults += (InputError(Fault.FOREIGN_CODE, text=text[:40]) for text in gathered.foreign)
    return tuple(found), tuple(faults)


def _read(path: str) -> Iterator[tuple[str, bytes]]:
    if path == _STREAM:
        if sys.stdin is None:
            raise InputError(Fault.BUNDLE_UNREADABLE, file=path)
        yield path, sys.stdin.buffer.read(BUNDLE_FILE_BYTES_MAX + 1)
        return
    if not path:
        raise InputError(Fault.BUNDLE_UNREADABLE, file="“”")  # an empty path means the current folder
    place = Path(path)
    try:
        files = _files_in(place) if place.is_dir() else [place]
        if not 0 < len(files) <= _FILES_MAX:
            raise InputError(Fault.BUNDLE_FOLDER, file=path, most=_FILES_MAX)
        for one in files:
            with one.open("rb") as file:
                yield str(one), file.read(BUNDLE_FILE_BYTES_MAX + 1)
    except OSError as error:
        raise InputError(Fault.BUNDLE_UNREADABLE, file=path) from error


def _files_in(folder: Path) -> list[Path]:
    """The files of a directory; the pages beside the pictures show the same frames."""
    return sorted(one for one in folder.iterdir() if one.is_file() and one.suffix != ".html")


def _contents(file: str, raw: bytes) -> Contents | InputError:
    try:
        return contents(raw)
    except LimitError:
        return InputError(Fault.BUNDLE_TOO_LARGE, file=file)
    except MalformedError:
        return InputError(Fault.NOT_A_BUNDLE, file=file)


def _frames(made: Export) -> list[tuple[str, tuple[str, ...]]]:
    """The frames of each bundle under its name; raises InputError when there would be too many."""
    try:
        return [(bundle_id(raw), write_frames(raw)) for raw in made.bundles]
    except LimitError as error:
        raise InputError(Fault.NOT_TO_BE_SHOWN) from error


def _draw(made: Export, folder: Path) -> list[Path]:
    """Write each frame as a picture, and for each bundle a page that shows them in a loop."""
    pages = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(Fault.CANNOT_WRITE, file=str(folder)) from error
    for name, frames in _frames(made):
        for number, frame in enumerate(frames, 1):
            _write(folder / f"{name}-{number:03}.png", picture(frame))
        pages.append(folder / f"{name}.html")
        _write(pages[-1], page(frames, BUNDLE_TITLE).encode())
    return pages


def _show_codes(bundles: Iterable[tuple[str, tuple[str, ...]]], rounds: int) -> None:
    """Show every code in turn until the rounds are over, or somebody has read enough and interrupts."""
    every = [(number, frames) for _, frames in bundles for number in range(len(frames))]
    with suppress(KeyboardInterrupt):
        for _ in range(rounds):
            for number, frames in every:
                click.clear()
                code(frames[number]).terminal(compact=True)
                click.echo(f"{number + 1}/{len(frames)}")
                time.sleep(_FRAME_S)


def _write(path: Path, content: bytes) -> None:
    if path.is_dir():
        raise InputError(Fault.CANNOT_WRITE, file=str(path))
    try:
        native.replace_file(path, content)
    except OSError as error:
        raise InputError(Fault.CANNOT_WRITE, file=str(path)) from error


def _exported(console: Console, view: Exported) -> None:
    console.print(exported(view.seals, view.bundles), *view.pages, sep="\n", markup=False, soft_wrap=True)


def _imported(console: Console, view: Imported) -> None:
    for line in imported(view.answers, view.foreign, view.learnt, view.acknowledged, view.waiting):
        console.print(line, markup=False, soft_wrap=True)
    if view.outcome not in (None, Outcome.DONE):
        console.print(OUTCOMES[view.outcome], markup=False, soft_wrap=True)
