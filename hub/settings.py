"""Where the hub keeps what is its own in a branch directory, and what may be tuned (``hub.toml``).

The rest of the directory is ``provisioning.settings``. ``hub.toml`` is written last: a directory without it
was never finished, and nothing opens it.
"""

import re
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from calc.terms import Terms
from hub.errors import SettingsError
from protocol.seal import ENCODING

STORE = "hub.sqlite"
MARKS = "marks.sqlite"
SETTINGS = "hub.toml"
TERMS = "terms.toml"
OPENED_BY = "TOVAY_PASSPHRASE_FILE"
"""Environment variable that names the passphrase file; stronger than ``hub.toml``."""

ORIGIN = r"https?://[A-Za-z0-9.-]{1,120}(:[0-9]{1,5})?"
COUCHDB_URL = rf"{ORIGIN}(/[A-Za-z0-9._~-]{{1,60}}){{0,4}}/?"
COUCHDB_USER = r"[^:\x00-\x1f]{1,100}"
_PLACE = re.compile(r"field `(?P<field>\w+)|\$\.(?P<key>\w+)|line (?P<line>\d+)")
"""Where a TOML file is wrong, in the words of who decoded it."""

DATABASE = r"[a-z][a-z0-9_-]{0,99}"


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """``hub.toml``. ``origin`` is the address that phones call; empty: the one that the hub listens on.

    ``passphrase_file`` opens the branch's keys; relative to the directory, never the passphrase itself.
    ``encoding`` is the newest of seal bodies that every phone and hub of the branch reads (L6).
    ``proxies`` are the addresses whose word about who calls is believed (``X-Forwarded-For``).
    ``mark_file`` says how far each branch log had come (L15); relative too, and no part of any backup.
    ``store`` is where the documents are: in the file `STORE` of the directory, or on the CouchDB at ``url``,
    which ``user`` may use with the password in ``password_file`` (relative too, never the password itself).
    An ``https`` address is believed by the certificates in ``ca_file``; empty: by the public authorities'.
    ``database`` is the name there; empty: ``tovay-`` and the branch's code.
    ``appends`` says whether this hub is the one that writes branch logs (L14); one that is not passes what
    phones send on to the one at ``forward_to``, and all hubs of the branch have the same ``origin``. Every
    ``sweep_s`` seconds the one that appends looks for what others stored while it was away.
    ``entries_kept`` bounds the memory for groups: entries and texts in their states, of about 1.3 kB each.
    """

    host: Annotated[str, Meta(min_length=1, max_length=120)] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535)] = 8_470
    origin: Annotated[str, Meta(pattern=rf"\A({ORIGIN})?\Z")] = ""
    passphrase_file: str = ""
    mark_file: Annotated[str, Meta(min_length=1)] = MARKS
    encoding: Annotated[int, Meta(ge=0, le=ENCODING)] = ENCODING
    proxies: Annotated[tuple[str, ...], Meta(max_length=16)] = ()
    store: Literal["sqlite", "couchdb"] = "sqlite"
    url: Annotated[str, Meta(pattern=rf"\A({COUCHDB_URL})?\Z")] = ""
    user: Annotated[str, Meta(pattern=rf"\A({COUCHDB_USER})?\Z")] = ""
    password_file: str = ""
    ca_file: str = ""
    database: Annotated[str, Meta(pattern=rf"\A({DATABASE})?\Z")] = ""
    appends: bool = True
    forward_to: Annotated[str, Meta(pattern=rf"\A({ORIGIN})?\Z")] = ""
    sweep_s: Annotated[int, Meta(ge=1, le=86_400)] = 60
    entries_kept: Annotated[int, Meta(ge=1_000, le=1_000_000_000)] = 400_000

    def __post_init__(self) -> None:
        """Raise ValueError for a proxy that would be anybody, and for a CouchDB that nobody can ask."""
        for proxy in self.proxies:
            try:
                ip_address(proxy)
            except ValueError as error:
                raise ValueError("field `proxies` takes addresses alone") from error
        if self.store == "couchdb" and not (self.url and self.user and self.password_file):
            raise ValueError("a CouchDB needs field `url`, and user and password_file")


def load(directory: Path, environ: Mapping[str, str]) -> Settings:
    """Settings of a branch directory; raises SettingsError when they are missing or say something else."""
    try:
        settings = msgspec.toml.decode((directory / SETTINGS).read_bytes(), type=Settings)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise SettingsError("not_initialised", path=directory) from error
    except OSError as error:
        raise SettingsError("unreadable_file", path=directory / SETTINGS) from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise refused(directory / SETTINGS, error) from error
    if not settings.appends and not (settings.forward_to and settings.origin):
        raise SettingsError("no_appender", path=directory / SETTINGS)
    named = environ.get(OPENED_BY)
    return msgspec.structs.replace(settings, passphrase_file=named) if named else settings


def load_terms(directory: Path) -> Terms:
    """Fees and thresholds of a branch: ``terms.toml`` where it gives one, else those of `calc.terms`.

    Raises SettingsError when the file cannot be read or says something else.
    """
    path = directory / TERMS
    if not path.exists():
        return Terms()
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Terms)
    except OSError as error:
        raise SettingsError("unreadable_file", path=path) from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise refused(path, error) from error


def refused(path: Path, error: Exception) -> SettingsError:
    """What to raise for a TOML file that says something else: with the key or the line where it is known."""
    found = _PLACE.search(str(error)) if isinstance(error, msgspec.MsgspecError) else None
    key = found and (found["field"] or found["key"])
    where = "" if found is None else f" ở mục {key}" if key else f" ở dòng {found['line']}"
    return SettingsError("bad_settings", path=path, where=where)


def text(settings: Settings) -> str:
    """What ``hub.toml`` says at first."""
    # A JSON string or integer is one of TOML too.
    fields = msgspec.structs.asdict(settings)
    return "".join(f"{name} = {msgspec.json.encode(value).decode()}\n" for name, value in fields.items())
