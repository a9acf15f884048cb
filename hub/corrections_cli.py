"""``tovay-hub`` to correct what was taken in: ``resolve``, ``reverse``, ``refund``; each with two people."""

import hashlib
import re
import secrets
from pathlib import Path

import rich_click as click
from msgspec import Struct

from calc.cash import LATE_FACT
from calc.words import day as written
from hub.errors import CorrectionError
from hub.options import DIRECTORY, HELP, JSON, PASSPHRASE, hub_of, print_json, say
from hub.service.corrections.decided import Corrected, Decision, Signed, correct, preview
from hub.service.corrections.effect import Change
from hub.service.corrections.resolving import Clearing, Release
from hub.service.corrections.taking_back import Refund, Reversal
from hub.service.day.wording import ROLES, signed
from hub.service.group.names import Names
from hub.service.loan_book.imports import directory_of
from hub.typed import AmountType, DayType
from protocol.day import Day
from protocol.exchange import DetachedText
from protocol.ids import Position
from protocol.limits import SALT_BYTES
from protocol.money import Dong
from provisioning.usage import GROUP, STAFF, Whole, Word

ONE_GROUP = click.option("--group", type=GROUP, required=True, help="Mã tổ.")
BY = click.option("--by", type=STAFF, required=True, help="Mã người quyết định.")
CONFIRMED = click.option(
    "--confirmed-by", type=STAFF, required=True, help="Mã người xác nhận: một người khác."
)
DRY = click.option("--dry-run", is_flag=True, help="Chỉ xem sẽ đổi những gì, không ghi gì.")
_RECEIPT = click.option("--receipt", type=Whole(1, 2**53), metavar="SỐ", help="Số biên lai.")
_PAPER = click.Path(path_type=Path)
_CONTRACT = Word("khoản vay", r"[A-Za-z0-9][A-Za-z0-9._/-]{0,39}", "số khoản vay, ví dụ 6600010002001")
_KIND = Word("loại", "held|shortage|surplus", "chọn held (phiếu treo), shortage (thiếu) hoặc surplus (thừa)")
_RESOLUTION = Word(
    "cách giải quyết",
    "payment|late_fact|decision",
    "chọn payment (bằng tiền mặt), late_fact (một biên lai giải thích) hoặc decision (ngân hàng quyết định)",
)
_CAUSE = Word(
    "lý do",
    "mistyped|not_paid|duplicate|void_late",
    "chọn mistyped (ghi nhầm), not_paid (hộ không nộp), duplicate (ghi trùng) hoặc void_late (hủy về muộn)",
)


class PlaceType(click.ParamType[Position]):
    """A place in the branch log, as the pages write it."""

    name = "vị trí"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Position:
        """The place as it is meant; raises click.BadParameter."""
        found = re.fullmatch(r"(0|[1-9][0-9]{0,8})\.([1-9][0-9]{0,8})", value, re.ASCII)
        if found is None:
            self.fail("vị trí trong sổ chi nhánh, viết như 0.123", param, ctx)
        return Position(int(found[1]), int(found[2]))


class Asked(Struct, frozen=True):
    """Where a correction is to be made, by whom, and whether only to look."""

    directory: Path
    passphrase_file: Path | None
    group: str
    signed: Signed
    dry_run: bool
    as_json: bool


@click.command("resolve")
@DIRECTORY
@PASSPHRASE
@ONE_GROUP
@click.option(
    "--kind", type=_KIND, required=True, help="held: bỏ treo; shortage: phần thiếu; surplus: phần thừa."
)
@_RECEIPT
@click.option("--day", type=DayType(), help="Ngày giao dịch có phần thiếu hoặc thừa.")
@click.option("--amount", type=AmountType(), help="Số tiền thiếu hoặc thừa được giải quyết.")
@click.option("--resolution", type=_RESOLUTION, help="payment, late_fact hoặc decision.")
@click.option(
    "--statement", type=_PAPER, metavar="TỆP", help="Tệp giấy tờ kèm theo; sổ chỉ giữ dấu vân tay của tệp."
)
@BY
@CONFIRMED
@DRY
@JSON
@HELP
def resolve_command(  # noqa: PLR0913 (one argument per option)
    directory: Path,
    passphrase_file: Path | None,
    group: str,
    kind: str,
    *,
    receipt: int | None,
    day: Day | None,
    amount: Dong | None,
    resolution: str | None,
    statement: Path | None,
    by: str,
    confirmed_by: str,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Giải quyết một biên lai bị treo mà tiền đếm đủ, hoặc một phần tiền thiếu, thừa của ngày đã kết toán."""
    decision: Decision
    if kind == "held":
        decision = Release(_released(receipt, amount, resolution))
    else:
        decision = _clearing(kind, receipt, day, amount, resolution)
    asked = Asked(directory, passphrase_file, group, signed_on(by, confirmed_by, statement), dry_run, as_json)
    decide(asked, decision)


@click.command("reverse")
@DIRECTORY
@PASSPHRASE
@ONE_GROUP
@_RECEIPT
@click.option("--place", type=PlaceType(), help="Vị trí dòng hạch toán trong sổ chi nhánh, ví dụ 0.123.")
@click.option("--cause", type=_CAUSE, required=True, help="mistyped, not_paid, duplicate hoặc void_late.")
@click.option(
    "--statement",
    type=_PAPER,
    metavar="TỆP",
    required=True,
    help="Tệp biên bản; sổ chỉ giữ dấu vân tay của tệp.",
)
@BY
@CONFIRMED
@DRY
@JSON
@HELP
def reverse_command(  # noqa: PLR0913 (one argument per option)
    directory: Path,
    passphrase_file: Path | None,
    group: str,
    *,
    receipt: int | None,
    place: Position | None,
    cause: str,
    statement: Path,
    by: str,
    confirmed_by: str,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Đảo một lần hạch toán hoặc một phiếu treo của ngày đã kết toán; không dòng nào bị xóa."""
    if (receipt is None) == (place is None):
        raise CorrectionError("one_target")
    asked = Asked(directory, passphrase_file, group, signed_on(by, confirmed_by, statement), dry_run, as_json)
    decide(asked, Reversal(receipt, place, cause))


@click.command("refund")
@DIRECTORY
@PASSPHRASE
@ONE_GROUP
@click.option("--loan", type=_CONTRACT, required=True, help="Khoản vay có lãi trả trước.")
@click.option("--amount", type=AmountType(), help="Số tiền hoàn; mặc định toàn bộ.")
@click.option(
    "--to-loan", type=_CONTRACT, help="Chuyển sang khoản vay khác của cùng hộ, thay vì trả tiền mặt."
)
@BY
@CONFIRMED
@DRY
@JSON
@HELP
def refund_command(  # noqa: PLR0913 (one argument per option)
    directory: Path,
    passphrase_file: Path | None,
    group: str,
    loan: str,
    *,
    amount: Dong | None,
    to_loan: str | None,
    by: str,
    confirmed_by: str,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Hoàn lãi trả trước của một khoản vay: bằng tiền mặt, hoặc chuyển sang khoản vay khác của cùng hộ."""
    if amount == 0:
        raise CorrectionError("amount_needed")
    asked = Asked(directory, passphrase_file, group, signed_on(by, confirmed_by, None), dry_run, as_json)
    decide(asked, Refund(loan, amount, to_loan))


def decide(asked: Asked, decision: Decision) -> Corrected:
    """Make the correction, or only look at what it would change, and tell it."""
    with hub_of(asked.directory, asked.passphrase_file, sealing=not asked.dry_run) as hub:
        act = preview if asked.dry_run else correct
        done = act(hub.groups, asked.group, decision, asked.signed)
        names = Names(done.state, done.state.book, directory_of(hub.store))
    if asked.as_json:
        print_json(_json(done, dry_run=asked.dry_run))
        return done
    if not done.entries:
        say("Quyết định này đã được ghi từ trước; không có gì thay đổi.")
        return done
    say("Xem trước, chưa ghi gì:" if asked.dry_run else f"Đã ghi vào sổ của tổ {asked.group}:")
    for change in done.changes:
        say(f"  {_subject(done, names, change)}: {signed(change.before_dong)} → {signed(change.after_dong)}")
    return done


def signed_on(by: str, confirmed_by: str, statement: Path | None) -> Signed:
    """Who decides; of a paper the log gets a salted digest, from which nothing can be guessed (L4)."""
    if statement is None:
        return Signed(by, confirmed_by, None)
    try:
        paper = statement.read_bytes()
    except OSError as error:
        raise CorrectionError("unreadable_paper", path=statement) from error
    if not paper:
        raise CorrectionError("unreadable_paper", path=statement)
    told = f"sha256:{hashlib.sha256(paper).hexdigest()}"
    return Signed(by, confirmed_by, DetachedText(secrets.token_bytes(SALT_BYTES), told.encode()))


def _json(done: Corrected, *, dry_run: bool) -> dict[str, object]:
    position = done.state.book.position
    return {
        "group": done.state.group,
        "changed": bool(done.entries) and not dry_run,
        "dry_run": dry_run,
        "entries": [type(entry).__name__ for entry in done.entries],
        "changes": done.changes,
        "position": {"epoch": position.epoch, "seq": position.seq},
    }


def _subject(done: Corrected, names: Names, change: Change) -> str:
    """What a figure is about, in words."""
    match change.kind:
        case "due" | "principal":
            member = names.person(done.state.book.loans[change.number].member)
            told = f"lãi phải thu đến {written(done.day)}" if change.kind == "due" else "dư nợ gốc"
            return f"{told} của khoản vay {names.loan(change.number)[0]}, {member.shown}"
        case "savings":
            return f"số dư sổ tiết kiệm {names.account(change.number)}"
        case "cash":
            known = done.state.book.writers.get(change.number)
            role = "" if known is None else known.latest.role
            return f"tiền còn phải nộp của {ROLES.get(role, role)}"
        case "difference":
            return f"chênh lệch còn lại của ngày {written(change.number)}"
        case "held":
            return "tiền của các phiếu treo"
    return "tiền của các phiếu chờ hạch toán"


def _released(receipt: int | None, amount: Dong | None, resolution: str | None) -> int:
    """The receipt to release; it is released whole, and for one reason."""
    if receipt is None:
        raise CorrectionError("receipt_needed")
    if amount is not None:
        raise CorrectionError("amount_unneeded")
    if resolution is not None:
        raise CorrectionError("resolution_unneeded")
    return receipt


def _clearing(
    kind: str, receipt: int | None, day: Day | None, amount: Dong | None, resolution: str | None
) -> Clearing:
    if day is None:
        raise CorrectionError("day_needed")
    if not amount:
        raise CorrectionError("amount_needed")
    if resolution is None:
        raise CorrectionError("resolution_needed")
    if (receipt is not None) != (resolution == LATE_FACT):
        raise CorrectionError("receipt_needed" if receipt is None else "receipt_unneeded")
    return Clearing(day, "shortage" if kind == "shortage" else "surplus", amount, resolution, receipt)
