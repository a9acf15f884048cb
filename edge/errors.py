"""Errors of the phone, grouped by who must act. ``fault_wording`` has the sentence for each fault.

EdgeError
├── InputError     the person at the phone: what was typed or asked for cannot be recorded
├── AccessError    the person at the phone: the PIN, or a step of enrolment that is still missing
├── DeviceError    whoever keeps the phone: its storage is full, busy or failing
└── BranchError    the credit officer: the ledger or the book needs the branch before work goes on

Whatever is raised, nothing was recorded; what the network does is a value (``edge.sync.Outcome``), no error.
"""

from enum import StrEnum


class Fault(StrEnum):
    """Stable codes; the sentence that people read is ``fault_wording.FAULTS[fault]``."""

    # InputError
    NOT_AN_AMOUNT = "not_an_amount"
    AMOUNT_TOO_LARGE = "amount_too_large"
    NOT_A_DATE = "not_a_date"
    NOT_A_MOMENT = "not_a_moment"
    NOT_A_NUMBER = "not_a_number"
    NOT_A_PIN = "not_a_pin"
    NOT_A_VOUCHER = "not_a_voucher"
    NOT_AN_ADDRESS = "not_an_address"
    BAD_TEXT = "bad_text"
    BAD_PAIR = "bad_pair"
    BAD_FACE = "bad_face"
    COUNT_DIFFERS = "count_differs"
    NO_SUCH_MEMBER = "no_such_member"
    SEVERAL_MEMBERS = "several_members"
    NO_SUCH_LOAN = "no_such_loan"
    NO_SUCH_ACCOUNT = "no_such_account"
    SEVERAL_ACCOUNTS = "several_accounts"
    NO_SUCH_RECEIPT = "no_such_receipt"
    NO_SUCH_ENTRY = "no_such_entry"
    NO_SUCH_WRITER = "no_such_writer"
    NOTHING_TO_COLLECT = "nothing_to_collect"
    NO_LOAN = "no_loan"
    ALREADY_COLLECTED = "already_collected"
    ALREADY_VOIDED = "already_voided"
    ALREADY_POSTED = "already_posted"
    ALREADY_ACCEPTED = "already_accepted"
    NOT_FOR_THIS_PHONE = "not_for_this_phone"
    OVER_HANDED = "over_handed"
    OVER_BALANCE = "over_balance"
    OVER_PRINCIPAL = "over_principal"
    OVER_CASH = "over_cash"
    PROMISE_IN_PAST = "promise_in_past"
    NO_DIRECTORY = "no_directory"
    NO_PIN_FILE = "no_pin_file"
    NOT_A_PICTURE = "not_a_picture"
    CANNOT_WRITE = "cannot_write"
    DECLINED = "declined"
    BUNDLE_UNREADABLE = "bundle_unreadable"
    BUNDLE_FOLDER = "bundle_folder"
    BUNDLE_TOO_LARGE = "bundle_too_large"
    BUNDLE_INCOMPLETE = "bundle_incomplete"
    FOREIGN_CODE = "foreign_code"
    NOT_A_BUNDLE = "not_a_bundle"
    BUNDLE_GOES_UP = "bundle_goes_up"
    BUNDLE_ELSEWHERE = "bundle_elsewhere"
    BUNDLE_TOO_EARLY = "bundle_too_early"
    NOT_TO_BE_SHOWN = "not_to_be_shown"
    NOT_A_SETTING = "not_a_setting"
    # AccessError
    WRONG_PIN = "wrong_pin"
    LOCKED = "locked"
    NOT_ENROLLED = "not_enrolled"
    NOT_ADMITTED = "not_admitted"
    ALREADY_ENROLLED = "already_enrolled"
    # DeviceError
    STORAGE_FULL = "storage_full"
    STORAGE_FAILED = "storage_failed"
    IN_USE = "in_use"
    NEWER_LEDGER = "newer_ledger"
    # BranchError
    DAMAGED = "damaged"
    OTHER_DEVICE = "other_device"
    BEHIND_MARK = "behind_mark"
    ANOTHER_COPY = "another_copy"
    REVOKED = "revoked"
    NO_BOOK = "no_book"
    RECEIPTS_USED_UP = "receipts_used_up"
    WRONG_ROOT = "wrong_root"
    VOUCHER_REFUSED = "voucher_refused"
    NO_BUNDLE_KEY = "no_bundle_key"
    BUNDLE_UNTRUSTED = "bundle_untrusted"


class EdgeError(Exception):
    """Base of everything that the phone refuses; ``facts`` fill the blanks of the sentence."""

    def __init__(self, fault: Fault, **facts: object) -> None:
        """Remember the fault and what its sentence needs."""
        super().__init__(f"{fault} {facts}" if facts else str(fault))
        self.fault = fault
        self.facts = facts


class InputError(EdgeError):
    """What was typed or asked for cannot be recorded."""


class AccessError(EdgeError):
    """The door is shut: PIN, lock, or a missing step of enrolment."""


class DeviceError(EdgeError):
    """The phone's storage does not do what it must."""


class BranchError(EdgeError):
    """Only the branch can put this right."""
