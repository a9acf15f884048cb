"""The keys to which phones without a network encrypt (L17, L19): the hub loads all, the root states the next.

A phone that slept through a renewal encrypts to an older key, so none is ever forgotten. Renewing replaces
first the key file, then the statements, each whole: a renewal that was interrupted in between left a key that
nobody knows of, and the next one states it.
"""

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from protocol.bundle import ALGORITHM, PURPOSE
from protocol.codec import decode_as, encode
from protocol.day import to_instant
from protocol.errors import MalformedError
from protocol.keys import KeyStatement, read_statement, state_key, statement_digest
from protocol.limits import KEY_STATEMENTS_MAX
from protocol.native import NativeHpke, NativeVerifier
from provisioning.authority import AUTHORITY_DAYS, load_root, open_bytes, root_spki, statements, wrap_bytes
from provisioning.errors import DamagedFileError, UnwritableError
from provisioning.founding import Passphrases, Places
from provisioning.settings import BUNDLE_KEYS, STATEMENTS, load

_PrivateKeys = tuple[Annotated[bytes, Meta(min_length=32, max_length=32)], ...]


def load_bundle_keys(directory: Path, passphrase: bytes) -> dict[int, bytes]:
    """Private keys by the number of their statement.

    Raises:
        DirectoryError: the file is missing or damaged, does not open, or lacks a key that the root states.
    """
    found = _private_keys(directory, passphrase)
    hpke = NativeHpke()
    stated = _stated(directory)
    for statement in stated.values():
        held = found[statement.number - 1 : statement.number]
        if [hpke.public_of(key) for key in held] != [statement.spki]:
            raise DamagedFileError(directory / BUNDLE_KEYS, f"the root states another key {statement.number}")
    return dict(enumerate(found[: len(stated)], 1))


def renew_bundle_key(places: Places, passphrases: Passphrases, now: datetime) -> int:
    """Make the next key and have the root state it; returns its number.

    Raises:
        DirectoryError: a place is not of this branch, cannot be read or written, or a passphrase is wrong.
    """
    directory = places.branch
    branch = load(directory).branch
    root = load_root(places.root, passphrases.root, root_spki(directory))
    found = _private_keys(directory, passphrases.branch)
    stated = _stated(directory)
    number = len(stated) + 1
    hpke = NativeHpke()
    if len(found) < number:
        found = (*found, hpke.new_private())
        _replace(directory / BUNDLE_KEYS, wrap_bytes(encode(found), PURPOSE, passphrases.branch))
    statement = KeyStatement(
        version=1,
        branch=branch,
        purpose=PURPOSE,
        number=number,
        algorithm=ALGORITHM,
        spki=hpke.public_of(found[number - 1]),
        valid_from=to_instant(now),
        valid_until=to_instant(now + timedelta(days=AUTHORITY_DAYS)),
        supersedes=statement_digest(list(stated)[-1]),
    )
    every = (*statements(directory), state_key(statement, root))
    if len(every) > KEY_STATEMENTS_MAX:
        raise DamagedFileError(directory / STATEMENTS, f"over {KEY_STATEMENTS_MAX} statements")
    _replace(directory / STATEMENTS, encode(every))
    return number


def _private_keys(directory: Path, passphrase: bytes) -> tuple[bytes, ...]:
    path = directory / BUNDLE_KEYS
    try:
        return decode_as(open_bytes(path, PURPOSE, passphrase), _PrivateKeys, "bundle keys")
    except MalformedError as error:
        raise DamagedFileError(path, str(error)) from error


def _stated(directory: Path) -> dict[bytes, KeyStatement]:
    """The statements of bundle keys as signed and as read, in the order of their numbers."""
    root, verifier = root_spki(directory), NativeVerifier()
    read = {raw: read_statement(raw, root, verifier) for raw in statements(directory)}
    found = {raw: one for raw, one in read.items() if one.purpose == PURPOSE}
    if [one.number for one in found.values()] != list(range(1, len(found) + 1)) or not found:
        raise DamagedFileError(directory / STATEMENTS, "bundle keys are not numbered from 1")
    return found


def _replace(path: Path, content: bytes) -> None:
    """Put a whole new file in the place of the old one: a power cut leaves one or the other."""
    draft = path.with_name(path.name + ".new")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        draft.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise UnwritableError(path, str(error)) from error
