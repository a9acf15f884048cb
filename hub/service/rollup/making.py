"""How a branch makes its roll-up of a day: from a checkpoint, so that its place in every log is one signed.

1. the newest checkpoint names where each log ended; it is of the day that is asked for, or a later one
2. every group is read at that place; a log that no longer holds it makes no roll-up
3. the same figures at the same places are the roll-up that there is; others are the next number of the day
4. what the store lists is put where roll-ups travel from; what is there already stays as it is
"""

from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256

from msgspec import Struct, structs

from calc.terms import Terms
from calc.words import day as written
from hub.documents import ROLLUPS, Document, rollups_of_branch, travelling
from hub.errors import CheckpointError, HeadMovedError
from hub.ports import Added, Rollups, Store
from hub.service.forks.checkpoints import latest, read
from hub.service.group.directory import Directory
from hub.service.group.groups import Groups
from hub.service.group.known import known_facts
from hub.service.group.names import Names
from hub.service.group.state import GroupState
from hub.service.loan_book.imports import directory_of
from hub.service.reports.scope import Known, Wish
from hub.service.rollup.document import (
    FORMAT,
    RULES,
    Basis,
    Commune,
    Organisation,
    Programme,
    RollUp,
    listed,
    listing,
)
from hub.service.rollup.figures import Lent, Share, Totals, share_of
from protocol.checkpoint import Checkpoint, GroupHead
from protocol.day import VIETNAM, Day, to_date
from protocol.ids import BranchTip, Position
from protocol.keys import fingerprint


class Wanted(Struct, frozen=True):
    """A roll-up that is asked for: of which day, by default the checkpoint's; by which terms and program."""

    day: Day | None
    terms: Terms
    program: str


class Made(Struct, frozen=True):
    """The roll-up of a day, and whether it is one that was not there before."""

    rollup: RollUp
    document: Document
    is_new: bool


def checkpoint_for(groups: Groups, day: Day | None) -> Checkpoint:
    """The newest checkpoint; raises CheckpointError where it knows nothing of the day's end."""
    raw = latest(groups.store)
    if raw is None:
        raise CheckpointError("rollup_unchecked")
    found = read(raw, groups.trust).checkpoint
    if day is not None and day > found.day:
        raise CheckpointError("rollup_early", number=found.number, day=written(found.day))
    return found


def make(
    groups: Groups,
    checkpoint: Checkpoint,
    wanted: Wanted,
    outbox: Rollups | None,
    tick: Callable[[], None] = lambda: None,
) -> Made:
    """The roll-up of a day at a checkpoint: a new one, or the one that says the same.

    ``outbox`` is where roll-ups travel from; a number that was used there is not used again, though the
    store may have been put back since (L15). ``tick`` is called after each group.

    Raises:
        CheckpointError: a group's log does not hold what the checkpoint names.
        HeadMovedError: another process made one at this moment.
    """
    day = checkpoint.day if wanted.day is None else wanted.day
    shares = []
    for share in _shares(groups, checkpoint, Wish(day, terms=wanted.terms)):
        tick()
        shares += [] if share is None else [share]
    found = _summed(groups, checkpoint, day, wanted, shares)
    newest, number = _newest(groups.store, found.day)
    sent = 0 if outbox is None else _last_number(outbox.ids(f"{rollups_of_branch(found.branch)}{found.day}:"))
    before = None if newest is None else listed(newest)
    if newest is not None and before is not None and number >= sent and _is_same(before, found):
        return Made(before, newest, is_new=False)
    made = structs.replace(found, number=max(number, sent) + 1)
    document = listing(made)
    if groups.store.add([document]) == (Added.CONFLICT,):
        raise HeadMovedError("another process made this roll-up")
    return Made(made, document, is_new=True)


def send(store: Store, outbox: Rollups, branch: str) -> int:
    """Put every roll-up of the store that is not there yet where they travel from; returns their number.

    Raises HeadMovedError when something else stands under the id of one.
    """
    prefix = rollups_of_branch(branch)
    held = frozenset(outbox.ids(prefix))
    missing = [one for one in store.ids(ROLLUPS) if prefix + one.removeprefix(ROLLUPS) not in held]
    found = [travelling(branch, document) for one in missing if (document := store.get(one)) is not None]
    if Added.CONFLICT in outbox.add(found):
        raise HeadMovedError("another roll-up was sent under this number")
    return len(found)


def heads_digest(heads: tuple[GroupHead, ...]) -> str:
    """SHA-256 over a line ``group epoch seq head`` for each head, in their order; hex."""
    lines = (f"{one.group} {one.epoch} {one.seq} {one.head.hex()}\n" for one in heads)
    return sha256("".join(lines).encode()).hexdigest()


def _shares(groups: Groups, checkpoint: Checkpoint, wish: Wish) -> Iterator[Share | None]:
    """What each group of the checkpoint adds; None for one that was not listed yet."""
    directory = directory_of(groups.store)
    for head in checkpoint.heads:
        state = groups.load(head.group)
        if not state.holds(BranchTip(head.epoch, head.seq, head.head)):
            raise CheckpointError("rollup_contradicted", group=head.group, number=checkpoint.number)
        known = _known(state, directory, wish, Position(head.epoch, head.seq))
        yield None if known is None else share_of(known, directory)


def _known(state: GroupState, directory: Directory, wish: Wish, place: Position) -> Known | None:
    book = state.book if state.book.position == place else state.book_at(place)
    if book.group is None:
        return None
    return Known(state, book, known_facts(state, place), Names(state, book, directory), wish)


def _summed(groups: Groups, checkpoint: Checkpoint, day: Day, wanted: Wanted, shares: list[Share]) -> RollUp:
    communes: dict[tuple[str, str], Totals] = {}
    organisations: dict[str, Totals] = {}
    programmes: dict[str, Lent] = {}
    for share in shares:
        communes[share.commune] = communes.get(share.commune, Totals()) + share.totals
        known = organisations.get(share.organisation, Totals())
        organisations[share.organisation] = known + share.totals
        for code, lent in share.programmes.items():
            programmes[code] = programmes.get(code, Lent()) + lent
    names: Mapping[str, str] = {row.code: row.name for row in directory_of(groups.store).programmes}
    return RollUp(
        format=FORMAT,
        rules=RULES,
        branch=checkpoint.branch,
        root=fingerprint(groups.trust.root_spki).hex(),
        day=str(to_date(day)),
        number=1,
        checkpoint=Basis(checkpoint.number, heads_digest(checkpoint.heads)),
        silent_days=wanted.terms.watch.silent_days,
        made_at=groups.clock().astimezone(VIETNAM).isoformat(timespec="seconds"),
        program=wanted.program,
        totals=sum((share.totals for share in shares), Totals()),
        communes=tuple(Commune(*one, totals) for one, totals in sorted(communes.items())),
        organisations=tuple(Organisation(*one) for one in sorted(organisations.items())),
        programmes=tuple(
            Programme(code, names.get(code, code), lent) for code, lent in sorted(programmes.items())
        ),
    )


def _newest(store: Store, day: str) -> tuple[Document | None, int]:
    """The newest roll-up of a day in the store, and its number; 0 where there is none."""
    ids = store.ids(f"{ROLLUPS}{day}:")
    return (store.get(ids[-1]), _last_number(ids)) if ids else (None, 0)


def _last_number(ids: tuple[str, ...]) -> int:
    return int(ids[-1].rsplit(":", maxsplit=1)[-1]) if ids else 0


def _is_same(before: RollUp, found: RollUp) -> bool:
    """Say whether both tell the same of the same places; when and by which program is not compared."""
    same = structs.replace(
        found,
        number=before.number,
        made_at=before.made_at,
        program=before.program,
        checkpoint=Basis(before.checkpoint.number, found.checkpoint.heads),
    )
    return before == same
