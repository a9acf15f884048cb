"""``tovay-hub compare-core`` and ``key-fact``: our books beside those of the bank's core system (B21)."""

from datetime import datetime
from pathlib import Path
from typing import cast

import rich_click as click
from rich.progress import Progress

from calc.words import day as written
from calc.words import money
from hub.options import DIRECTORY, ERR, FILE, FORM, HELP, JSON, PASSPHRASE, deliver, hub_of, print_json, say
from hub.service.core.compare import Asked, compare_core, confirm_core
from hub.service.core.counter_facts import KINDS, Keyed, Kind, key_fact
from hub.service.core.extract import CutOff
from hub.service.core.report import comparison_sheet
from hub.service.loan_book.wording import sentence
from hub.typed import AmountType, DayType
from protocol.day import Day, day_of, end_of, to_instant
from protocol.money import Dong
from provisioning.usage import GROUP, STAFF, Word

_NUMBER = Word("số", r"[A-Za-z0-9][A-Za-z0-9._/-]{0,39}", "số khoản vay hoặc số sổ tiết kiệm")


class CutOffType(click.ParamType[CutOff]):
    """When an extract was cut: a day, which means its end, or an instant with its offset from UTC."""

    name = "lúc chốt"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> CutOff:
        """The cut-off as it is meant; raises click.BadParameter."""
        try:
            moment = datetime.fromisoformat(value) if "T" in value else None
        except ValueError:
            self.fail("thời điểm viết 2025-12-17T11:30:00+07:00", param, ctx)
        if moment is None:
            day = DayType().convert(value, param, ctx)
            return CutOff(end_of(day), day)
        if moment.tzinfo is None:
            self.fail("thời điểm phải có múi giờ, ví dụ 2025-12-17T11:30:00+07:00", param, ctx)
        return CutOff(to_instant(moment), day_of(moment))


@click.command("compare-core")
@click.argument("path", type=click.Path(path_type=Path), metavar="THƯ_MỤC_HOẶC_TỆP")
@DIRECTORY
@PASSPHRASE
@click.option("--cutoff", type=CutOffType(), required=True, help="Lúc ngân hàng chốt: một ngày, hoặc giờ.")
@click.option("--from", "since", type=DayType(), help="Giao dịch có đủ từ ngày này; mặc định ngày đầu tiên.")
@click.option("--confirm", is_flag=True, help="Ghi nhận những bút toán mà ngân hàng đã có.")
@click.option("--by", type=STAFF, help="Mã người ghi nhận, cùng với --confirm.")
@FORM
@FILE
@HELP
def compare_command(  # noqa: PLR0913 (one argument per option)
    path: Path,
    directory: Path,
    passphrase_file: Path | None,
    cutoff: CutOff,
    *,
    since: Day | None,
    confirm: bool,
    by: str | None,
    form: str,
    out: Path | None,
) -> int:
    """Đối chiếu sổ với bản trích của hệ thống ngân hàng: từng chênh lệch và nguyên nhân; không tự ghi gì."""
    if confirm != (by is not None):
        raise click.BadParameter("--confirm và --by đi cùng nhau", param_hint="--confirm")
    with hub_of(directory, passphrase_file, sealing=confirm) as hub, Progress(console=ERR) as progress:
        comparing = progress.add_task("Đối chiếu các tổ", total=len(hub.groups.codes()))
        compared = compare_core(hub.groups, Asked(path, cutoff, since), lambda: progress.advance(comparing))
        progress.update(comparing, completed=len(hub.groups.codes()))
        written_refs = 0
        if by is not None:
            confirming = progress.add_task("Ghi xác nhận", total=len(compared.comparisons))
            written_refs = confirm_core(hub.groups, compared, by, lambda: progress.advance(confirming))
    deliver(comparison_sheet(compared), form, out)
    bad = [sentence(row, compared.file.form) for row in compared.file.bad]
    told = f"Có {compared.confirmable} số bút toán của ngân hàng xác nhận được sổ của ta."
    if confirm:
        told = f"Đã ghi {written_refs} xác nhận của ngân hàng."
    for line in (*bad, told):
        ERR.print(line, markup=False, highlight=False, soft_wrap=True)
    return 1 if bad else 0


@click.command("key-fact")
@DIRECTORY
@PASSPHRASE
@click.option("--group", type=GROUP, required=True, help="Mã tổ.")
@click.option("--number", type=_NUMBER, required=True, help="Số khoản vay hoặc số sổ tiết kiệm.")
@click.option(
    "--kind",
    type=Word("loại", "|".join(KINDS), f"chọn {', '.join(KINDS)}"),
    required=True,
    help="interest_received (trả lãi), principal_repaid (trả gốc), deposit (gửi) hoặc withdrawal (rút).",
)
@click.option("--day", type=DayType(), required=True, help="Ngày giao dịch tại quầy.")
@click.option("--amount", type=AmountType(), required=True, help="Số tiền.")
@click.option("--by", type=STAFF, required=True, help="Mã cán bộ nhập.")
@click.option("--again", is_flag=True, help="Đây là giao dịch thứ hai, giống hệt một giao dịch đã có.")
@JSON
@HELP
def key_command(  # noqa: PLR0913 (one argument per option)
    directory: Path,
    passphrase_file: Path | None,
    *,
    group: str,
    number: str,
    kind: str,
    day: Day,
    amount: Dong,
    by: str,
    again: bool,
    as_json: bool,
) -> None:
    """Nhập tại bàn một giao dịch ở quầy khi hệ thống ngân hàng chưa báo về; chờ khớp khi báo về."""
    if not amount:
        raise click.BadParameter("số tiền phải lớn hơn 0", param_hint="--amount")
    keyed = Keyed(number, cast("Kind", kind), day, amount, by, again)
    with hub_of(directory, passphrase_file, sealing=True) as hub:
        state = key_fact(hub.groups, group, keyed)
    if as_json:
        print_json({"group": group, "number": number, "kind": kind, "length": state.log.length})
        return
    say(f"Đã nhập {money(amount)} cho số {number} ngày {written(day)}; chờ ngân hàng xác nhận.")
