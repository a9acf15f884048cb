"""Options and endings that every ``tovay-hub`` command shares."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import msgspec
import rich_click as click
from rich.console import Console
from structlog import get_logger

from hub.app import Hub, SignerLoader, clock, opened
from hub.errors import EngineError, HubError, SettingsError, StoppedGroupError, StoreError
from hub.logs import configure
from hub.service.tables.sheets import FORMS, Sheet
from hub.settings import COUCHDB_URL, COUCHDB_USER, DATABASE, OPENED_BY, SETTINGS, load
from hub.wording import ENGINE, sentence, stopped
from provisioning.authority import load_hub_signer
from provisioning.errors import ProvisioningError
from provisioning.usage import Word, misuse, speak_vietnamese
from provisioning.wording import sentence as provisioning_sentence

OUT = Console()
ERR = Console(stderr=True)

_STORE = Word("kho", "sqlite|couchdb", "chọn sqlite hoặc couchdb")
_URL = Word("địa chỉ", COUCHDB_URL, "dạng http://10.0.0.5:5984, không ghi tên và mật khẩu trong địa chỉ")
_USER = Word("tên", COUCHDB_USER, "từ 1 đến 100 ký tự, không có dấu hai chấm")
_DATABASE = Word("tên", DATABASE, "chữ thường không dấu, số và _ -, bắt đầu bằng chữ")
_WHERE = (
    click.option("--store", type=_STORE, help="Kho dữ liệu: sqlite (một tệp, mặc định) hoặc couchdb."),
    click.option("--url", type=_URL, help="Địa chỉ của CouchDB."),
    click.option("--user", type=_USER, help="Tên đăng nhập CouchDB."),
    click.option(
        "--password-file", type=click.Path(path_type=Path), metavar="TỆP", help="Tệp mật khẩu CouchDB."
    ),
    click.option(
        "--ca-file", type=click.Path(path_type=Path), metavar="TỆP", help="Chứng chỉ CA của CouchDB (https)."
    ),
    click.option("--database", type=_DATABASE, help="Tên cơ sở dữ liệu; mặc định: tovay-<chi nhánh>."),
)
_WHERE_NAMES = ("store", "url", "user", "password_file", "ca_file", "database")


def where_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options that say where the documents are: of ``init``, and in front of any command.

    In front of ``init`` they mean the same as behind it; any other command is refused where ``hub.toml``
    says something else.
    """
    for option in reversed(_WHERE):
        command = option(command)
    return command


def _as_told(context: click.Context, _: click.Parameter, directory: Path) -> Path:
    """The directory, unless its ``hub.toml`` says another store than the words in front of the command."""
    told = {} if context.parent is None else context.find_root().params
    named = {name: told[name] for name in _WHERE_NAMES if told.get(name) is not None}
    if named and (directory / SETTINGS).exists():
        stands = msgspec.structs.asdict(load(directory, {}))
        # A path is relative to the directory in hub.toml, and to where somebody stands when it is typed.
        for name in ("password_file", "ca_file"):
            stands[name] = directory.absolute() / stands[name]
        for name, value in named.items():
            meant = value.absolute() if isinstance(value, Path) else value
            if str(meant).rstrip("/") != str(stands[name]).rstrip("/"):
                option = f"--{name.replace('_', '-')}"
                raise SettingsError("told_otherwise", path=directory / SETTINGS, option=option)
    return directory


DIRECTORY = click.option(
    "--dir",
    "directory",
    type=click.Path(path_type=Path),
    metavar="THƯ MỤC",
    required=True,
    callback=_as_told,
    help="Thư mục chi nhánh (nằm trên máy chủ).",
)
PASSPHRASE = click.option(
    "--passphrase-file",
    "passphrase_file",
    type=click.Path(path_type=Path),
    metavar="TỆP",
    help="Tệp mật khẩu của khóa máy chủ.",
)
HELP = click.help_option("--help", help="Xem hướng dẫn này.")
JSON = click.option("--json", "as_json", is_flag=True, help="In kết quả dạng JSON.")
FORM = click.option(
    "--format",
    "form",
    type=Word("dạng", "|".join(FORMS), "chọn text, csv, xlsx hoặc json"),
    default="text",
    help="Dạng in: text, csv, xlsx hoặc json.",
)
FILE = click.option(
    "--out", type=click.Path(path_type=Path), metavar="TỆP", help="Tệp ghi ra; không có thì in ra màn hình."
)


@contextmanager
def hub_of(
    directory: Path,
    passphrase_file: Path | None = None,
    *,
    sealing: bool = False,
    load_signer: SignerLoader = load_hub_signer,
) -> Iterator[Hub]:
    """The hub of a branch directory for one command; with ``sealing`` the branch's keys are opened."""
    environ = dict(os.environ)
    if passphrase_file is not None:
        environ[OPENED_BY] = str(passphrase_file.absolute())
    with opened(directory, environ, sealing=sealing, load_signer=load_signer) as hub:
        yield hub


def run(commands: click.Command, arguments: Sequence[str] | None, name: str) -> NoReturn:
    """Run one command and leave: 0 done, 1 refused or failed, 2 misused. Only sentences reach a person."""
    speak_vietnamese()
    if sys.stdout is None:
        fail(sentence("no_output"), 1)
    try:
        configure(clock(os.environ), "warning")
        code = commands.main(arguments, prog_name=name, standalone_mode=False)
        sys.stdout.flush()  # what is still buffered fails here, where it can be told
    except click.UsageError as error:
        fail(misuse(error), 2)
    except click.Abort:
        fail("Đã dừng.", 1)
    except HubError as error:
        fail(reason(error), 1)
    except ProvisioningError as error:
        fail(provisioning_sentence(error), 1)
    except OSError as error:
        if error.filename is not None:
            get_logger().error("command_failed", exc_info=error)
            fail(sentence("internal"), 1)
        # What is still buffered would be tried again, and fail again, when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        fail(sentence("untold"), 1)
    except Exception as error:  # noqa: BLE001 (the last door: no text of an exception reaches a person)
        get_logger().error("command_failed", exc_info=error)
        fail(sentence("internal"), 1)
    sys.exit(code if isinstance(code, int) else 0)


def reason(error: HubError) -> str:
    """Why a command did not do what it was asked, for a person at the branch."""
    match error:
        case StoppedGroupError():
            return stopped(error.group, error.why)
        case EngineError():
            return ENGINE[error.why]
        case StoreError(code="store"):
            return sentence("store_unusable")  # its own sentence is for phones, which come again
        case _:
            return sentence(error.code, **getattr(error, "shown", {}))


def fail(told: str, code: int) -> NoReturn:
    """Say it on the error stream and leave with the code."""
    warn(told)
    sys.exit(code)


def print_json(value: object) -> None:
    """One line of JSON on the output stream."""
    sys.stdout.buffer.write(msgspec.json.encode(value) + b"\n")
    sys.stdout.buffer.flush()


def deliver(sheet: Sheet, form: str, out: Path | None) -> None:
    """A table in one of `FORMS`, to a file or to the output stream; raises SettingsError when it cannot."""
    made = FORMS[form](sheet)
    if out is not None:
        try:
            out.write_bytes(made)
        except OSError as error:
            raise SettingsError("unwritable", path=out) from error
        say(f"Đã ghi bảng vào {out}.")
        return
    if form == "xlsx" and sys.stdout.isatty():
        raise SettingsError("not_for_a_screen")
    sys.stdout.buffer.write(made)
    sys.stdout.buffer.flush()


def warn(told: str) -> None:
    """Say it on the error stream and go on."""
    ERR.print(told, markup=False, highlight=False, soft_wrap=True)


def say(*lines: str) -> None:
    """Lines for a person."""
    for line in lines:
        OUT.print(line, markup=False, highlight=False, soft_wrap=True)
