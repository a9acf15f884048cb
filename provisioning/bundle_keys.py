"""The keys to which phones without a network encrypt (L17, L19): the hub loads all, the root states the next.

A phone that slept through a renewal encrypts to an older key, so none is ever forgotten. Renewing replaces
first the key file, then the statements, each whole: a renewal that was interrupted in between left a key that
nobody knows of, and the next one states it.
"""

from datetime import datetime
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from protocol.bundle import PURPOSE
from protocol.codec import decode_as, encode
from protocol.errors import MalformedError
from protocol.native import NativeHpke
from provisioning.authority import load_root, open_bytes, root_spki, wrap_bytes
from provisioning.errors import DamagedFileError
from provisioning.founding import Passphrases, Places
from provisioning.key_statements import state_next, stated_keys
from provisioning.settings import BUNDLE_KEYS, replace_file

_PrivateKeys = tuple[Annotated[bytes, Meta(min_length=32, max_length=32)], ...]


def load_bundle_keys(directory: Path, passphrase: bytes) -> dict[int, bytes]:
    """Private keys by the number of their statement.

    Raises:
        DirectoryError: the file is missing or damaged, does not open, or lacks a key that the root states.
    """
    found = _private_keys(directory, passphrase)
    hpke = NativeHpke()
    stated = stated_keys(directory, PURPOSE)
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
    root = load_root(places.root, passphrases.root, root_spki(directory))
    found = _private_keys(directory, passphrases.branch)
    stated = stated_keys(directory, PURPOSE)
    number = len(stated) + 1
    hpke = NativeHpke()
    if len(found) < number:
        found = (*found, hpke.new_private())
        replace_file(directory / BUNDLE_KEYS, wrap_bytes(encode(found), PURPOSE, passphrases.branch))
    return state_next(directory, PURPOSE, hpke.public_of(found[number - 1]), root, now)


def _private_keys(directory: Path, passphrase: bytes) -> tuple[bytes, ...]:
    path = directory / BUNDLE_KEYS
    try:
        return decode_as(open_bytes(path, PURPOSE, passphrase), _PrivateKeys, "bundle keys")
    except MalformedError as error:
        raise DamagedFileError(path, str(error)) from error
