"""Every contradiction of a group that outsiders can check, as a file of evidence (``protocol.evidence``).

Found among what is stored by ``protocol.contradictions``. A receipt that contradicts its phone's log comes
from a household; its evidence is stored when it is shown to the hub, because nobody else has the mark.
"""

from collections.abc import Iterable

from msgspec import Struct

from hub.documents import bytes_of, evidence_of_group
from hub.errors import CorrectionError, DamagedError
from hub.ports import Store, every
from hub.service.group.state import GroupState, Trust
from protocol import evidence
from protocol.contradictions import contradictions as proved
from protocol.errors import ProtocolError
from protocol.evidence import Proved
from protocol.keys import fingerprint


class Contradiction(Struct, frozen=True):
    """A proved contradiction: what it is about, and the bytes of its file."""

    proved: Proved
    file: bytes


class Wanted(Struct, frozen=True):
    """Which contradiction somebody asks for; None means any."""

    kind: str | None = None
    writer: int | None = None
    epoch: int | None = None
    seq: int | None = None

    def fits(self, found: Proved) -> bool:
        """Say whether it is this one."""
        told = (
            (self.kind, found.kind),
            (self.writer, None if found.signer is None else found.signer.ordinal),
            (self.epoch, found.log.epoch),
            (self.seq, found.seq),
        )
        return all(asked is None or asked == known for asked, known in told)


def contradictions(store: Store, state: GroupState, trust: Trust) -> tuple[Contradiction, ...]:
    """Every contradiction of a group that its seals, or a receipt shown here, prove; in one order.

    Raises:
        DamagedError: evidence that was stored does not hold any more.
    """
    branch = [seal.raw for seal in (*state.seals, *state.stored.lost)]
    phones = [seal.raw for seal in state.phone_seals if seal.aside is None]
    with_what = evidence.Trust(trust.root_spki, trust.statements, trust.verifier)
    shown = [bytes_of(found, "evidence") for found in every(store, evidence_of_group(state.group))]
    files = dict.fromkeys((*proved(with_what, branch, phones), *shown))
    trusted = fingerprint(trust.root_spki)
    try:
        found = [Contradiction(evidence.check(raw, trusted, trust.verifier), raw) for raw in files]
    except ProtocolError as error:
        raise DamagedError(f"{state.group} evidence", str(error)) from error
    return tuple(sorted(found, key=lambda one: (one.proved.kind, one.proved.log, one.proved.seq, one.file)))


def one_of(found: Iterable[Contradiction], wanted: Wanted, group: str) -> Contradiction:
    """The one contradiction that is asked for; raises CorrectionError for none, and for several."""
    fitting = [one for one in found if wanted.fits(one.proved)]
    if len(fitting) != 1:
        code = "several_contradictions" if fitting else "no_contradiction"
        raise CorrectionError(code, group=group, count=len(fitting))
    return fitting[0]
