"""One vector for each kind of entry, with values that tell its fields apart; and what is no entry (L2)."""

from msgspec.structs import replace

from protocol import loan_facts as loans
from protocol import phone_facts as phone
from protocol import posting_facts as posting
from protocol import roster_facts as roster
from protocol import trust_facts as trust
from protocol.codec import encode
from protocol.entries import entry_bytes
from protocol.keys import writer_id
from tests.builders import signer, stated
from tests.facts import DAY, MOMENT, an
from tests.vectors.cases import Vector

HASH, NOTE = bytes(range(100, 132)), bytes(range(32))
REF = (2, 0, 11, NOTE)
KNOWS = ((0, 57), ((2, 0, 11, NOTE), (3, 1, 0, HASH)))
CORE = {"core_ref": "GD001-00001", "decided_by": "core"}
KEYED = {"core_ref": None, "decided_by": "CB003"}
LEADER = signer("leader").spki

GOOD = {
    "Collected": an(
        phone.Collected,
        receipt_no=17,
        member=3,
        value_date=DAY - 2,
        due_to=DAY,
        lines=((4, 270_000, 263_342), (5, 0, -11_047)),
        savings=((3, 50_000),),
        knows=KNOWS,
    ),
    "Voided": an(phone.Voided, target=REF, reason="mistyped", note=HASH),
    "TransferRequested": an(
        phone.TransferRequested,
        member=3,
        value_date=DAY - 1,
        account=3,
        loan=4,
        purpose="principal",
        amount=1_000_000,
        due_shown=263_342,
        knows=KNOWS,
    ),
    "Visited": an(phone.Visited, member=3, outcome="promised", promised_on=DAY + 3, promised=300_000),
    "MemberNoted": an(phone.MemberNoted, member=3, subject="moved_house", note=HASH),
    "CashHandedOver": an(phone.CashHandedOver, to_writer=1, amount=1_330_151),
    "CashAccepted": an(phone.CashAccepted, handed=REF, amount=1_330_151),
    "RoundClosed": an(
        phone.RoundClosed,
        expected=1_330_151,
        counted=1_330_000,
        difference=-151,
        denominations=((500_000, 2), (200_000, 1), (100_000, 1), (10_000, 3)),
        receipts=9,
        voided=1,
    ),
    "BranchEpochOpened": an(trust.BranchEpochOpened, epoch=1, statement=HASH, base=(0, 412, NOTE)),
    "KeyStated": an(trust.KeyStated, statement=stated(signer("branch key 2"), number=2)),
    "Restated": an(trust.Restated, entry=(0, 413), hash=HASH, ordinal=58),
    "Received": an(trust.Received, writer=2, first_seq=11, count=4, head=HASH, seen_at=MOMENT),
    "WriterAdmitted": an(
        trust.WriterAdmitted,
        ordinal=1,
        writer=writer_id(LEADER),
        epoch=1,
        spki=LEADER,
        left=(23, HASH),
        first_receipt=1,
        last_receipt=10_000,
    ),
    "WriterRevoked": an(trust.WriterRevoked, writer=2, seq=14, head=HASH, reason="phone_lost"),
    "ForkResolved": an(trust.ForkResolved, writer=2, seq=12, hash=HASH, statement=NOTE),
    "GroupListed": an(roster.GroupListed, day_of_month=17, name=HASH, core_ref="TO-001"),
    "MemberListed": an(roster.MemberListed, ordinal=3, number="3000010003", name=HASH, identity=NOTE),
    "MemberMoved": an(roster.MemberMoved, member=3, to_group="KM-002", reason="moved_house"),
    "SavingsAccountListed": an(
        roster.SavingsAccountListed, ordinal=3, member=3, number="330001000301", balance=1_845_200
    ),
    "SavingsMoved": an(roster.SavingsMoved, account=3, kind="withdrawal", amount=550_000, **CORE),
    "PolicyAdopted": an(roster.PolicyAdopted, number=3, policy="overdue_factor", amount=1_300_000),
    "RateDecided": an(
        roster.RateDecided,
        number=24,
        programme="CN",
        kind="points",
        ppm=20_000,
        effective_from=DAY - 77,
        effective_to=DAY + 14,
        reach="all",
        overdue_reach="surcharge_on_reduced",
        above=60_000,
        reference="2654/QĐ-TTg",
        confirmed_by=None,
    ),
    "LoanOpened": an(loans.LoanOpened, ordinal=5, member=3, grace_end=DAY + 365, **CORE),
    "LoanBroughtForward": an(
        loans.LoanBroughtForward,
        ordinal=4,
        member=3,
        as_of=DAY - 30,
        in_term=40_000_000,
        overdue=5_000_000,
        frozen=2_000_000,
        frozen_until=DAY + 200,
        rates=((DAY - 900, 66_000), (DAY - 16, 62_400)),
        arrears_in_term=120_000,
        arrears_overdue=-7,
        prepaid=11_047,
        numerator_in_term=51_480_000_000_000,
        **CORE,
    ),
    "Disbursed": an(loans.Disbursed, loan=5, amount=50_000_000, **CORE),
    "InstalmentScheduled": an(loans.InstalmentScheduled, loan=5, amount=10_000_000, **CORE),
    "PrincipalRepaid": an(loans.PrincipalRepaid, loan=4, amount=10_000_000, **KEYED),
    "InterestReceived": an(loans.InterestReceived, loan=4, amount=263_342, **KEYED),
    "InstalmentOverdue": an(loans.InstalmentOverdue, loan=4, amount=5_000_000, **CORE),
    "LoanExtended": an(loans.LoanExtended, loan=4, amount=5_000_000, due_on=DAY + 400, **CORE),
    "LoanFrozen": an(loans.LoanFrozen, loan=4, until=DAY + 1_095, amount=2_000_000, **CORE),
    "FreezeLifted": an(loans.FreezeLifted, loan=4, amount=2_000_000, **CORE),
    "LoanRenewed": an(loans.LoanRenewed, loan=4, ppm=62_400, due_on=DAY + 730, **CORE),
    "LoanWrittenOff": an(loans.LoanWrittenOff, loan=4, amount=40_000_000, **CORE),
    "RecoveredAfterWriteOff": an(loans.RecoveredAfterWriteOff, loan=4, principal=0, interest=100_000, **CORE),
    "LoanClosed": an(loans.LoanClosed, loan=4, **CORE),
    "InterestAdjusted": an(
        loans.InterestAdjusted, loan=4, bucket="overdue", amount=-1_000, cause="found_later", decision="QĐ-17"
    ),
    "CreditRefunded": an(loans.CreditRefunded, loan=4, amount=11_047, to_loan=5),
    "CoreMatched": an(loans.CoreMatched, entry=(0, 77), core_ref="GD001-00002"),
    "DayOpened": an(posting.DayOpened, decisions=24),
    "BookReady": an(posting.BookReady, digest=HASH),
    "Posted": an(
        posting.Posted,
        entry=REF,
        interest=((4, 200_000, 63_342, 0, 6_658), (5, 0, 0, 0, 0)),
        principal=((4, 900_000, 100_000),),
        savings=((3, 50_000), (3, -1_000_000)),
        flags=("late", "stale_book"),
    ),
    "Held": an(posting.Held, entry=REF, interest=((4, 270_000),), savings=((3, 50_000),)),
    "ReceiptRekeyed": an(
        posting.ReceiptRekeyed,
        receipt_no=10_017,
        writer=2,
        member=3,
        value_date=DAY - 3,
        interest=((4, 263_342, 0, 0, -1),),
        savings=((3, 5_000),),
        statement=HASH,
    ),
    "Reversed": an(posting.Reversed, posted=(0, 78), cause="paid_once", statement=HASH),
    "CashCounted": an(
        posting.CashCounted,
        rounds=(REF,),
        expected=1_330_151,
        counted=1_330_000,
        denominations=((500_000, 2), (10_000, 33)),
        confirmed_by=None,
    ),
    "DifferenceResolved": an(
        posting.DifferenceResolved, kind="shortage", entry=None, amount=151, resolution="paid_in"
    ),
    "DaySettled": an(
        posting.DaySettled, first=(0, 76), expected=1_330_151, counted=1_330_000, difference=-151
    ),
    "PeriodClosed": an(posting.PeriodClosed, first_day=DAY - 16, last_day=DAY + 14),
}

HANDED = (6, 1, DAY, 20_000)
KNOWN = (KNOWS[0], KNOWS[1][::-1])
BAD = {
    "too-many-fields": ((*HANDED, None), "a field more than the kind has (W10)"),
    "too-few-fields": (HANDED[:-1], "a field less than the kind has"),
    "nil-where-none-may-be": ((6, 1, None, 20_000), "nil where the field list does not say so"),
    "text-for-a-number": ((6, 1, DAY, "20000"), "a text for an amount (W11)"),
    "amount-0": ((6, 1, DAY, 0), "an amount that must be positive (W12)"),
    "amount-negative": ((6, 1, DAY, -1), "a negative amount (W12)"),
    "ordinal-0": ((6, 0, DAY, 1), "ordinals start at 1"),
    "ordinal-too-large": ((6, 2**31, DAY, 1), "an ordinal over 2^31 - 1"),
    "day-too-early": ((6, 1, -25_568, 1), "31/12/1899 (W14)"),
    "day-too-late": ((6, 1, 376_200, 1), "01/01/3000 (W14)"),
    "hash-short": ((113, DAY, bytes(31)), "a hash of 31 bytes"),
    "hash-long": ((113, DAY, bytes(33)), "a hash of 33 bytes"),
    "group-with-colon": ((66, 1, DAY, "KM:1", "moved", "GD-1"), "a group code with a colon (W13)"),
    "code-too-long": ((112, DAY, 0, "a" * 41), "a code of 41 characters"),
    "code-empty": ((112, DAY, 0, ""), "an empty code"),
    "unknown-purpose": ((3, 1, DAY, DAY, 1, 1, "fees", 1, 0, ((0, 1), ())), "a purpose that does not exist"),
    "unknown-reach": (
        (73, 1, "HN", "rate", 1, DAY, None, "old", "excluded", None, "QD", DAY, "core", None),
        "a reach that does not exist",
    ),
    "logs-descend": ((1, 1, 1, DAY, DAY, (), (), KNOWN), "the logs of `knows` do not ascend"),
    "lines-65": ((1, 1, 1, DAY, DAY, ((1, 0, 0),) * 65, (), KNOWS), "65 lines"),
    "no-kind": ((), "an array without a kind"),
    "kind-0": ((0, 1), "kinds start at 1"),
    "kind-text": (("Collected", 1), "a kind that is no number"),
}


def entry_cases():
    """Every kind once, one kind of tomorrow, and entries that their field lists forbid."""
    for name, entry in GOOD.items():
        about = type(entry).__doc__.split("\n")[0]
        yield Vector(f"good/entry/{name}", "entry", about, (entry_bytes(entry),))
    existing = replace(GOOD["RateDecided"], reach="existing")
    about = "a decision for loans opened before it takes effect"
    yield Vector("good/entry/RateDecided-existing", "entry", about, (entry_bytes(existing),))
    about = "a kind that no release knows yet: chained, stored, set aside"
    yield Vector("good/entry/Unknown", "entry", about, (encode((1_000, 7, "x", (HASH,))),))
    for name, (fields, about) in BAD.items():
        yield Vector(f"bad/entry/{name}", "entry", about, (encode(fields),), expect="entry")
    yield Vector("bad/entry/no-array", "entry", "an entry is an array", (b"\x05",), expect="entry")
    too_long = encode((1_000, *[bytes(250)] * 33))
    yield Vector("bad/entry/too-long", "entry", "more than 8,192 bytes", (too_long,), expect="entry")
    second = bytes.fromhex("9406cc01cd4fd77b")
    yield Vector("bad/codec/entry-uint8-1", "entry", "a known kind, 1 as uint8", (second,), expect="codec")
