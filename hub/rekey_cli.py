"""``tovay-hub rekey-receipt``: two people type in a paper receipt of a lost phone."""

from pathlib import Path

import rich_click as click

from hub.corrections_cli import BY, CONFIRMED, DRY, ONE_GROUP, Asked, decide, signed_on
from hub.options import DIRECTORY, HELP, JSON, PASSPHRASE
from hub.service.corrections.rekeying import Rekeying
from hub.typed import AmountType, DayType
from protocol.day import Day
from protocol.money import Dong
from provisioning.usage import Whole, Word

_NUMBER = r"[A-Za-z0-9][A-Za-z0-9._/-]{0,39}"
_MEMBER = Word("mã tổ viên", _NUMBER, "mã tổ viên của ngân hàng, ví dụ 3000010001")


class LineType(click.ParamType[tuple[str, Dong]]):
    """A loan or an account by its number, and what the paper says was paid on it."""

    name = "số=tiền"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, Dong]:
        """The line as it is meant; raises click.BadParameter."""
        number, _, amount = value.partition("=")
        form = Word("số", _NUMBER, "số của ngân hàng, dấu =, rồi số tiền, ví dụ 6600010002001=105.000")
        return form.convert(number, param, ctx), AmountType().convert(amount, param, ctx)


@click.command("rekey-receipt")
@DIRECTORY
@PASSPHRASE
@ONE_GROUP
@click.option("--member", type=_MEMBER, required=True, help="Mã tổ viên đã nộp tiền.")
@click.option("--receipt", type=Whole(1, 2**53), metavar="SỐ", required=True, help="Số in trên biên lai.")
@click.option(
    "--interest", type=LineType(), multiple=True, help="Khoản vay và số lãi đã nộp; ghi nhiều lần được."
)
@click.option(
    "--savings", type=LineType(), multiple=True, help="Sổ tiết kiệm và số tiền gửi; ghi nhiều lần được."
)
@click.option("--value-date", type=DayType(), required=True, help="Ngày ghi trên biên lai.")
@click.option(
    "--paper",
    type=click.Path(path_type=Path),
    metavar="TỆP",
    required=True,
    help="Tệp chụp biên lai và biên bản; sổ chỉ giữ dấu vân tay của tệp.",
)
@BY
@CONFIRMED
@DRY
@JSON
@HELP
def rekey_command(  # noqa: PLR0913 (one argument per option)
    directory: Path,
    passphrase_file: Path | None,
    group: str,
    *,
    member: str,
    receipt: int,
    interest: tuple[tuple[str, Dong], ...],
    savings: tuple[tuple[str, Dong], ...],
    value_date: Day,
    paper: Path,
    by: str,
    confirmed_by: str,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Nhập từ giấy một biên lai mà máy đã mất không gửi về; tìm lại được máy thì khớp theo số biên lai."""
    asked = Asked(directory, passphrase_file, group, signed_on(by, confirmed_by, paper), dry_run, as_json)
    decide(asked, Rekeying(receipt, member, value_date, interest, savings))
