"""What the command line prints for people: each view as a few lines and a table."""

from collections.abc import Iterable
from datetime import date

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from calc.states import Phase
from calc.words import money, rate
from edge.enrol import Begun
from edge.entry_wording import CARRIAGES, CAUSES, CHANGES, FLAGS, KINDS, OUTCOME_WORDS, PHASES
from edge.errors import Fault
from edge.exchange_wording import NOT_RECEIVED, OUTCOMES, came_back, carried_away, digits, saved, set_aside
from edge.fault_wording import FAULTS
from edge.household import AccountShown, Household, LoanShown
from edge.members import MemberList
from edge.receipt import Receipt
from edge.results import DayResult, Decided
from edge.rounds import InHand, RoundShown
from edge.standing import EntryStanding, Standing
from edge.sync import Exchanged
from edge.transport import Outcome
from edge.wording import (
    BUCKETS,
    MEMBER_STATES,
    ROLES,
    STOPPED,
    TWINS,
    VISITS,
    WARNINGS,
    days_to,
    moment,
    named,
)

_SELF_EVIDENT = {
    (carriage, phase) for carriage in CARRIAGES if carriage != "at_branch" for phase in ("pending", "noted")
}
"""What the branch has not received it has not decided either."""


def begun(console: Console, view: Begun) -> None:
    """How the first step of enrolment went."""
    if view.group is None or view.digits is None:
        console.print(OUTCOMES[view.outcome])
    else:
        console.print(digits(view.digits, view.group))


def members(console: Console, view: MemberList) -> None:
    """The list of the group."""
    table = Table("Số", "Mã", "Họ tên", title=f"Ngày giao dịch {_day(view.day)} – {days_to(view.days_left)}")
    table.add_column("Phải thu", justify="right")
    table.add_column("Đã thu", justify="right")
    table.add_column("Tình trạng")
    for row in view.members:
        table.add_row(
            str(row.member),
            escape(row.number),
            escape(row.name),
            money(row.asked_dong),
            money(row.collected_dong) if row.collected_dong else "",
            MEMBER_STATES[row.state],
        )
    console.print(table)
    console.print(f"Đã thu {view.collected} hộ. Còn phải thu {money(view.asked_dong)}.")
    _warn_of_book(console, agrees=view.agrees)


def household(console: Console, view: Household) -> None:
    """One household with the working of each due."""
    console.print(f"[bold]{escape(view.name)}[/] – số {view.member}, mã {escape(view.number)}")
    console.print(f"Phải thu đến ngày {_day(view.day)}: [bold]{money(view.asked_dong)}[/]")
    if view.collected_dong:
        console.print(f"Đã thu cho ngày này: {money(view.collected_dong)}")
    for loan in view.loans:
        _loan(console, loan)
    for account in view.accounts:
        _account(console, account)
    if view.promise is not None:
        said = view.promise
        when = "" if said.promised_on is None else f", hẹn ngày {_day(said.promised_on)}"
        amount = "" if said.promised_dong is None else f" {money(said.promised_dong)}"
        note = "" if said.note is None else f" – {escape(said.note)}"
        console.print(f"Lần đến {_day(said.visited_on)}: {named(VISITS, said.outcome)}{when}{amount}{note}")
    _warn_of_book(console, agrees=view.agrees)


def receipt(console: Console, view: Receipt) -> None:
    """The receipt 01/BL as it is handed to the household."""
    title = f"BIÊN LAI THU LÃI, THU TIỀN GỬI TIẾT KIỆM (01/BL) – số {view.receipt_no}"
    console.print(f"[bold]{title}[/]" + ("  [reverse]BẢN SAO[/]" if view.copy else ""))
    console.print(f"Chi nhánh {escape(view.branch)}, tổ {escape(view.group)} – ngày {_day(view.value_date)}")
    console.print(f"Người nộp: [bold]{escape(view.name)}[/] (mã {escape(view.member_number)})")
    for line in view.interest:
        console.print(f"  Lãi khoản vay {escape(line.number)}: {money(line.interest_dong)}")
    for deposit in view.savings:
        console.print(f"  Gửi tiết kiệm, sổ {escape(deposit.number)}: {money(deposit.amount_dong)}")
    if view.prepaid_dong:
        console.print(f"  trong đó trả trước: {money(view.prepaid_dong)}")
    console.print(f"Cộng: [bold]{money(view.total_dong)}[/] – {view.total_words}")
    if view.phase != "pending":
        console.print(f"Tình trạng: {PHASES[view.phase]}")
    if view.twin is not None:
        console.print(TWINS[view.twin].format(number=view.receipt_no), soft_wrap=True)


def closed(console: Console, view: RoundShown) -> None:
    """A round as it was signed."""
    console.print(f"Đã khóa sổ ngày {_day(view.day)}: {view.receipts} biên lai, hủy {view.voided}.")
    console.print(f"Phải có {money(view.expected_dong)}, đếm được {money(view.counted_dong)}.")
    if view.difference_dong:
        word = "Thừa" if view.difference_dong > 0 else "Thiếu"
        console.print(f"[bold]{word} {money(abs(view.difference_dong))}[/]")


def exchanged(console: Console, view: Exchanged) -> None:
    """How a synchronisation went."""
    unreceived = view.outcome is Outcome.DONE and view.waiting
    console.print(NOT_RECEIVED if unreceived else OUTCOMES[view.outcome])
    if view.outcome is Outcome.WAITING:
        return
    if view.retry_after_s is not None:
        console.print(f"Thử lại sau {view.retry_after_s} giây.")
    console.print(
        f"Chi nhánh nhận thêm {view.acknowledged} gói, còn {view.waiting} gói chưa nhận;"
        f" sổ của tổ thêm {view.learnt} dòng."
    )


def standing(console: Console, view: Standing) -> None:
    """Everything at a glance."""
    console.print(
        f"Tổ {escape(view.group)}, máy {view.writer} ({ROLES[view.role]}) – ngày giao dịch {_day(view.day)},"
        f" {days_to(view.days_left)}; sổ chi nhánh đến dòng {view.branch_epoch}.{view.branch_seq}."
    )
    console.print(saved(len(view.entries), view.unsent_entries))
    if view.contact is not None:
        done = "chưa lần nào" if view.contact.done_at is None else moment(view.contact.done_at)
        console.print(f"Đồng bộ được lần cuối: {done}.")
    if view.exported is not None and view.unsent_seals:
        console.print(carried_away(moment(view.exported), view.unsent_seals))
    if view.lease is not None and view.lease.days_silent:
        console.print(f"Chi nhánh trả lời lần cuối cách đây {view.lease.days_silent} ngày.")
    if view.returned:
        console.print(f"[bold]{came_back(view.returned)}[/]")
    _cash(console, view.cash)
    _aside(console, view.entries)
    for one in view.handovers:
        console.print(
            f"Bàn giao chờ nhận: {one.writer}/{one.seq}, {money(one.amount_dong)} từ máy {one.writer}"
            f" sang máy {one.to_writer}."
        )
    for two in view.repeated:
        console.print(
            f"[bold]Có thể thu trùng:[/] {escape(two.name or '')}, {money(two.amount_dong)} – biên lai"
            f" {two.first_receipt_no} (máy {two.first_writer}) và {two.receipt_no} (máy {two.writer})."
            " Hai người hãy hỏi nhau; nếu trùng thì hủy một phiếu và trả lại tiền."
        )
    if view.stopped is not None:
        console.print(f"[bold red]{STOPPED}{FAULTS[Fault(view.stopped)]}[/]")
    if view.evidence:
        console.print(f"[bold red]Có {view.evidence} bằng chứng về hai sổ khác nhau. Hãy báo cán bộ.[/]")
    _warn_of_book(console, agrees=view.agrees)
    _entries(console, view)
    for result in view.results:
        _result(console, result)


def _entries(console: Console, view: Standing) -> None:
    if not view.entries:
        return
    table = Table("Dòng", "Loại", "Biên lai", "Tổ viên")
    table.add_column("Số tiền", justify="right")
    table.add_column("Đi đến đâu")
    table.add_column("Chi nhánh")
    for one in view.entries:
        cause = "" if one.cause is None else f": {named(CAUSES, one.cause)}"
        table.add_row(
            str(one.seq),
            named(KINDS, one.kind),
            "" if one.receipt_no is None else str(one.receipt_no),
            escape(one.name or ""),
            money(one.amount_dong) if one.amount_dong else "",
            CARRIAGES[one.carriage],
            "" if (one.carriage, one.phase) in _SELF_EVIDENT else PHASES[one.phase] + cause,
        )
    console.print(table)


def _result(console: Console, result: DayResult) -> None:
    console.print(
        f"[bold]Kết quả ngày {_day(result.day)}[/]: phải có {money(result.expected_dong)},"
        f" đếm được {money(result.counted_dong)}, chênh lệch {money(result.difference_dong)}."
    )
    for one in result.entries:
        _decided(console, one)


def _decided(console: Console, one: Decided) -> None:
    number = f"{one.receipt_no}" if one.receipt_no is not None else f"dòng {one.seq}"
    cause = "" if one.cause is None else f": {named(CAUSES, one.cause)}"
    line = f"  {named(KINDS, one.kind)} {number}, {escape(one.name or '')}, {money(one.amount_dong)}"
    console.print(f"{line} – {PHASES[one.phase]}{cause}")
    found = one.difference
    if found is None:
        return
    flags = "".join(f"; {named(FLAGS, flag)}" for flag in found.flags)
    console.print(
        f"    lãi {money(found.amount_dong)}, phải thu khi hạch toán {money(found.due_now_dong)}:"
        f" {OUTCOME_WORDS[found.outcome]}{flags}"
    )
    if (found.paid_dong, found.edge_dong, found.book_dong) != (0, 0, 0):
        console.print(
            f"    hộ nộp lệch {money(found.paid_dong)}, máy tính lệch {money(found.edge_dong)},"
            f" sổ chi nhánh đổi {money(found.book_dong)}"
        )
    for change in found.changes:
        console.print(f"    {named(CHANGES, change.code)}: {money(change.amount_dong)}")


def _cash(console: Console, cash: InHand) -> None:
    console.print(
        f"Tiền đang giữ: [bold]{money(cash.expected_dong)}[/] ({cash.receipts} biên lai, hủy {cash.voided};"
        f" đã giao {money(cash.handed_over_dong)}, đã nhận {money(cash.accepted_dong)})."
    )
    if cash.other_days_dong:
        console.print(f"Thêm tiền thu cho ngày trước, nộp cùng lần này: {money(cash.other_days_dong)}.")


def _aside(console: Console, entries: Iterable[EntryStanding]) -> None:
    amounts = [one.amount_dong for one in entries if one.receipt_no and one.phase == Phase.SET_ASIDE]
    if amounts:
        console.print(f"[bold]{set_aside(money(sum(amounts)), len(amounts))}[/]")


def _loan(console: Console, loan: LoanShown) -> None:
    console.print(
        f"\nKhoản vay {loan.loan} ({escape(loan.programme)} {escape(loan.number)}), hạn {_day(loan.due_on)}:"
        f" phải thu [bold]{money(loan.asked_dong)}[/]"
    )
    principal = {
        "gốc trong hạn": loan.principal_in_term_dong,
        "gốc quá hạn": loan.principal_overdue_dong,
        "gốc khoanh": loan.principal_frozen_dong,
        "lãi chưa trả trong hạn": loan.unpaid_in_term_dong,
        "lãi chưa trả quá hạn": loan.unpaid_overdue_dong,
        "lãi trong ân hạn": loan.unpaid_grace_dong,
        "đã thu, chờ hạch toán": loan.pending_dong,
        "đã trả trước": max(0, -loan.payable_dong),
    }
    console.print("  " + "; ".join(f"{word} {money(amount)}" for word, amount in principal.items() if amount))
    for line in loan.working:
        console.print(
            f"  vì sao: {_day(line.start)} đến trước {_day(line.end)}, {line.days} ngày ×"
            f" {money(line.balance_dong)} × {rate(line.ppm)} ({BUCKETS[line.bucket]})"
        )
    _sum(console, loan)


def _sum(console: Console, loan: LoanShown) -> None:
    """How the due adds up: whoever checks it by hand finds every part."""
    parts = {
        "lãi mang sang" if loan.carried_dong > 0 else "trả trước mang sang": loan.carried_dong,
        "lãi phát sinh": loan.accrued_dong,
        "ngân hàng điều chỉnh": loan.adjusted_dong,
        "đã trả": -loan.settled_dong,
        "đã thu, chờ hạch toán": -loan.pending_dong,
    }
    terms = [(word, amount) for word, amount in parts.items() if amount]
    if not terms:
        return
    told = " ".join(
        f"{'−' if amount < 0 else '+'} {word} {money(abs(amount))}" for word, amount in terms
    ).removeprefix("+ ")
    ahead = "trả trước " if loan.payable_dong < 0 else ""
    later = ", chưa phải thu" if loan.payable_dong > loan.asked_dong else ""
    console.print(f"  cộng lại: {told} = {ahead}{money(abs(loan.payable_dong))}{later}")


def _account(console: Console, account: AccountShown) -> None:
    waiting = f", chờ hạch toán {money(account.pending_dong)}" if account.pending_dong else ""
    console.print(
        f"\nSổ tiết kiệm {account.account} ({escape(account.number)}): {money(account.balance_dong)}{waiting}"
    )


def _warn_of_book(console: Console, *, agrees: bool) -> None:
    if not agrees:
        console.print(f"[bold red]{WARNINGS['book_differs']}[/]")


def _day(value: date) -> str:
    return f"{value:%d/%m/%Y}"
