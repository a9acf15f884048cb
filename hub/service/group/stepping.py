"""A group's state with further documents: the same as when all of them are folded anew, at less cost.

It holds where a document only adds to what came before: a branch seal that continues the end of the log and
says nothing of keys or older epochs, a phone's seal, a text. Anything else may change what older documents
mean; then nothing is answered, and the caller folds anew.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from hub.documents import Document, by_id, seals_of_group, texts_of_group
from hub.errors import DamagedError
from hub.service.group.branch_seals import Stored, own_seals, take_own
from hub.service.group.phones import (
    PhoneSeal,
    entries_in,
    order,
    phone_logs,
    phone_seals,
    placed_seals,
    take_in,
)
from hub.service.group.state import GroupState, Trust, worded_of
from protocol.phone_log import PhoneLog
from protocol.trust_facts import BranchEpochOpened, Restated, WriterAdmitted, WriterRevoked

_REACHES_BACK = (BranchEpochOpened, Restated, WriterAdmitted, WriterRevoked)
"""Entries of the branch that change what stored documents mean."""

LogPlace = tuple[int, int]


def further(state: GroupState, documents: Sequence[Document], trust: Trust) -> GroupState | None:
    """The state with documents that it lacks; None when they, or what they mean, must be folded anew.

    Neither ``state`` nor anything in it is changed.
    """
    group = state.group
    given, plain = by_id(documents), (seals_of_group(group), texts_of_group(group))
    if not all(doc_id.startswith(plain) for doc_id in given):
        return None
    try:
        after = _with_branch_seals(state, own_seals(state.log, given))
        if after is None:
            return None
        new = phone_seals(after.log, (state.writers, state.waiting), given, trust.verifier)
    except DamagedError:
        return None
    found, phones, judged = _taken_in(after, new)
    worded = {**state.worded, **worded_of(group, given)}
    after = replace(after, phone_seals=found, phones=phones, worded=worded)
    # What is worked out of everything, and would be again at each step.
    said = len(after.log.entries) - len(state.log.entries) + len(worded) - len(state.worded)
    after.__dict__["size"] = state.size + said + entries_in(new)
    told = (seal.known for seal in judged if seal.known is not None)
    if not state.is_contradicted and not any(map(after.contradicts, told)):
        # What the log held it holds: only what was judged now could contradict it.
        after.__dict__["is_contradicted"] = False
    return after


def _with_branch_seals(state: GroupState, documents: Sequence[Document]) -> GroupState | None:
    if not documents:
        return state
    log = state.log.copy()
    taken = [take_own(log, document) for document in documents]
    placed = [one for seal in taken for one in seal.placed]
    reaches_back = placed[0].position <= state.book.position or len(log.lost) != len(state.log.lost)
    if reaches_back or any(isinstance(one.entry, _REACHES_BACK) for one in placed):
        return None
    book = state.book.after([(one.position, one.entry) for one in placed], log.lost)
    return replace(
        state, log=log, book=book, stored=Stored((*state.stored.counting, *taken), state.stored.lost)
    )


def _taken_in(
    state: GroupState, new: Sequence[PhoneSeal]
) -> tuple[tuple[PhoneSeal, ...], Mapping[LogPlace, PhoneLog], Iterable[PhoneSeal]]:
    """All phone seals, the logs after them, and the seals that were judged now.

    ``state`` has the book already. What was received stays where it is, as a rule, and is not looked at.
    A log goes on where its seals that waited stand as they did, else it starts anew.
    """
    received, waiting, placed = _placed(state, new)
    found, logs = (*received, *placed), dict(state.phones)
    standing = _by_log(waiting)
    opened: Mapping[LogPlace, PhoneLog] | None = None
    judged: dict[bytes, PhoneSeal] = {}
    for place, its_seals in _by_log(placed).items():
        known = [seal.raw for seal in standing.get(place, ())]
        further_seals = its_seals[len(known) :]
        if [seal.raw for seal in its_seals[: len(known)]] != known:
            opened = phone_logs(state.log, state.book) if opened is None else opened
            logs |= {place: opened[place]} if place in opened else {}
            further_seals = [replace(seal, aside=None, known=None) for seal in _by_log(found)[place]]
        elif further_seals and place in logs:
            logs[place] = logs[place].copy()
        judged.update((seal.raw, take_in(seal, logs)) for seal in further_seals)
    kept = len(received) if opened is None else 0
    return (*found[:kept], *(judged.get(seal.raw, seal) for seal in found[kept:])), logs, judged.values()


def _placed(
    state: GroupState, new: Sequence[PhoneSeal]
) -> tuple[Sequence[PhoneSeal], Sequence[PhoneSeal], Sequence[PhoneSeal]]:
    """Seals that stay before all others, those that stood behind them, and what stands there now."""
    before = state.phone_seals
    count = bisect_left(before, True, key=lambda seal: seal.received is None)  # noqa: FBT003 (the key's value)
    received, waiting = before[:count], before[count:]
    placed = placed_seals((*waiting, *new), state.book)
    if received and placed and order(placed[0]) < order(received[-1]):
        # An acceptance that was there before its seal: any place may be another.
        return (), before, sorted((*received, *placed), key=order)
    return received, waiting, placed


def _by_log(found: Iterable[PhoneSeal]) -> Mapping[LogPlace, list[PhoneSeal]]:
    """Seals by writer and epoch, without those that wait for an admission."""
    logs: dict[LogPlace, list[PhoneSeal]] = {}
    for seal in found:
        if seal.writer:
            logs.setdefault((seal.writer, seal.header.log.epoch), []).append(seal)
    return logs
