"""A ratio as the fraction that it is: shown in ppm, rounded once, and never kept as anything else."""

from msgspec import Struct

MILLION = 1_000_000


class Ratio(Struct, frozen=True):
    """``part`` of ``whole``; of a whole of 0 there is no ratio."""

    part: int = 0
    whole: int = 0

    @property
    def ppm(self) -> int | None:
        """Parts per million, an exact half up; None where there is no ratio."""
        return None if self.whole == 0 else half_up(self.part * MILLION, self.whole)

    def __add__(self, other: "Ratio") -> "Ratio":
        """The ratio of both together: parts and wholes added, never ratios."""
        return Ratio(self.part + other.part, self.whole + other.whole)


def half_up(top: int, bottom: int) -> int:
    """A fraction as the nearest whole number, an exact half up; ``bottom`` is above 0.

    >>> half_up(7, 2), half_up(-7, 2)
    (4, -3)
    """
    return (2 * top + bottom) // (2 * bottom)
