"""``tovay-edge``: the phone on a terminal. Exit codes: 0 done, 1 refused or not reached, 2 misused.

Nothing is recorded unless the exit code is 0 and the output says so; a refusal is one sentence.
"""

import sys
from collections.abc import Sequence
from contextlib import closing
from itertools import zip_longest
from pathlib import Path

import rich_click as click
import segno
from rich.console import Console

from edge import agent, cashless, enrol, native, receipt, rounds, settings, standing, tables, typed, wording
from edge.carry_cli import export_bundles, import_bundles
from edge.door import AMOUNT, collect, list_members, show_household, transfer, visit, void
from edge.errors import DeviceError, EdgeError, Fault, InputError
from edge.fault_wording import FAULTS
from edge.proving_cli import write_evidence
from edge.sync import Exchanged, sync
from edge.terminal import (
    HELP,
    LOOK,
    Asked,
    Read,
    carrier,
    common,
    confirm,
    misuse,
    not_told,
    on_the_disk,
    opened,
    read_pin,
    refuse,
    say,
    show,
    speak_vietnamese,
    told_clock,
)
from edge.transport import Carrier, Outcome

_NOTES = Read("mệnh giá=số tờ", typed.notes)
_NUMBER = Read("số", typed.number)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and leave with its exit code."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    as_json = "--json" in given
    speak_vietnamese()
    if sys.stdout is None:
        say(wording.NO_OUTPUT)
        sys.exit(1)
    try:
        commands.main(given, prog_name="tovay-edge", standalone_mode=False)
        sys.stdout.flush()
    except click.UsageError as error:
        say(misuse(error))
        sys.exit(2)
    except click.Abort:
        say(wording.INTERRUPTED)
        sys.exit(1)
    except EdgeError as error:
        refuse(error, as_json=as_json)
    except OSError as error:
        if error.filename is None:
            not_told()
        refuse(DeviceError(Fault.STORAGE_FAILED), as_json=as_json)


class _AsInADay(click.RichGroup):
    """Commands in the order in which a day needs them, not that of the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the commands."""
        del ctx
        return list(self.commands)


@click.group(cls=_AsInADay)
@click.rich_config(LOOK)
@HELP
def commands() -> None:
    """Sổ thu lãi và tiết kiệm của tổ: thu khi không có mạng, gửi khi có mạng."""


@click.command("enrol")
@click.option("--voucher", metavar="MÃ", help="Mã mời trên phiếu của cán bộ; không ghi thì máy hỏi.")
@click.option("--hub", type=Read("địa chỉ", settings.origin), help="Địa chỉ máy chủ trên phiếu mời.")
@click.option("--check", is_flag=True, help="Bước hai: hỏi chi nhánh đã duyệt chưa, và nhận sổ.")
@common
def enrol_phone(asked: Asked, voucher: str | None, hub: str | None, *, check: bool) -> None:
    """Cấp quyền cho máy này bằng mã mời dùng một lần."""
    if check:
        _exchange(asked, check=True)
    elif hub is None:
        raise click.MissingParameter(param=click.Option(["--hub"]))
    else:
        typed_voucher = voucher or str(click.prompt("Mã mời"))
        _begin(asked, typed_voucher, hub)


@click.command("sync")
@common
def synchronise(asked: Asked) -> None:
    """Gửi về ngân hàng những gì chưa gửi, và nhận sổ mới."""
    _exchange(asked, check=False)


@click.command("status")
@common
def status(asked: Asked) -> None:
    """Xem mọi thứ đang ở đâu: trên máy, đã gửi, chi nhánh đã nhận, đã hạch toán hay bị treo."""
    with opened(asked) as phone:
        show(asked, standing.standing(phone), tables.standing)


@click.command("receipt")
@click.argument("number", type=_NUMBER, metavar="SỐ")
@click.option("--qr", is_flag=True, help="Vẽ mã QR chứng minh biên lai lên màn hình.")
@click.option(
    "--qr-file",
    type=click.Path(path_type=Path),
    metavar="TỆP",
    help="Ghi mã QR ra tệp .png hoặc .svg; bên rẽ nhánh kia ra tệp cùng tên, thêm -2.",
)
@common
def print_receipt(asked: Asked, number: int, qr_file: Path | None, *, qr: bool) -> None:
    """In lại một biên lai của máy này, của mọi bên nếu sổ rẽ nhánh; bản in lại ghi BẢN SAO."""
    with opened(asked) as phone:
        found = receipt.copies(phone, cashless.own_receipts(phone, number))
    codes = [segno.make(one.proof, error="l", mode="alphanumeric", micro=False) for one in found.all]
    if qr_file is not None:
        for side, code in enumerate(codes, 1):
            _draw(code, qr_file if side == 1 else qr_file.with_stem(f"{qr_file.stem}-{side}"))
    show(asked, found, lambda console, view: _print(console, view, codes if qr else []))


@click.command("close-round")
@click.option("--notes", type=_NOTES, multiple=True, help="Đếm từng loại: mệnh giá=số tờ, ví dụ 500.000=3.")
@click.option("--counted", type=AMOUNT, help="Tổng số tiền đếm được.")
@click.option("--yes", "-y", is_flag=True, help="Không hỏi lại.")
@common
def close_round(asked: Asked, notes: tuple[tuple[int, int], ...], counted: int | None, *, yes: bool) -> None:
    """Khóa sổ: ký số tiền phải có, đếm được và chênh lệch. Chênh lệch không chặn việc khóa sổ."""
    if not notes and counted is None:
        raise click.UsageError(wording.CHOOSE_COUNT)
    with opened(asked) as phone:
        total = rounds.counted_notes(notes, counted)
        confirm(asked, wording.close_question(rounds.in_hand(phone).expected_dong, total), yes=yes)
        show(asked, rounds.close_round(phone, notes, counted), tables.closed)


@click.command("hand-over")
@click.argument("writer", type=_NUMBER, metavar="MÁY")
@click.argument("amount", type=AMOUNT, metavar="SỐ_TIỀN")
@click.option("--yes", "-y", is_flag=True, help="Không hỏi lại.")
@common
def hand_over(asked: Asked, writer: int, amount: int, *, yes: bool) -> None:
    """Bàn giao tiền cho người giữ máy khác của tổ; có hiệu lực khi bên kia nhận."""
    with opened(asked) as phone:
        confirm(asked, wording.handover_question(writer, amount), yes=yes)
        seq = rounds.hand_over(phone, writer, amount)
        show(asked, {"saved": True, "seq": seq}, lambda console, _: console.print(wording.HANDED))


@click.command("accept")
@click.argument("handover", metavar="MÁY/DÒNG")
@click.argument("amount", type=AMOUNT, metavar="SỐ_TIỀN")
@click.option("--yes", "-y", is_flag=True, help="Không hỏi lại.")
@common
def accept(asked: Asked, handover: str, amount: int, *, yes: bool) -> None:
    """Nhận tiền bàn giao, ví dụ accept 2/7 500.000 (xem status)."""
    writer, slash, seq = handover.partition("/")
    if not slash:
        raise InputError(Fault.NO_SUCH_ENTRY, entry=typed.shown(handover))
    with opened(asked) as phone:
        confirm(asked, wording.accept_question(handover, amount), yes=yes)
        saved = rounds.accept(phone, typed.number(writer), typed.number(seq), amount)
        show(asked, {"saved": True, "seq": saved}, lambda console, _: console.print(wording.ACCEPTED))


for one in (
    enrol_phone,
    list_members,
    show_household,
    collect,
    void,
    transfer,
    visit,
    hand_over,
    accept,
    close_round,
    synchronise,
    export_bundles,
    import_bundles,
    status,
    print_receipt,
    write_evidence,
):
    commands.add_command(one)


def _begin(asked: Asked, voucher: str, hub: str) -> None:
    parsed = enrol.voucher_typed(voucher)
    pin = read_pin(asked)
    with on_the_disk():
        native.create_directory(asked.directory)
        host = native.open_host(asked.directory)
    known = settings.Settings(hub)
    device = agent.open_device(asked.directory / native.LEDGER, pin, host, told_clock(asked), create=True)
    with closing(device.ledger):
        begun = enrol.begin(device, parsed, Carrier(native.HttpTransport(known), known.hub))
    if begun.outcome is Outcome.WAITING:
        with on_the_disk():
            native.replace_file(asked.directory / settings.FILE, settings.text(known).encode())
    show(asked, begun, tables.begun)
    if begun.outcome is not Outcome.WAITING:
        sys.exit(1)


def _exchange(asked: Asked, *, check: bool) -> None:
    """Synchronise; a phone that knows of no admission asks for it first."""
    way = carrier(asked)
    with opened(asked) as phone:
        outcome = enrol.check(phone, way) if check or phone.admission is None else Outcome.DONE
        done = sync(phone, way) if outcome is Outcome.DONE else Exchanged(outcome)
        show(asked, done, tables.exchanged)
        if phone.stopped is not None:
            say(wording.STOPPED + FAULTS[phone.stopped])
    if done.outcome is not Outcome.DONE or done.waiting:
        sys.exit(1)


def _print(console: Console, found: receipt.Copies, codes: Sequence[segno.QRCode]) -> None:
    for one, code in zip_longest(found.all, codes):
        tables.receipt(console, one.receipt)
        if code is not None:
            code.terminal(compact=True)


def _draw(code: segno.QRCode, path: Path) -> None:
    if path.suffix not in (".png", ".svg"):
        raise InputError(Fault.NOT_A_PICTURE, file=str(path))
    try:
        code.save(str(path), scale=4)
    except OSError as error:
        raise InputError(Fault.CANNOT_WRITE, file=str(path)) from error


if __name__ == "__main__":
    main()
