"""A group's state with further documents: the same as when all of them are folded anew, at less cost.

It holds where a document only adds to what came before: a branch seal that continues the end of the log and
says nothing of keys or older epochs, a phone's seal, a text. Anything else may change what older documents
mean; then nothing is answered, and the caller folds anew.
"""

from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from hub.documents import Document, document_id, seals_of_group, texts_of_group
from hub.errors import DamagedError
from hub.service.group.branch_seals import Stored, own_seals, take_own
from hub.service.group.phones import PhoneSeal, phone_logs, phone_seals, placed_seals, take_in
from hub.service.group.state import GroupState, Trust, texts_in
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
    plain = (seals_of_group(group), texts_of_group(group))
    if not all(document_id(document).startswith(plain) for document in documents):
        return None
    try:
        after = _with_branch_seals(state, own_seals(state.log, documents))
        if after is None:
            return None
        new = phone_seals(after.log, (state.writers, state.waiting), documents, trust.verifier)
    except DamagedError:
        return None
    found, phones = _taken_in(after, placed_seals((*state.phone_seals, *new), after.book))
    texts = {**state.texts, **texts_in(group, documents)}
    return replace(after, phone_seals=found, phones=phones, texts=texts)


def _with_branch_seals(state: GroupState, documents: Sequence[Document]) -> GroupState | None:
    if not documents:
        return state
    log = state.log.copy()
    taken = [take_own(log, document) for document in documents]
    placed = [one for seal in taken for one in seal.placed]
    reaches_back = placed[0].position <= state.book.position or len(log.lost) != len(state.log.lost)
    if reaches_back or any(isinstance(one.entry, _REACHES_BACK) for one in placed):
        return None
    book = state.book.copy(log.lost)
    for one in placed:
        book.apply(one.position, one.entry)
    return replace(
        state, log=log, book=book, stored=Stored((*state.stored.counting, *taken), state.stored.lost)
    )


def _taken_in(
    state: GroupState, found: Sequence[PhoneSeal]
) -> tuple[tuple[PhoneSeal, ...], Mapping[LogPlace, PhoneLog]]:
    """All phone seals, and the logs after them; a log whose older seals stand otherwise starts anew."""
    before, logs = _by_log(state.phone_seals), dict(state.phones)
    opened: dict[LogPlace, PhoneLog] = {}
    judged: dict[bytes, PhoneSeal] = {}
    for place, its_seals in _by_log(found).items():
        known = [seal.raw for seal in before.get(place, ())]
        new = its_seals[len(known) :]
        if [seal.raw for seal in its_seals[: len(known)]] != known:
            opened = opened or phone_logs(state.log, state.book)
            logs |= {place: opened[place]} if place in opened else {}
            new = [replace(seal, aside=None, known=None) for seal in its_seals]
        elif new and place in logs:
            logs[place] = logs[place].copy()
        judged.update((seal.raw, take_in(seal, logs)) for seal in new)
    return tuple(judged.get(seal.raw, seal) for seal in found), logs


def _by_log(found: Iterable[PhoneSeal]) -> Mapping[LogPlace, list[PhoneSeal]]:
    """Seals by writer and epoch, without those that wait for an admission."""
    logs: dict[LogPlace, list[PhoneSeal]] = {}
    for seal in found:
        if seal.writer:
            logs.setdefault((seal.writer, seal.header.log.epoch), []).append(seal)
    return logs
