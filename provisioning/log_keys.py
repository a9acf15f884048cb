"""The branch's next log key (L5, L17): stated by the root, taken over by every group's log, then the only.

The new key waits in ``log.next`` until ``tovay-hub change-key`` has let the old one say ``KeyStated`` in
every log; then it takes the place of ``log.key``, and the old one is gone. The key file is written before the
statement: what was interrupted in between left a key that nobody knows of, and the next call states it.
"""

import os
from datetime import datetime
from pathlib import Path

from provisioning.authority import load_log_key, load_root, new_log_key, root_spki
from provisioning.errors import DamagedFileError, UnwritableError
from provisioning.founding import Passphrases, Places
from provisioning.key_statements import state_next, stated_keys
from provisioning.settings import LOG_KEY, LOG_KEY_NEXT, replace_file

PURPOSE = "log"


def state_log_key(places: Places, passphrases: Passphrases, now: datetime) -> int:
    """Make the next log key and have the root state it; returns its number, also of one that waits already.

    Raises:
        DirectoryError: a place is not of this branch, cannot be read or written, or a passphrase is wrong.
    """
    directory = places.branch
    root = load_root(places.root, passphrases.root, root_spki(directory))
    load_log_key(directory / LOG_KEY, passphrases.branch)  # the passphrase is the one of the key in use
    following = directory / LOG_KEY_NEXT
    if not following.exists():
        replace_file(following, new_log_key(passphrases.branch))
    spki = load_log_key(following, passphrases.branch).spki
    newest = list(stated_keys(directory, PURPOSE).values())[-1]
    return newest.number if newest.spki == spki else state_next(directory, PURPOSE, spki, root, now)


def waiting_key(directory: Path, passphrase: bytes) -> bytes | None:
    """The statement of the key that is to take over, as signed; None when none waits.

    Raises:
        DirectoryError: a file cannot be read, or the key that the root stated last is not there.
    """
    signed, newest = list(stated_keys(directory, PURPOSE).items())[-1]
    if load_log_key(directory / LOG_KEY, passphrase).spki == newest.spki:
        return None
    following = directory / LOG_KEY_NEXT
    if load_log_key(following, passphrase).spki != newest.spki:
        raise DamagedFileError(following, "not the key that the root stated last")
    return signed


def take_over(directory: Path) -> None:
    """Let the key that waits be the log key, in one step; raises UnwritableError."""
    following = directory / LOG_KEY_NEXT
    try:
        following.replace(directory / LOG_KEY)
        folder = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise UnwritableError(following, str(error)) from error
