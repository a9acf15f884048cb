"""Contradictions that this phone holds, as files that anyone with the root's fingerprint can check (L16).

A phone keeps every history that it was shown, its own and the branch's, so it can prove against the branch
too: nobody at the branch has to be asked for it.
"""

from edge.phone import Phone
from protocol.contradictions import contradictions
from protocol.evidence import Trust
from protocol.keys import fingerprint

_BRANCH_SHELVES = ("branch seal", "acknowledgement", "evidence")
_PHONE_SHELVES = ("seal", "phone seal")


def evidence(phone: Phone) -> tuple[bytes, ...]:
    """Every file of evidence that the kept seals make, in one order."""
    ledger = phone.ledger
    statements = tuple(row.body for row in ledger.kept("statement"))
    trust = Trust(phone.identity.root, statements, phone.device.host.verifier)
    branch = [row.body for shelf in _BRANCH_SHELVES for row in ledger.kept(shelf)]
    phones = [row.body for shelf in _PHONE_SHELVES for row in ledger.kept(shelf)]
    return tuple(sorted(set(contradictions(trust, branch, phones))))


def trusted(phone: Phone) -> bytes:
    """Fingerprint of the root that this phone's voucher pinned: what a reader of the files must know."""
    return fingerprint(phone.identity.root)
