"""The frame of every ``tovay-edge`` command: options, the opened phone, JSON, and how a refusal is said."""

import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NoReturn, TypeVar

import msgspec
import rich_click as click
from rich.console import Console

from edge import agent, clock, native, settings, wording
from edge.contact import LEASE_DAYS, clock_doubt, lease
from edge.errors import DeviceError, EdgeError, Fault, InputError
from edge.exchange_wording import clock_is_off, long_silent
from edge.fault_wording import sentence
from edge.phone import Clock, Phone
from edge.transport import Carrier

T = TypeVar("T")
LOOK = {
    "options_panel_title": "Tùy chọn",
    "commands_panel_title": "Lệnh",
    "arguments_panel_title": "Tham số",
    "required_long_string": "(bắt buộc)",
    "default_string": "(mặc định: {})",
}
HELP = click.help_option("--help", help="Xem hướng dẫn này.")
_PATH = click.Path(path_type=Path)
_DIRECTORY = click.option(
    "--dir",
    "directory",
    type=_PATH,
    metavar="THƯ MỤC",
    envvar="TOVAY_DIR",
    required=True,
    help="Thư mục của máy (TOVAY_DIR).",
)
_PIN_FILE = click.option(
    "--pin-file",
    type=_PATH,
    metavar="TỆP",
    envvar="TOVAY_PIN_FILE",
    help="Tệp chứa mã PIN (TOVAY_PIN_FILE); không có thì hỏi.",
)
_JSON = click.option("--json", "as_json", is_flag=True, help="In kết quả dạng JSON cho máy đọc.")
_PIN_BYTES_MAX = 100


class Usage(click.RichHelpFormatter):
    """The page of ``--help``: its first line is in Vietnamese too, for which the library has no setting."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write how the command is called."""
        del prefix
        told = args.replace("[OPTIONS]", "[TÙY CHỌN]").replace("COMMAND [ARGS]...", "LỆNH …")
        super().write_usage(prog, told, "Cách dùng:")


class Read(click.ParamType[object]):
    """A parameter that one of the functions of ``edge.typed`` reads."""

    def __init__(self, name: str, read: Callable[[str], object]) -> None:
        """Show ``name`` in the help."""
        self.name = name
        self._read = read

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> object:
        """What the text means; raises InputError, which ``edge.cli.main`` says."""
        del param, ctx
        return self._read(value) if isinstance(value, str) else value


class Words(click.ParamType[str]):
    """One of a few codes, each with its Vietnamese words in the help."""

    def __init__(self, words: Mapping[str, str]) -> None:
        """Allow the codes of ``words``."""
        self.name = "mã"
        self._words = words

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """The codes, as they are typed."""
        del param, ctx
        return "|".join(self._words)

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The code; raises BadParameter with the codes and what they mean."""
        if value not in self._words:
            self.fail("; ".join(f"{code}: {word}" for code, word in self._words.items()), param, ctx)
        return value


class Asked(msgspec.Struct, frozen=True):
    """The options that every command has."""

    directory: Path
    pin_file: Path | None
    as_json: bool


def common(command: Callable[..., None]) -> Callable[..., None]:
    """Add ``--dir``, ``--pin-file``, ``--json`` and ``--help``; the command gets them as one ``asked``."""

    def run(directory: Path, pin_file: Path | None, as_json: bool, **given: object) -> None:  # noqa: FBT001 (click)
        command(asked=Asked(directory, pin_file, as_json), **given)

    run.__doc__ = command.__doc__
    return HELP(_DIRECTORY(_PIN_FILE(_JSON(run))))


@contextmanager
def opened(asked: Asked) -> Iterator[Phone]:
    """The unlocked phone of a directory; closed at the end, whatever happens."""
    pin = read_pin(asked)
    if not asked.directory.is_dir():
        raise InputError(Fault.NO_DIRECTORY, directory=str(asked.directory))
    time = told_clock(asked)
    with on_the_disk():
        host = native.open_host(asked.directory)
    phone = agent.unlock(asked.directory / native.LEDGER, pin, host, time)
    with closing(phone.ledger):
        _tell_times(phone)
        yield phone
    if phone.loose_ends is not None:
        say(wording.NEARLY_FULL)


@contextmanager
def on_the_disk() -> Iterator[None]:
    """Tell what the operating system refuses about the phone's own files as a fault of its storage."""
    try:
        yield
    except OSError as error:
        raise DeviceError(Fault.STORAGE_FAILED) from error


def told_clock(asked: Asked) -> Clock:
    """The clock; a rehearsal is said aloud."""
    time = clock.clock(os.environ)
    if clock.REHEARSAL in os.environ and not asked.as_json:
        Console(stderr=True).print(wording.REHEARSAL.format(moment=wording.moment(time())), style="dim")
    return time


def carrier(asked: Asked) -> Carrier:
    """The hub that the directory's settings name."""
    known = settings.load(asked.directory)
    return Carrier(native.HttpTransport(known), known.hub)


def read_pin(asked: Asked) -> str:
    """The PIN from its file, or from the keyboard without echo; raises InputError."""
    if asked.pin_file is None:
        return str(click.prompt("Mã PIN", hide_input=True))
    try:
        with asked.pin_file.open("rb") as file:
            return file.read(_PIN_BYTES_MAX).decode("ascii").removesuffix("\n").removesuffix("\r")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(Fault.NO_PIN_FILE, file=str(asked.pin_file)) from error


def confirm(asked: Asked, sentence: str, *, yes: bool) -> None:
    """Ask before something is signed; a machine, or --yes, has asked already. Raises InputError for a no."""
    if not (yes or asked.as_json or click.confirm(sentence)):
        raise InputError(Fault.DECLINED)


def show(asked: Asked, view: T, draw: Callable[[Console, T], None]) -> None:
    """Print a view: as one line of JSON, or drawn for people."""
    if asked.as_json:
        sys.stdout.write(msgspec.json.encode(view).decode() + "\n")
    else:
        draw(Console(highlight=False, soft_wrap=False), view)


def refuse(error: EdgeError, *, as_json: bool) -> NoReturn:
    """Say why nothing was recorded, and leave with status 1."""
    said = told(error)
    if as_json:
        sys.stdout.write(msgspec.json.encode({"error": said}).decode() + "\n")
    say(said["message"])
    sys.exit(1)


def told(error: EdgeError) -> dict[str, str]:
    """A refusal for a program: its stable ``code``, and the ``message`` that a person reads."""
    return {"code": error.fault, "message": sentence(error.fault, error.facts)}


def speak_vietnamese() -> None:
    """Write UTF-8 whatever the terminal's locale is (what was saved must be told), and help with `Usage`."""
    click.RichContext.formatter_class = Usage
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def not_told() -> NoReturn:
    """Leave with status 1 when the output does not take what was done: whether it was saved, status says."""
    with suppress(OSError):
        say(wording.NOT_TOLD)
    # What is still buffered would be tried again, and fail again, when the interpreter ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(1)


def say(sentence: str) -> None:
    """One sentence to the person, beside the output."""
    Console(stderr=True, soft_wrap=True).print(sentence, style="bold red", markup=False, highlight=False)


def print_warnings(codes: Iterable[str]) -> None:
    """What a person should know, beside the output."""
    for code in codes:
        say(wording.WARNINGS[code])


def _tell_times(phone: Phone) -> None:
    """What every start says: a clock that is in doubt, and a lease that is over."""
    doubt, held, stopped = clock_doubt(phone), lease(phone), phone.stopped is not None
    if doubt is not None:
        say(clock_is_off(doubt.phone_at, doubt.branch_at, stopped=stopped))
    if held is not None and held.is_over:
        say(long_silent(held.days_silent, LEASE_DAYS, stopped=stopped))


def misuse(error: click.UsageError) -> str:
    """One sentence for a misused command line."""
    if isinstance(error, click.MissingParameter):
        return f"Thiếu {_name(error)}. {wording.MISUSED}"
    if isinstance(error, click.BadParameter):
        return f"{_name(error)} nhận một trong: {error.message}."
    if isinstance(error, click.NoSuchOption):
        return f"Không có tùy chọn {error.option_name}. {wording.MISUSED}"
    return error.message if error.message in wording.CHOICES else wording.MISUSED


def _name(error: click.BadParameter) -> str:
    if error.param is None:
        return "tham số"
    return error.param.opts[0] if isinstance(error.param, click.Option) else error.param.human_readable_name
