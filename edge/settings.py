"""What a phone may be told about the network: ``phone.toml`` in its directory, written at enrolment."""

import re
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from edge.errors import AccessError, Fault, InputError
from edge.typed import shown

FILE = "phone.toml"
_ORIGIN = re.compile(
    r"(?P<origin>(?P<scheme>https?)://(?P<host>[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])"
    r"(?::(?P<port>[1-9][0-9]{0,4}))?)/?"
)
_PORT_MAX = 65_535
_THIS_MACHINE = ("localhost", "127.0.0.1", "[::1]")


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """``hub`` is an origin, ``https://hub.example``; ``ca_file`` holds a private authority's certificate."""

    hub: str
    ca_file: str | None = None
    connect_timeout_s: Annotated[int, Meta(ge=1, le=120)] = 10
    read_timeout_s: Annotated[int, Meta(ge=1, le=300)] = 20
    deadline_s: Annotated[int, Meta(ge=1, le=3_600)] = 300


def load(directory: Path) -> Settings:
    """Settings of a phone's directory.

    Raises:
        AccessError: there are none: the phone was never enrolled.
        InputError: the file says something else than it may.
    """
    try:
        raw = (directory / FILE).read_bytes()
    except FileNotFoundError as error:
        raise AccessError(Fault.NOT_ENROLLED) from error
    try:
        settings = msgspec.toml.decode(raw, type=Settings)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InputError(Fault.NOT_A_SETTING, file=FILE) from error
    return msgspec.structs.replace(settings, hub=origin(settings.hub))


def text(settings: Settings) -> str:
    """What ``phone.toml`` says at first; the rest has defaults."""
    return f'hub = "{settings.hub}"\n'


def origin(typed: str) -> str:
    """Scheme, host and port of a hub in lower case; plain HTTP only to this machine. Raises InputError."""
    found = _ORIGIN.fullmatch(typed.strip().lower())
    if found is None or int(found["port"] or 1) > _PORT_MAX:
        raise InputError(Fault.NOT_AN_ADDRESS, typed=shown(typed))
    if found["scheme"] == "http" and found["host"] not in _THIS_MACHINE:
        raise InputError(Fault.NOT_AN_ADDRESS, typed=shown(typed))
    return found["origin"]
