"""What the root stated of one of the branch's keys, and how it states the next one (L17)."""

from datetime import datetime, timedelta
from pathlib import Path

from protocol.codec import encode
from protocol.day import to_instant
from protocol.keys import KeyStatement, read_statement, state_key, statement_digest
from protocol.limits import KEY_STATEMENTS_MAX
from protocol.native import NativeVerifier
from protocol.ports import Signer
from provisioning.authority import AUTHORITY_DAYS, root_spki, statements
from provisioning.errors import DamagedFileError
from provisioning.settings import STATEMENTS, load, replace_file


def stated_keys(directory: Path, purpose: str) -> dict[bytes, KeyStatement]:
    """The statements of one purpose as signed and as read, in the order of their numbers.

    Raises:
        DirectoryError: the files are not of one branch, or the numbers are not 1, 2, 3 …
    """
    root, verifier = root_spki(directory), NativeVerifier()
    read = {raw: read_statement(raw, root, verifier) for raw in statements(directory)}
    found = {raw: one for raw, one in read.items() if one.purpose == purpose}
    if [one.number for one in found.values()] != list(range(1, len(found) + 1)) or not found:
        raise DamagedFileError(directory / STATEMENTS, f"{purpose} keys are not numbered from 1")
    return found


def state_next(directory: Path, purpose: str, spki: bytes, root: Signer, now: datetime) -> int:
    """Have the root state the next key of a purpose; returns its number.

    Raises:
        DirectoryError: as ``stated_keys``; there are too many statements, or the disk refused.
    """
    signed, last = list(stated_keys(directory, purpose).items())[-1]
    statement = KeyStatement(
        version=1,
        branch=load(directory).branch,
        purpose=purpose,
        number=last.number + 1,
        algorithm=last.algorithm,
        spki=spki,
        valid_from=to_instant(now),
        valid_until=to_instant(now + timedelta(days=AUTHORITY_DAYS)),
        supersedes=statement_digest(signed),
    )
    every = (*statements(directory), state_key(statement, root))
    if len(every) > KEY_STATEMENTS_MAX:
        raise DamagedFileError(directory / STATEMENTS, f"over {KEY_STATEMENTS_MAX} statements")
    replace_file(directory / STATEMENTS, encode(every))
    return statement.number
