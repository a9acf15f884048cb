"""Money: whole đồng, signed, within 64 bits. There is no subunit."""

from typing import Annotated

from msgspec import Meta

DONG_MAX = 2**63 - 1
DONG_MIN = -(2**63)

Dong = int
"""An amount in đồng; arithmetic on it is plain integer arithmetic."""

SignedDong = Annotated[int, Meta(ge=DONG_MIN, le=DONG_MAX)]
"""An amount on the wire that may be negative (a due, a difference)."""

AmountDong = Annotated[int, Meta(ge=0, le=DONG_MAX)]
"""An amount on the wire that cannot be negative."""

PositiveDong = Annotated[int, Meta(ge=1, le=DONG_MAX)]
"""An amount on the wire that is at least one đồng."""


FACES_DONG = (500_000, 200_000, 100_000, 50_000, 20_000, 10_000, 5_000, 2_000, 1_000, 500, 200, 100)
"""Face values of the notes in circulation, largest first."""


def fits(amount: Dong) -> bool:
    """Say whether an exact sum still fits a signed entry (clause L2)."""
    return DONG_MIN <= amount <= DONG_MAX
