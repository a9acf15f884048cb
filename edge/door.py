"""The commands that a leader needs at the door: ``members show collect void transfer visit``."""

import rich_click as click
from rich.console import Console

from edge import cashless, collection, household, members, receipt, tables, typed, wording
from edge.cashless import TransferOrder, VisitOrder
from edge.collection import Deposit, Interest
from edge.phone import Phone
from edge.terminal import Asked, Read, Words, common, confirm, opened, print_warnings, show

AMOUNT = Read("số tiền", typed.amount)
NUMBER = Read("số", typed.number)
DAY = Read("ngày", typed.day)
PAIR = Read("số=tiền", typed.pair)
NOTE = Read("ghi chú", typed.words)
_MEMBER = click.argument("member", metavar="TỔ_VIÊN")
_YES = click.option("--yes", "-y", is_flag=True, help="Không hỏi lại.")


def _deposit(text: str) -> Deposit:
    if "=" not in text:
        return Deposit(typed.amount(text))
    account, amount = typed.pair(text)
    return Deposit(amount, account)


@click.command("members")
@click.option("--search", metavar="TÊN", default="", help="Tìm theo tên, không cần dấu.")
@common
def list_members(asked: Asked, search: str) -> None:
    """Xem danh sách tổ viên: phải thu, đã thu, tình trạng."""
    with opened(asked) as phone:
        show(asked, members.members(phone, search), tables.members)


@click.command("show")
@_MEMBER
@common
def show_household(asked: Asked, member: str) -> None:
    """Xem một hộ: từng khoản vay và vì sao phải thu, sổ tiết kiệm, lời hẹn."""
    with opened(asked) as phone:
        show(asked, household.household(phone, members.find_member(phone, member)), tables.household)


@click.command("collect")
@_MEMBER
@click.option("--full", is_flag=True, help="Thu đủ, đúng từng đồng.")
@click.option("--rounded", is_flag=True, help="Thu đủ, làm tròn lên nghìn đồng; phần lẻ là trả trước.")
@click.option("--amount", type=AMOUNT, help="Thu số khác; máy chia cho các khoản vay.")
@click.option("--line", "lines", type=PAIR, multiple=True, help="Thu cho một khoản vay, ví dụ 2=105.000.")
@click.option(
    "--savings",
    type=Read("[sổ=]tiền", _deposit),
    multiple=True,
    help="Gửi tiết kiệm, ví dụ 50.000, hoặc 2=50.000 cho sổ số 2.",
)
@click.option("--again", is_flag=True, help="Hộ thật sự nộp thêm lần nữa cho ngày này.")
@_YES
@common
def collect(
    asked: Asked, member: str, savings: tuple[Deposit, ...], *, again: bool, yes: bool, **given: object
) -> None:
    """Thu lãi và tiết kiệm của một hộ, in biên lai. Không bao giờ thu gốc bằng tiền mặt."""
    interest = _interest(given, savings)
    with opened(asked) as phone:
        plan = collection.plan_collection(
            phone, members.find_member(phone, member), interest, savings, again=again
        )
        print_warnings(plan.warnings)
        confirm(asked, wording.confirmation(plan.name, plan.interest, plan.savings), yes=yes)
        _print_saved(asked, phone, collection.record_collection(phone, plan), plan.warnings)


@click.command("void")
@click.argument("number", type=NUMBER, metavar="SỐ")
@click.option(
    "--transfer", is_flag=True, help="SỐ là số dòng của một lần trích tiết kiệm, không phải biên lai."
)
@click.option(
    "--reason", type=Words(wording.VOID_REASONS), default="mistyped", show_default=True, help="Lý do."
)
@click.option("--note", type=NOTE, help="Ghi chú cho chi nhánh.")
@_YES
@common
def void(asked: Asked, number: int, reason: str, note: str | None, *, transfer: bool, yes: bool) -> None:
    """Hủy một biên lai của máy này, khi ngân hàng chưa hạch toán."""
    with opened(asked) as phone:
        find = cashless.own_transfer if transfer else cashless.own_receipt
        target = find(phone, number)
        confirm(asked, wording.void_question(number, transfer=transfer), yes=yes)
        seq = cashless.void(phone, target, reason, note)
        show(asked, {"saved": True, "seq": seq}, lambda console, _: console.print(wording.VOIDED))


@click.command("transfer")
@_MEMBER
@click.argument("loan", type=NUMBER, metavar="KHOẢN_VAY")
@click.option("--amount", type=AMOUNT, required=True, help="Số tiền trích.")
@click.option(
    "--to",
    "purpose",
    type=Words(wording.PURPOSES),
    required=True,
    help="Trả lãi (interest) hay trả gốc (principal).",
)
@click.option("--account", type=NUMBER, help="Số sổ tiết kiệm, khi hộ có nhiều sổ.")
@_YES
@common
def transfer(
    asked: Asked,
    member: str,
    loan: int,
    amount: int,
    purpose: cashless.Purpose,
    account: int | None,
    *,
    yes: bool,
) -> None:
    """Trích tiết kiệm trả lãi hoặc trả gốc; không có tiền mặt, chờ ngân hàng hạch toán."""
    with opened(asked) as phone:
        found = members.find_member(phone, member)
        name = members.name_of(phone, found)
        confirm(asked, wording.transfer_question(name, amount, purpose, loan), yes=yes)
        seq = cashless.request_transfer(phone, found, TransferOrder(loan, purpose, amount, account))
        show(asked, {"saved": True, "seq": seq}, lambda console, _: console.print(wording.transferred(seq)))


@click.command("visit")
@_MEMBER
@click.option("--outcome", type=Words(wording.VISITS), required=True, help="Kết quả lần đến.")
@click.option("--promise", "promised_on", type=DAY, help="Ngày hẹn trả, ví dụ 17/12/2025.")
@click.option("--promised", type=AMOUNT, help="Số tiền hẹn trả.")
@click.option("--note", type=NOTE, help="Ghi chú.")
@common
def visit(
    asked: Asked,
    member: str,
    outcome: str,
    promised_on: int | None,
    promised: int | None,
    note: str | None,
) -> None:
    """Ghi một lần đến mà chưa thu được tiền, và lời hẹn."""
    with opened(asked) as phone:
        order = VisitOrder(outcome, promised_on, promised, note)
        seq = cashless.note_visit(phone, members.find_member(phone, member), order)
        show(asked, {"saved": True, "seq": seq}, lambda console, _: console.print(wording.VISITED))


def _interest(given: dict[str, object], savings: tuple[Deposit, ...]) -> Interest:
    """The one way of taking interest that was chosen; raises UsageError for none or several."""
    chosen = [name for name, value in given.items() if value not in (None, False, ())]
    if len(chosen) > 1 or not (chosen or savings):
        raise click.UsageError(wording.CHOOSE_INTEREST)
    match chosen, given:
        case [], _:
            return "none"
        case ["amount"], {"amount": int(amount)}:
            return amount
        case ["lines"], {"lines": tuple(lines)}:
            return _by_loan(lines)
    return "full" if chosen == ["full"] else "rounded"


def _by_loan(lines: tuple[tuple[int, int], ...]) -> dict[int, int]:
    found: dict[int, int] = {}
    for loan, amount in lines:
        found[loan] = found.get(loan, 0) + amount
    return found


def _print_saved(asked: Asked, phone: Phone, seq: int, warnings: tuple[str, ...]) -> None:
    ref = phone.ref(seq)
    fact = next(fact for fact in phone.own_facts() if fact.ref == ref)
    view = receipt.receipt(phone, fact, copy=False)
    shown = {"saved": True, "receipt": view, "warnings": warnings}
    show(asked, shown, lambda console, _: _saved(console, view))


def _saved(console: Console, view: receipt.Receipt) -> None:
    tables.receipt(console, view)
    console.print(wording.SAVED)
