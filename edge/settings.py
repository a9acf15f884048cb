"""What a phone may be told about the network: ``phone.toml`` in its directory, written at enrolment."""

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct

from edge.errors import AccessError, Fault, InputError

FILE = "phone.toml"


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
    """Scheme, host and port of a hub; plain HTTP only to this machine. Raises InputError."""
    parts = urlsplit(typed)
    try:
        port = parts.port
    except ValueError:
        port = -1
    host = parts.hostname or ""
    rest = parts.path.rstrip("/") + parts.query + parts.fragment + (parts.username or "")
    secure = parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))
    if not (secure and host and host.isascii() and port != -1 and rest == ""):
        raise InputError(Fault.NOT_AN_ADDRESS, typed=typed)
    return f"{parts.scheme}://{parts.netloc}"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
