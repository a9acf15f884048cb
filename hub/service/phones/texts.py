"""Which detached texts an entry names (L4)."""

from protocol.entries import Entry
from protocol.phone_facts import MemberNoted, Visited, Voided
from protocol.posting_facts import DifferenceResolved, ReceiptRekeyed, Reversed
from protocol.roster_facts import GroupListed, MemberListed
from protocol.trust_facts import ForkResolved


def text_hashes(entry: Entry) -> tuple[bytes, ...]:
    """Hashes of the texts behind an entry, in the order of its fields; empty for kinds that name none."""
    found: tuple[bytes | None, ...] = ()
    match entry:
        case Voided() | Visited() | MemberNoted():
            found = (entry.note,)
        case GroupListed():
            found = (entry.name,)
        case MemberListed():
            found = (entry.name, entry.identity, entry.phone, entry.address)
        case ReceiptRekeyed() | Reversed() | DifferenceResolved() | ForkResolved():
            found = (entry.statement,)
    return tuple(digest for digest in found if digest is not None)
