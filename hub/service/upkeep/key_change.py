"""Every group's log changes to the branch's next key (L5, L17): ``KeyStated``, sealed by the old one.

1. each log says it once and alone in its seal; from the next seal on only the new key verifies
2. a call that was cut is finished by the next one: a log that has changed is passed over
3. the old key can change no log that is stopped, damaged or under another key still: such a group begins its
   next epoch under the new key, when people say so (L15)
"""

from collections.abc import Callable, Sequence

from msgspec import Struct
from structlog import get_logger

from hub.errors import DamagedError, StoppedGroupError
from hub.service.group.derived import publish
from hub.service.group.groups import Groups
from hub.service.group.state import GroupState
from protocol.entries import BranchEntry
from protocol.keys import read_statement
from protocol.trust_facts import KeyStated

_log = get_logger()


class KeyChanged(Struct, frozen=True):
    """The number of the new key, groups that changed in this call, and those that it could not change."""

    number: int
    changed: tuple[str, ...]
    left: tuple[str, ...]


def change_key(groups: Groups, old: bytes, signed: bytes, tick: Callable[[str], None]) -> KeyChanged:
    """Let every log that is under the key ``old``, which seals here, say the statement of the next one.

    ``signed`` is the statement; ``tick`` is called after each group.

    Raises:
        StoreError: run again; what was appended stays.
    """
    stated = read_statement(signed, groups.trust.root_spki, groups.trust.verifier)
    if groups.marks is not None:
        groups.marks.put_log_key(stated.number)
    changed, left = [], []
    for code in groups.codes():
        try:
            state, is_new = _say(groups, code, old, signed)
        except (DamagedError, StoppedGroupError) as error:
            _log.error("key_not_changed", group=code, cause=str(error))
            left.append(code)
        else:
            if is_new:
                changed.append(code)
            if state.log.key not in (None, stated.spki):
                left.append(code)
        tick(code)
    return KeyChanged(stated.number, tuple(changed), tuple(left))


def _say(groups: Groups, code: str, old: bytes, signed: bytes) -> tuple[GroupState, bool]:
    """A group's log after it, and whether this call let it say so."""
    said: list[KeyStated] = []

    def missing(state: GroupState) -> Sequence[Sequence[BranchEntry]]:
        said[:] = [KeyStated(signed)] if state.log.key == old else []
        return [said] if said else []

    state = groups.append(code, missing)
    publish(groups.store, state)
    return state, bool(said)
