"""The one rounding of interest (B10, B24): R, and the prefix split into buckets.

Interest is carried as a numerator in đồng × ppm × days. It becomes đồng by one division, at the end: never
per day or per stretch of days.
"""

from msgspec import Struct

from protocol.money import Dong

DENOMINATOR = 365_000_000
"""365 days × 1,000,000 ppm: a leap year still divides by 365 (Circular 14/2017/TT-NHNN, Art. 5)."""
HALF = DENOMINATOR // 2
"""Half a đồng as a numerator; exact, for the denominator is even."""


class Numerators(Struct, frozen=True):
    """Interest of one loan before rounding, in đồng × ppm × days, by bucket (B10)."""

    in_term: int = 0
    overdue: int = 0
    grace: int = 0

    @property
    def total(self) -> int:
        """All three together."""
        return self.in_term + self.overdue + self.grace


class Buckets(Struct, frozen=True):
    """Interest of one loan in whole đồng, by bucket: lãi TH, QH, AH. A bucket may be negative."""

    in_term: Dong = 0
    overdue: Dong = 0
    grace: Dong = 0

    @property
    def total(self) -> Dong:
        """All three together."""
        return self.in_term + self.overdue + self.grace

    def __add__(self, other: "Buckets") -> "Buckets":
        """Sum bucket by bucket."""
        return Buckets(self.in_term + other.in_term, self.overdue + other.overdue, self.grace + other.grace)


def round_half_up(numerator: int) -> Dong:
    """R: whole đồng of a numerator in đồng × ppm × days; an exact half goes up, for either sign.

    >>> round_half_up(609_559 * DENOMINATOR + DENOMINATOR // 2)
    609560
    >>> round_half_up(-609_559 * DENOMINATOR - DENOMINATOR // 2)
    -609559
    """
    return (numerator + HALF) // DENOMINATOR


def split(numerators: Numerators) -> Buckets:
    """Prefix split (B10): every prefix of in term, overdue, grace is rounded once, so the parts add up."""
    in_term = round_half_up(numerators.in_term)
    due = round_half_up(numerators.in_term + numerators.overdue) if numerators.overdue else in_term
    total = round_half_up(numerators.total) if numerators.grace else due
    return Buckets(in_term, due - in_term, total - due)
