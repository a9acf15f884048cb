"""What a group and its members are called: codes from the branch log, names from beside it (L4)."""

from collections.abc import Mapping

from msgspec import Struct

from calc.book import Book
from hub.service.group.directory import Directory, commune_of
from hub.service.group.state import GroupState
from protocol.day import Day
from protocol.ids import Ordinal


class Person(Struct, frozen=True):
    """A member of the group; ``name`` is None once it was erased (L4)."""

    member: int
    number: str
    name: str | None

    @property
    def shown(self) -> str:
        """The name, or the customer number where there is none."""
        return self.name or self.number


class Heading(Struct, frozen=True):
    """Whose books these are; a name that the branch's directory does not have is its code."""

    code: str
    name: str
    area: str
    point: str
    organisation: str
    leader: Person | None


class Names:
    """The names around one group's book."""

    def __init__(self, state: GroupState, book: Book, directory: Directory) -> None:
        """``book`` is the state's own, or an earlier one."""
        self._state = state
        self._book = book
        self._directory = directory
        self._programmes = {row.code: row.name for row in directory.programmes}

    def heading(self, day: Day) -> Heading:
        """The group as it was listed last, with the leader of a day."""
        listed = self._book.group
        assert listed is not None, "a day is opened in a group that is listed"
        points: Mapping[str, str] = {row.code: row.name for row in self._directory.points}
        areas: Mapping[str, str] = {row.code: row.name for row in self._directory.areas}
        return Heading(
            code=self._state.group,
            name=self._state.text(listed.name) or self._state.group,
            area=areas.get(listed.area, listed.area),
            point=points.get(listed.point, listed.point),
            organisation=listed.organisation,
            leader=self._leader(day),
        )

    def commune(self, day: Day) -> str:
        """Commune or ward that the group lies in on a day."""
        listed = self._book.group_on(day, self._book.position) or self._book.group
        assert listed is not None, "a report is of a group that is listed"
        return commune_of(self._directory, listed.area, day)

    def person(self, member: Ordinal) -> Person:
        """A member, also one that only a phone knows."""
        known = self._book.members.get(member)
        if known is None:
            return Person(member, str(member), None)
        return Person(member, known.listed.number, self._state.text(known.listed.name))

    def loan(self, loan: Ordinal) -> tuple[str, str]:
        """Contract number and programme of a loan, also of one that only a phone knows."""
        known = self._book.loans.get(loan)
        if known is None:
            return str(loan), ""
        return known.number, self._programmes.get(known.programme, known.programme)

    def account(self, account: Ordinal) -> str:
        """Number of a savings account, also of one that only a phone knows."""
        known = self._book.accounts.get(account)
        return str(account) if known is None else known.number

    def _leader(self, day: Day) -> Person | None:
        rows = [row for row in self._directory.groups if row.code == self._state.group]
        valid = [row for row in rows if row.valid_from <= day] or rows
        if not valid:
            return None
        number = max(valid, key=lambda row: row.valid_from).leader
        known = [member for member, one in self._book.members.items() if one.listed.number == number]
        return self.person(known[-1]) if known else None
