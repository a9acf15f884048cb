"""The roll-up document: what it says, how it is written, and how one that came from elsewhere is judged.

Its format has a number, and so have the rules of its figures. A roll-up of a later one is kept and named by
who reads it, and never added up.
"""

from enum import Enum
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from hub.documents import Document, document_id, rollup_listing, travelling
from hub.errors import HubError
from hub.service.rollup.figures import Lent, Totals
from provisioning.settings import BranchCode

FORMAT: Final = 1
RULES: Final = 1
"""Of what each figure counts (docs/operate/province.md); another number for another meaning.

Figures of a later meaning are not added to those of this one.
"""

Hex = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
IsoDay = Annotated[str, Meta(pattern=r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")]
Label = Annotated[str, Meta(max_length=200)]
"""As long as a name of the bank's own directory."""

Moment = Annotated[str, Meta(pattern=r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\+07:00\Z")]


class Basis(Struct, frozen=True, forbid_unknown_fields=True):
    """The checkpoint that the figures were computed from, and the SHA-256 over every head in it."""

    number: int
    heads: Hex


class Commune(Struct, frozen=True, forbid_unknown_fields=True):
    """A commune or ward; code and name are empty for groups whose area lies in none that is known."""

    code: Label
    name: Label
    totals: Totals


class Organisation(Struct, frozen=True, forbid_unknown_fields=True):
    """The groups under one mass organisation."""

    code: Label
    totals: Totals


class Programme(Struct, frozen=True, forbid_unknown_fields=True):
    """The loans of one programme."""

    code: Label
    name: Label
    lent: Lent


class RollUp(Struct, frozen=True, forbid_unknown_fields=True):
    """A branch on a day. ``root`` is the SHA-256 of its root's public key.

    ``made_at`` is in Vietnam's time. ``silent_days`` is after how many days a phone counts as silent there.
    ``program`` is the version of tovay that made it.
    """

    format: Literal[1]
    rules: Literal[1]
    branch: BranchCode
    root: Hex
    day: IsoDay
    number: Annotated[int, Meta(ge=1, le=999_999)]
    checkpoint: Basis
    silent_days: int
    made_at: Moment
    program: Label
    totals: Totals
    communes: tuple[Commune, ...]
    organisations: tuple[Organisation, ...]
    programmes: tuple[Programme, ...]

    def adds_up(self) -> bool:
        """Say whether the branch's totals are the sums of their parts."""
        communes = sum((one.totals for one in self.communes), Totals())
        organisations = sum((one.totals for one in self.organisations), Totals())
        lent = sum((one.lent for one in self.programmes), Lent())
        totals = self.totals
        owed = Lent(totals.loans, totals.principal_dong, totals.overdue_dong, totals.frozen_dong)
        return communes == organisations == totals and lent == owed


class Unread(Enum):
    """Why a roll-up that came cannot be used."""

    NEWER = "newer"
    DAMAGED = "damaged"


class _Told(Struct):
    format: int
    rules: int = RULES


def listing(rollup: RollUp) -> Document:
    """A roll-up as the branch's own store keeps it."""
    told = msgspec.json.decode(msgspec.json.encode(rollup))
    return rollup_listing(rollup.day, rollup.number, told)


def listed(document: Document) -> RollUp | None:
    """The roll-up in a document of the branch's own store; None where it is of another format."""
    try:
        return msgspec.convert(document.get("rollup"), RollUp)
    except msgspec.ValidationError:
        return None


def judged(document: Document, branch: str) -> RollUp | Unread:
    """A roll-up that came under a branch's name, or why it cannot be used."""
    try:
        told = msgspec.convert(document.get("rollup"), _Told)
        if told.format > FORMAT or told.rules > RULES:
            return Unread.NEWER
        rollup = msgspec.convert(document["rollup"], RollUp)
        expected = travelling(branch, listing(rollup))
    except (msgspec.ValidationError, HubError):
        return Unread.DAMAGED
    holds = rollup.branch == branch and document_id(document) == expected["_id"] and document == expected
    return rollup if holds and rollup.adds_up() else Unread.DAMAGED
