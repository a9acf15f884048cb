"""What a fold finds odd in a branch log: listed with its place, never raised, so one fact stops nothing."""

from enum import StrEnum

from msgspec import Struct

from protocol.ids import Ordinal, Position


class Oddity(StrEnum):
    """Why an entry of the branch log had no effect, or less than it says; the branch must act."""

    UNKNOWN_KIND = "unknown_kind"
    NOT_OF_A_BRANCH = "not_of_a_branch"
    NOTHING_RESTATED = "nothing_restated"
    OUT_OF_ORDER = "out_of_order"
    ORDINAL_TAKEN = "ordinal_taken"
    NUMBER_TAKEN = "number_taken"
    UNKNOWN_MEMBER = "unknown_member"
    UNKNOWN_LOAN = "unknown_loan"
    UNKNOWN_ACCOUNT = "unknown_account"
    UNKNOWN_WRITER = "unknown_writer"
    UNKNOWN_PLACE = "unknown_place"
    CORE_REF_TAKEN = "core_ref_taken"
    DECISION_CONFLICT = "decision_conflict"
    DECISION_MISSING = "decision_missing"
    UNKNOWN_POLICY = "unknown_policy"
    POLICY_NOT_SUPPORTED = "policy_not_supported"
    CONTRADICTS_HISTORY = "contradicts_history"
    OVER_REPAYMENT = "over_repayment"
    OVERDUE_EXCEEDS_IN_TERM = "overdue_exceeds_in_term"
    EXTENSION_EXCEEDS_OVERDUE = "extension_exceeds_overdue"
    LIFT_EXCEEDS_FROZEN = "lift_exceeds_frozen"
    FROZEN_TWICE = "frozen_twice"
    EMPTY_FREEZE = "empty_freeze"
    DATES_REVERSED = "dates_reversed"
    BEFORE_OPENING = "before_opening"
    BEFORE_HISTORY = "before_history"
    AFTER_CLOSING = "after_closing"
    AFTER_WRITE_OFF = "after_write_off"
    WRITE_OFF_DIFFERS = "write_off_differs"
    NOT_WRITTEN_OFF = "not_written_off"
    RECOVERED_TOO_MUCH = "recovered_too_much"
    REFUND_EXCEEDS_CREDIT = "refund_exceeds_credit"
    OTHER_MEMBER = "other_member"
    DAY_SETTLED = "day_settled"
    PERIOD_CLOSED = "period_closed"
    REPEATED = "repeated"
    NOT_POSTED = "not_posted"
    RESOLVED_TOO_MUCH = "resolved_too_much"


class Problem(Struct, frozen=True):
    """One oddity: the branch entry that shows it, and the loan concerned, if one is."""

    position: Position
    oddity: Oddity
    loan: Ordinal | None = None
