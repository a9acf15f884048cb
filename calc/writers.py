"""Who may write in a group, what was received from whom, and which lines were drawn (L5, L10, L16, L18)."""

from msgspec import Struct, structs

from calc.problems import Oddity
from protocol.ids import Ordinal, Position, WriterId
from protocol.trust_facts import ForkResolved, Received, WriterAdmitted, WriterRevoked

WriterFact = Received | WriterAdmitted | WriterRevoked | ForkResolved


class Writer(Struct, frozen=True):
    """One phone: its admissions by epoch, and the lines drawn under its logs."""

    admitted: tuple[tuple[Position, WriterAdmitted], ...]
    revoked: tuple[tuple[Position, WriterRevoked], ...] = ()

    @property
    def latest(self) -> WriterAdmitted:
        """The newest admission: its epoch, role, key and receipt range."""
        return self.admitted[-1][1]

    def numbers(self, receipt_no: int) -> bool:
        """Say whether a receipt number lies in a range that this writer was given (L13)."""
        return any(one.first_receipt <= receipt_no <= one.last_receipt for _, one in self.admitted)

    def opened_at(self, epoch: int) -> Position | None:
        """Where the branch opened an epoch of this phone; None when it did not."""
        return next((position for position, one in self.admitted if one.epoch == epoch), None)

    def line(self, epoch: int, at: Position) -> tuple[Position, WriterRevoked] | None:
        """The revocation of an epoch that was known at a position, the first if there are several."""
        for position, revoked in self.revoked:
            if revoked.epoch == epoch and position <= at:
                return position, revoked
        return None


class Writers:
    """The phones of one group by ordinal and by id; only `calc.book` changes it."""

    def __init__(self) -> None:
        """Start with none."""
        self.known: dict[Ordinal, Writer] = {}
        self.ordinals: dict[WriterId, Ordinal] = {}
        self.received: list[tuple[Position, Received]] = []
        self.forks_resolved: list[tuple[Position, ForkResolved]] = []

    def copy(self) -> "Writers":
        """An independent copy."""
        twin = Writers()
        twin.known = dict(self.known)
        twin.ordinals = dict(self.ordinals)
        twin.received = list(self.received)
        twin.forks_resolved = list(self.forks_resolved)
        return twin

    def received_at(self, again: Received) -> Position | None:
        """Where the branch first accepted the seal that an acceptance names; None when it did not."""
        same = (at for at, one in self.received if structs.replace(one, seen_at=again.seen_at) == again)
        return next(same, None)

    def take(self, position: Position, fact: WriterFact) -> Oddity | None:
        """Let one fact count; returns what is odd about it."""
        if isinstance(fact, WriterAdmitted):
            return self._admit(position, fact)
        writer = self.known.get(fact.writer)
        if writer is None:
            return Oddity.UNKNOWN_WRITER
        if isinstance(fact, Received):
            self.received.append((position, fact))
        elif isinstance(fact, WriterRevoked):
            drawn = (*writer.revoked, (position, fact))
            self.known[fact.writer] = structs.replace(writer, revoked=drawn)
        else:
            self.forks_resolved.append((position, fact))
        return None

    def _admit(self, position: Position, fact: WriterAdmitted) -> Oddity | None:
        writer = self.known.get(fact.ordinal, Writer(()))
        owner = self.ordinals.setdefault(fact.writer, fact.ordinal)
        if owner != fact.ordinal or (writer.admitted and writer.latest.writer != fact.writer):
            return Oddity.ORDINAL_TAKEN
        self.known[fact.ordinal] = structs.replace(writer, admitted=(*writer.admitted, (position, fact)))
        return None
