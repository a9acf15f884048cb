"""One group's transaction day as people look at it: the phone, the cash and the branch, line by line.

Fields that end in ``_dong`` are whole đồng. This is what ``tovay-hub status --group --json`` prints and what
the page shows; its keys are stable. ``reconciliation`` fills it.
"""

from datetime import date

from msgspec import Struct

from hub.service.group.names import Heading, Person
from hub.service.group.place import Place
from protocol.money import Dong


class CauseShown(Struct, frozen=True):
    """A branch entry that moved a due since the phone computed it, by how much, and in a sentence."""

    position: Place
    code: str
    amount_dong: Dong
    sentence: str


class LoanShown(Struct, frozen=True):
    """One loan of an entry (B16): what was paid, and the three signed dues with what lies between them.

    The branch's side is None while the entry is not posted: it has no identity until then.
    """

    loan: int
    number: str
    programme: str
    amount_dong: Dong
    shown_dong: Dong
    due_at_position_dong: Dong | None = None
    due_now_dong: Dong | None = None
    delta_paid_dong: Dong | None = None
    delta_edge_dong: Dong | None = None
    delta_book_dong: Dong | None = None
    causes: tuple[CauseShown, ...] = ()


class SavingsShown(Struct, frozen=True):
    """Savings of an entry: positive for a deposit, negative for what a transfer took out.

    ``booked_dong`` is what the branch put on the account, and ``held_dong`` what of a deposit waits in
    suspense; None while neither was decided. ``difference_dong`` is what nobody accounts for: 0, or a defect.
    """

    account: int
    number: str
    amount_dong: Dong
    booked_dong: Dong | None = None
    held_dong: Dong | None = None
    difference_dong: Dong | None = None


class TransferShown(Struct, frozen=True):
    """A posted transfer (B9): asked for, executed, and which balance left the rest of it short.

    ``limited_by`` is ``savings`` or ``principal``; ``owed_dong`` is None for a transfer to interest.
    """

    asked_dong: Dong
    executed_dong: Dong
    short_dong: Dong
    limited_by: str | None
    available_dong: Dong
    owed_dong: Dong | None


class Totals(Struct, frozen=True):
    """The sum of posted interest lines (B16): ``amount − due_now = delta_paid − delta_edge − delta_book``."""

    amount_dong: Dong = 0
    due_now_dong: Dong = 0
    delta_paid_dong: Dong = 0
    delta_edge_dong: Dong = 0
    delta_book_dong: Dong = 0


class EntryShown(Struct, frozen=True):
    """A receipt, or a transfer out of savings.

    ``kind`` is ``receipt``, ``transfer_to_interest`` or ``transfer_to_principal``; only a receipt has a
    number. ``amount_dong`` is what the phone wrote, ``cash_dong`` the cash of it, ``posted_dong`` what the
    branch books, ``expected_dong`` the part that the teller should find in the bundle. ``outcome`` compares
    the interest paid with what the household would be asked for now, and a transfer to principal with what
    was asked for; ``beyond_asked_dong`` is the difference.
    ``repeats`` is the receipt number of an earlier entry that this one may repeat.
    """

    kind: str
    receipt_no: int | None
    writer: int
    role: str
    epoch: int
    seq: int
    member: Person
    value_date: date
    due_to: date
    loans: tuple[LoanShown, ...]
    savings: tuple[SavingsShown, ...]
    amount_dong: Dong
    cash_dong: Dong
    posted_dong: Dong
    expected_dong: Dong
    state: str
    cause: str | None
    flags: tuple[str, ...]
    totals: Totals | None
    transfer: TransferShown | None
    outcome: str | None
    beyond_asked_dong: Dong | None
    repeats: int | None
    sentence: str


class NotesShown(Struct, frozen=True):
    """Notes of one face value."""

    face_dong: Dong
    count: int
    amount_dong: Dong


class RoundShown(Struct, frozen=True):
    """What a phone signed when it closed its round, beside what stands of the round now (B18).

    ``standing_dong`` is the cash of the round by the branch; ``notes_dong`` the sum of the denominations,
    None when none were given. ``found_dong`` is counted − expected, ``unstated_dong`` standing − expected.
    """

    seq: int
    expected_dong: Dong
    counted_dong: Dong
    difference_dong: Dong
    standing_dong: Dong
    notes: tuple[NotesShown, ...]
    notes_dong: Dong | None
    found_dong: Dong
    unstated_dong: Dong
    flags: tuple[str, ...]


class WriterCash(Struct, frozen=True):
    """Cash of one phone: receipts of this day that stand, its handovers, and what is left of other days.

    ``expected_dong`` is the sum: what its holder has to hand in. ``is_counted`` says whether the teller's
    count covers it.
    """

    writer: int
    role: str
    receipts: int
    voided: int
    collected_dong: Dong
    handed_over_dong: Dong
    accepted_dong: Dong
    other_days_dong: Dong
    expected_dong: Dong
    closed: RoundShown | None
    is_counted: bool


class PartsShown(Struct, frozen=True):
    """Why a count differs: ``difference = handed + found − unstated − other_days`` (B18), each in a sentence.

    ``handed_dong`` is what the teller counted beyond ``rounds_dong``, which the holders said they hand in.
    """

    rounds_dong: Dong
    handed_dong: Dong
    found_dong: Dong
    unstated_dong: Dong
    other_days_dong: Dong
    sentences: tuple[str, ...]


class CountShown(Struct, frozen=True):
    """The teller's count in force; ``is_outdated`` once receipts or rounds have overtaken it.

    ``parts`` explain the difference, as long as nothing has overtaken the count.
    """

    position: Place
    expected_dong: Dong
    counted_dong: Dong
    difference_dong: Dong
    notes: tuple[NotesShown, ...]
    notes_dong: Dong | None
    flags: tuple[str, ...]
    parts: PartsShown | None
    decided_by: str
    confirmed_by: str | None
    is_outdated: bool


class SettlementShown(Struct, frozen=True):
    """How the day was settled; ``open_dong`` is what is left of the difference today."""

    position: Place
    expected_dong: Dong
    counted_dong: Dong
    difference_dong: Dong
    open_dong: Dong
    decided_by: str
    confirmed_by: str


class CashShown(Struct, frozen=True):
    """The cash of the day: ``expected_dong`` over the phones that the count covers, or over all before it.

    ``owed_by`` answers for a shortage that is still open (B17).
    """

    writers: tuple[WriterCash, ...]
    expected_dong: Dong
    count: CountShown | None
    settlement: SettlementShown | None
    owed_by: Person | None


class StateSum(Struct, frozen=True):
    """Entries in one state: how many, what they are about, and the cash of it."""

    state: str
    entries: int
    amount_dong: Dong
    cash_dong: Dong


class MoneySums(Struct, frozen=True):
    """Deposits and transfers of the day, in đồng: what was written or asked for, and what is booked of it."""

    deposits_dong: Dong
    deposits_booked_dong: Dong
    transfers_dong: Dong
    transfers_executed_dong: Dong


class CorrectionShown(Struct, frozen=True):
    """What two people decided about the day after its money was taken in, in a sentence.

    ``kind`` is ``reversed``, ``held`` (a release), ``shortage`` or ``surplus``; ``totals`` mirror the
    interest of a receipt that was reversed.
    """

    position: Place
    kind: str
    amount_dong: Dong
    totals: Totals | None
    sentence: str
    has_statement: bool
    decided_by: str
    confirmed_by: str


class GroupDay(Struct, frozen=True):
    """A group's transaction day. ``stage`` is ``open``, ``counted`` or ``settled``.

    Before the settlement everything shown as posted or held is a preview (``is_preview``), computed on a copy
    of the book that the branch log gives up to ``position``. A settled day is the log up to its settlement,
    whatever came later (B4): ``late`` counts the day's entries that came after it and wait for another day,
    and ``corrections`` are what people decided about it since, in log order.
    The amounts of ``states`` add up to ``received_dong``.
    """

    group: Heading
    day: date
    stage: str
    is_preview: bool
    position: Place
    entries: tuple[EntryShown, ...]
    totals: Totals
    money: MoneySums
    cash: CashShown
    corrections: tuple[CorrectionShown, ...]
    states: tuple[StateSum, ...]
    received_dong: Dong
    late: int
