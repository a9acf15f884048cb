"""The branch's daily checkpoint, and today's logs against an older one (``protocol.checkpoint``).

A checkpoint is made at most once a day and never changes. A hub that was restored has lost the last ones: it
takes a published one back (``take_back``) and numbers on from there.
"""

from collections.abc import Iterator

from msgspec import structs

from hub.documents import CHECKPOINTS, bytes_of, checkpoint_id, checkpoint_listing
from hub.errors import CheckpointError, HeadMovedError, StoreError, UnknownGroupError
from hub.ports import Added, Store
from hub.service.group.groups import Groups
from hub.service.group.state import GroupState, Trust
from hub.service.upkeep.fsck import Report
from hub.service.upkeep.fsck_documents import Fault
from protocol.checkpoint import Checkpoint, GroupHead, Published, publish, read_checkpoint
from protocol.day import day_of
from protocol.errors import ProtocolError
from protocol.ids import BranchTip, Position
from protocol.keys import fingerprint, read_statement, statement_digest
from protocol.ports import Signer


def make(groups: Groups, signer: Signer) -> bytes:
    """The checkpoint file of today: a new one, or the one that was made today.

    Raises:
        CheckpointError: the clock stands before the newest one, or this key is none that the root stated.
        HeadMovedError: another process made one at this moment.
    """
    today = day_of(groups.clock())
    newest = latest(groups.store)
    before = None if newest is None else read(newest, groups.trust)
    if newest is not None and before is not None:
        if before.checkpoint.day == today:
            return newest
        if before.checkpoint.day > today:
            raise CheckpointError("clock_behind")
    statement = _statement(groups.trust, signer)
    made = Checkpoint(
        version=1,
        branch=read_statement(statement, groups.trust.root_spki, groups.trust.verifier).branch,
        number=1 if before is None else before.checkpoint.number + 1,
        day=today,
        previous=None if before is None else before.digest,
        statement=statement_digest(statement),
        heads=tuple(heads(groups)),
    )
    raw = publish(made, groups.trust.root_spki, statement, signer)
    if groups.store.add([checkpoint_listing(raw)]) == (Added.CONFLICT,):
        raise HeadMovedError("another process made this checkpoint")
    return raw


def take_back(groups: Groups, raw: bytes) -> int:
    """Store a checkpoint that this hub published and lost; returns its number.

    Raises:
        CheckpointError: it is none of this branch, or another one is stored under its number.
    """
    found = read(raw, groups.trust)
    if groups.store.add([checkpoint_listing(raw)]) == (Added.CONFLICT,):
        raise CheckpointError("checkpoint_twice", number=found.checkpoint.number)
    return found.checkpoint.number


def latest(store: Store) -> bytes | None:
    """The newest checkpoint file."""
    ids = store.ids(CHECKPOINTS)
    return None if not ids else numbered(store, int(ids[-1].removeprefix(CHECKPOINTS)))


def numbered(store: Store, number: int) -> bytes | None:
    """The checkpoint file of a number."""
    document = store.get(checkpoint_id(number))
    return None if document is None else bytes_of(document, "checkpoint")


def read(raw: bytes, trust: Trust) -> Published:
    """A checkpoint of this branch; raises CheckpointError."""
    try:
        return read_checkpoint(raw, fingerprint(trust.root_spki), trust.verifier)
    except ProtocolError as error:
        raise CheckpointError("no_checkpoint") from error


def heads(groups: Groups) -> Iterator[GroupHead]:
    """Where every group's branch log ends; none of a group whose log has not begun."""
    for group in groups.codes():
        tip = groups.load(group).log.tip
        if tip is not None:
            yield GroupHead(group, tip.epoch, tip.seq, tip.head)


def with_checkpoint(groups: Groups, older: Checkpoint, report: Report) -> Report:
    """A report of fsck, and what of an older checkpoint today's logs do not hold.

    A head on a lost side (L15) is told; one that is nowhere was removed or rewritten: a fault.
    """
    lost, faults = 0, []
    for head in older.heads:
        try:
            state = groups.load(head.group)
        except UnknownGroupError:
            faults.append(Fault(head.group, "checkpoint_missing"))
            continue
        except StoreError:
            continue  # what is damaged is a fault of the report already
        if not state.holds(BranchTip(head.epoch, head.seq, head.head)):
            if _is_lost(state, head):
                lost += 1
            else:
                faults.append(Fault(f"{head.group} {head.epoch}.{head.seq}", "checkpoint_contradicted"))
    notes = report.notes | ({"checkpoint_lost": lost} if lost else {})
    return structs.replace(report, notes=notes, faults=tuple(sorted({*report.faults, *faults})))


def _is_lost(state: GroupState, head: GroupHead) -> bool:
    return (Position(head.epoch, head.seq), head.head) in state.log.lost


def _statement(trust: Trust, signer: Signer) -> bytes:
    """The newest statement of the key that signs; raises CheckpointError when there is none."""
    stated = [(read_statement(raw, trust.root_spki, trust.verifier), raw) for raw in trust.statements]
    own = [(one.number, raw) for one, raw in stated if one.spki == signer.spki and one.purpose == "log"]
    if not own:
        raise CheckpointError("wrong_key")
    return max(own)[1]
