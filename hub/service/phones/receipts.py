"""What a group's branch log lacks of what is stored: acceptances, and what is said again (L10, L15).

Three runs, each made good by the next call after a crash: what is about keys is said again; every stored seal
that no ``Received`` names is received; then the rest is said again, behind the seals that it speaks of. While
something about a key is not said again, the others wait, whoever gave it back and when: they would count for
nobody while their phone is not admitted.
"""

from collections import Counter
from collections.abc import Iterator

from hub.service.group.derived import publish
from hub.service.group.groups import Groups, Runs
from hub.service.group.phones import PhoneSeal, place_of
from hub.service.group.restating import closing_book, restated, unrestated
from hub.service.group.restorations import last_of
from hub.service.group.state import GroupState
from protocol.day import Instant, to_instant
from protocol.entries import BranchEntry
from protocol.limits import EXCHANGE_REQUEST_BYTES_MAX
from protocol.trust_facts import Received


def receive(groups: Groups, group: str) -> None:
    """Append what is missing and renew the summary; raises StoppedGroupError."""
    with groups.lock(group):
        seen_at = to_instant(groups.clock())

        def lacking(state: GroupState) -> Runs:
            return _keys_again(groups, state) or _missing_receipts(state, seen_at)

        state = groups.append(group, lacking)
        if state.log.lost:
            groups.append(group, lacking)
            state = groups.append(group, lambda state: _others_again(groups, state))
        publish(groups.store, state)


def say_keys_again(groups: Groups, group: str) -> None:
    """Restate revocations and admissions that phones gave back; raises StoppedGroupError."""
    groups.append(group, lambda state: _keys_again(groups, state))


def _keys_again(groups: Groups, state: GroupState) -> Runs:
    keys = unrestated(state).keys if state.log.lost else ()
    return restated(state, keys, _decided_by(groups, state)) if keys else ()


def _others_again(groups: Groups, state: GroupState) -> Runs:
    found = unrestated(state)
    if found.keys:
        return ()
    runs = restated(state, found.others, _decided_by(groups, state))
    return [*runs, closing_book(state, runs)]


def _decided_by(groups: Groups, state: GroupState) -> str:
    """Who decided that the store was an older copy; an epoch above 0 was opened for no other reason."""
    restoration = last_of(groups.restorations(), state.group)
    return restoration.decided_by if restoration is not None else ""


def _missing_receipts(state: GroupState, seen_at: Instant) -> Runs:
    """Acceptances that the log lacks: per writer, no more than a page carries; alone when revoked."""
    revoked = {writer.admitted.ordinal: writer.revoked for writer in state.writers.values()}
    waiting = {seal.place: seal for seal in state.phone_seals if seal.received is None and seal.writer}
    waiting |= {seal.place: seal for seal in _hidden(state)}
    runs: list[list[BranchEntry]] = []
    room, last = 0, 0
    for seal in sorted(waiting.values(), key=lambda seal: seal.place):
        room -= len(seal.raw)
        if room < 0 or seal.writer != last or revoked[seal.writer]:
            runs.append([])
            room, last = EXCHANGE_REQUEST_BYTES_MAX - len(seal.raw), seal.writer
        runs[-1].append(Received(*seal.place, seen_at))
    return runs


def _hidden(state: GroupState) -> Iterator[PhoneSeal]:
    """Seals of which readers may hold nothing: when they were told of the place, one lay there that is aside.

    The acceptance is said once more, and carries the seal that fits (L9); where it counts stays as it was.
    """
    aside = {seal.place for seal in state.phone_seals if seal.aside is not None}
    if not aside:
        return
    told = Counter(place_of(entry) for _, entry in state.book.received)
    for seal in state.phone_seals:
        if seal.aside is None and seal.place in aside and told[seal.place] == 1:
            yield seal
