"""When the branch was last heard, and what that says of this phone's clock and of its lease.

Clocks are claims: nothing here stops anybody from recording cash; it is said aloud. The hub's time wins over
the phone's whenever it is known. In between, the phone reckons with its own clock and the last known
difference, and remembers the latest moment that it has reckoned: a clock that is set back gains no time
(threat P57), and one that was set forward takes none once the hub's time is known again (P58).
"""

from datetime import datetime

from msgspec import Struct

from edge.errors import DeviceError
from edge.phone import Phone
from protocol.day import DAY_MAX, DAY_MIN, INSTANT_MAX, Instant, to_moment

CONTACT = "contact"
LEASE_DAYS = 45
"""How long a phone may go without an answer of the branch before it says so at every start [A]."""
SKEW_TOLD_MS = 10 * 60 * 1_000
"""A clock that is further off than this is shown beside the hub's time [A]."""

_DAY_MS = 86_400_000
_NOTED_MS = 3_600_000


class Contact(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The last exchange, and the times that are known from it.

    ``at`` and ``done_at`` are this phone's clock, at the last attempt and at the last that went well, and
    ``clock_offset_ms`` is how far the hub's is ahead. ``heard`` and ``latest`` are the hub's time: at the
    last answer that was taken in, and the latest that was told or reckoned since.
    """

    at: Instant
    outcome: str
    done_at: Instant | None
    clock_offset_ms: int
    heard: Instant | None
    latest: Instant


class ClockDoubt(Struct, frozen=True):
    """What this phone's clock says, and the time that it should be about now, or later."""

    phone_at: datetime
    branch_at: datetime


class Lease(Struct, frozen=True):
    """Days without an answer of the branch, and whether they are more than ``LEASE_DAYS``."""

    days_silent: int
    is_over: bool


def last_contact(phone: Phone) -> Contact | None:
    """How the last exchange went; None before the first."""
    return phone.ledger.note(CONTACT, Contact)


def note_contact(phone: Phone, outcome: str, *, is_done: bool, hub_time: int | None) -> None:
    """Remember how an exchange went; ``hub_time`` in ms since 1970, None when nobody told it."""
    before, now = last_contact(phone), phone.now
    if hub_time is None:
        offset = 0 if before is None else before.clock_offset_ms
        latest = now if before is None else _reckoned(phone, before)
    else:
        offset, latest = hub_time - now, hub_time
    done_at, heard = (None, None) if before is None else (before.done_at, before.heard)
    if is_done:
        done_at, heard = now, latest
    with phone.ledger.saving():
        phone.ledger.set_note(CONTACT, Contact(now, outcome, done_at, offset, heard, latest))


def note_carried(phone: Phone, outcome: str, *, is_done: bool, written_at: int) -> None:
    """Remember an answer that a carrier brought: it tells when it was written, and corrects no clock."""
    before, now = last_contact(phone), phone.now
    offset = 0 if before is None else before.clock_offset_ms
    latest = max(written_at, now if before is None else _reckoned(phone, before))
    done_at, heard = (None, None) if before is None else (before.done_at, before.heard)
    if is_done:
        done_at, heard = now, max(written_at, heard or 0)
    with phone.ledger.saving():
        phone.ledger.set_note(CONTACT, Contact(now, outcome, done_at, offset, heard, latest))


def observe(phone: Phone) -> None:
    """Remember how late it has become, at each start; a storage that does not take it stops nothing."""
    contact = last_contact(phone)
    if contact is None or (reckoned := _reckoned(phone, contact)) - contact.latest < _NOTED_MS:
        return
    noted = Contact(
        contact.at, contact.outcome, contact.done_at, contact.clock_offset_ms, contact.heard, reckoned
    )
    try:
        with phone.ledger.saving():
            phone.ledger.set_note(CONTACT, noted)
    except DeviceError as error:
        phone.loose_ends = error.fault


def clock_doubt(phone: Phone) -> ClockDoubt | None:
    """Both times when this phone's clock is off, as far as anybody told it; None when nothing is known."""
    contact = last_contact(phone)
    if contact is None:
        return None
    should_be = _reckoned(phone, contact)
    if abs(should_be - phone.now) <= SKEW_TOLD_MS:
        return None
    return ClockDoubt(moment_near(phone.now), moment_near(should_be))


def lease(phone: Phone) -> Lease | None:
    """How long the branch has been silent; None before its first answer."""
    contact = last_contact(phone)
    if contact is None or contact.heard is None:
        return None
    days = (_reckoned(phone, contact) - contact.heard) // _DAY_MS
    return Lease(days, days > LEASE_DAYS)


def moment_near(instant: int) -> datetime:
    """An instant as a moment that a person can be shown, whatever a clock claims."""
    return to_moment(min(max(instant, DAY_MIN * _DAY_MS), DAY_MAX * _DAY_MS))


def _reckoned(phone: Phone, contact: Contact) -> int:
    """The hub's time as near as it is known here: it never runs back."""
    return max(contact.latest, min(phone.now + contact.clock_offset_ms, INSTANT_MAX))
