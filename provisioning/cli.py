"""``tovay-provision``: keys, vouchers and devices. Exit codes: 0 done, 1 refused, 2 misused."""

import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import msgspec
import rich_click as click
import segno
from rich.console import Console
from rich.table import Table

from protocol.day import VIETNAM, to_instant, to_moment
from protocol.voucher import read_voucher, write_qr
from provisioning.authority import read_passphrase
from provisioning.decide import decide, devices_with_digits
from provisioning.devices import Decided, Decision, Device, Role
from provisioning.errors import ProvisioningError, RehearsalError, UnwritableError
from provisioning.founding import Passphrases, Places, found_branch
from provisioning.keys_cli import key_commands
from provisioning.usage import (
    CODE,
    DEVICE,
    DIGITS,
    GROUP,
    HUB,
    LOOK,
    PICTURE,
    REASON,
    ROLE,
    STAFF,
    Whole,
    misuse,
    speak_vietnamese,
)
from provisioning.vouchers import Wish, make_voucher
from provisioning.wording import NO_OUTPUT, ROLES, STATES, UNTOLD, sentence

_REHEARSED_YEARS = range(2000, 2100)
_FOLDER = click.Path(path_type=Path)
_DIRECTORY = click.option(
    "--dir",
    "directory",
    type=_FOLDER,
    metavar="THƯ MỤC",
    required=True,
    help="Thư mục chi nhánh (nằm trên máy chủ).",
)
_BY = click.option("--by", type=STAFF, required=True, help="Mã cán bộ quyết định.")
_CONFIRMED_BY = click.option("--confirmed-by", type=STAFF, help="Mã cán bộ thứ hai xác nhận.")
_HELP = click.help_option("--help", help="Xem hướng dẫn này.")
_JSON = click.option("--json", "as_json", is_flag=True, help="In kết quả dạng JSON.")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and leave with its exit code."""
    speak_vietnamese()
    if sys.stdout is None:
        _fail(NO_OUTPUT, 1)
    try:
        commands.main(arguments, prog_name="tovay-provision", standalone_mode=False)
        sys.stdout.flush()
    except click.UsageError as error:
        _fail(misuse(error), 2)
    except click.Abort:
        _fail("Đã dừng.", 1)
    except ProvisioningError as error:
        _fail(sentence(error), 1)
    except OSError as error:
        if error.filename is not None:
            raise
        # What is still buffered would be tried again, and fail again, when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _fail(UNTOLD, 1)


@click.group()
@click.rich_config(LOOK)
@_HELP
def commands() -> None:
    """Cấp khóa cho chi nhánh, mã mời và duyệt điện thoại của tổ."""


@commands.command("init")
@_HELP
@_DIRECTORY
@click.option(
    "--root",
    type=_FOLDER,
    metavar="THƯ MỤC",
    required=True,
    help="Nơi giữ khóa gốc: thiết bị nhớ rời, cất riêng.",
)
@click.option("--branch", "code", type=CODE, required=True, help="Mã chi nhánh.")
@click.option(
    "--passphrase-file", type=_FOLDER, metavar="TỆP", required=True, help="Tệp mật khẩu của khóa máy chủ."
)
@click.option(
    "--root-passphrase-file", type=_FOLDER, metavar="TỆP", required=True, help="Tệp mật khẩu của khóa gốc."
)
def init(directory: Path, root: Path, code: str, passphrase_file: Path, root_passphrase_file: Path) -> None:
    """Tạo khóa gốc, khóa ghi sổ, bộ phát hành chứng thư và sổ đăng ký của một chi nhánh."""
    passphrases = Passphrases(read_passphrase(passphrase_file), read_passphrase(root_passphrase_file))
    with Console().status("Đang tạo khóa…"):
        fingerprint = found_branch(Places(directory, root), code, passphrases, clock())
    _show(
        f"Đã khởi tạo chi nhánh {code}",
        ("Thư mục chi nhánh", str(directory)),
        ("Khóa gốc, nay hãy tháo ra cất đi", str(root)),
        ("Dấu vân tay của khóa gốc", fingerprint.hex(" ", 4)),
    )


@commands.command("voucher")
@_HELP
@_DIRECTORY
@click.option("--group", type=GROUP, required=True, help="Mã tổ.")
@click.option("--role", type=ROLE, required=True, help="leader: tổ trưởng; deputy: tổ phó.")
@_BY
@click.option("--days", type=Whole(1, 60), metavar="SỐ", help="Số ngày có hiệu lực.")
@click.option("--qr", type=(HUB, PICTURE), help="Địa chỉ máy chủ, và tệp ảnh mã QR (.svg, .png).")
@_JSON
def voucher(
    directory: Path,
    group: str,
    role: Role,
    by: str,
    days: int | None,
    qr: tuple[str, str] | None,
    *,
    as_json: bool,
) -> None:
    """Lập mã mời dùng một lần cho điện thoại của tổ; mã chưa dùng trước đó hết giá trị."""
    made = make_voucher(directory, Wish(group, role, by, days), clock())
    if as_json:
        _print_json({"voucher": made.text, "group": group, "role": role, "expires": made.expires})
    else:
        _show(
            "Mã mời, chỉ hiện một lần này",
            ("Mã", made.text),
            ("Dùng cho", f"{ROLES[role]}, tổ {group}"),
            ("Hết hạn", _time(made.expires)),
        )
    if qr is not None:
        _draw(write_qr(read_voucher(made.text), made.fingerprint, qr[0]), Path(qr[1]))


@commands.command("devices")
@_HELP
@_DIRECTORY
@click.option("--accept", type=DEVICE, help="Duyệt thiết bị này; cần --digits và --by.")
@click.option("--refuse", type=DEVICE, help="Từ chối thiết bị này; cần --reason và --by.")
@click.option("--digits", type=DIGITS, help="Sáu chữ số đọc trên điện thoại của người nhận.")
@click.option("--reason", type=REASON, help="Lý do từ chối.")
@click.option("--by", type=STAFF, help="Mã cán bộ quyết định.")
@_CONFIRMED_BY
@_JSON
def devices(directory: Path, *, as_json: bool, **given: str | None) -> None:
    """Xem danh sách thiết bị, duyệt hoặc từ chối một thiết bị đang chờ."""
    accept, refuse = given["accept"], given["refuse"]
    if accept and refuse:
        raise click.UsageError("one at a time")
    if accept:
        decision = _decision("accepted", _needed(given, "by"), "digits", given["confirmed_by"])
        _decided(decide(directory, accept, decision, _needed(given, "digits")))
    elif refuse:
        reason = _needed(given, "reason")
        decision = _decision("refused", _needed(given, "by"), reason, given["confirmed_by"])
        _decided(decide(directory, refuse, decision))
    elif as_json:
        _print_json([_plain(device, digits) for device, digits in devices_with_digits(directory)])
    else:
        _list(devices_with_digits(directory))


@commands.command("revoke")
@_HELP
@click.argument("device", type=DEVICE, metavar="MÃ_THIẾT_BỊ")
@_DIRECTORY
@click.option("--reason", type=REASON, required=True, help="Lý do, không ghi thông tin cá nhân.")
@_BY
@_CONFIRMED_BY
def revoke(device: str, directory: Path, reason: str, by: str, confirmed_by: str | None) -> None:
    """Thu hồi một thiết bị đã duyệt: từ nay máy chủ từ chối nó."""
    _decided(decide(directory, device, _decision("revoked", by, reason, confirmed_by)))


def clock() -> datetime:
    """The time; ``TOVAY_NOW`` (ISO 8601 with an offset) stands still for a rehearsal."""
    told = os.environ.get("TOVAY_NOW")
    if told is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(told)
    except ValueError as error:
        raise RehearsalError(told) from error
    if moment.tzinfo is None or moment.year not in _REHEARSED_YEARS:
        raise RehearsalError(told)
    return moment


for command in key_commands(clock):
    commands.add_command(command)


def _decision(decided: Decided, by: str, reason: str, confirmed_by: str | None = None) -> Decision:
    return Decision(decided, by, confirmed_by, reason, to_instant(clock()))


def _needed(given: dict[str, str | None], name: str) -> str:
    value = given[name]
    if value is None:
        raise click.MissingParameter(param=click.Option([f"--{name}"]))
    return value


def _draw(content: str, picture: Path) -> None:
    try:
        segno.make(content, error="m", micro=False).save(str(picture), scale=8)
    except OSError as error:
        raise UnwritableError(picture, str(error)) from error


def _decided(device: Device) -> None:
    _show(
        f"Thiết bị {STATES[device.state]}",
        ("Mã thiết bị", device.id),
        ("Dùng cho", f"{ROLES[device.role]}, tổ {device.group}"),
    )


def _list(found: tuple[tuple[Device, str], ...]) -> None:
    table = Table("Mã thiết bị", "Tổ", "Vai trò", "Tình trạng", "Sáu chữ số", "Đăng ký lúc")
    for device, digits in found:
        waits = device.state == "waiting"
        table.add_row(
            device.id,
            device.group,
            ROLES[device.role],
            STATES[device.state],
            f"{digits[:3]} {digits[3:]}" if waits else "",
            _time(to_moment(device.enrolled_at)),
        )
    Console().print(table if found else "Chưa có thiết bị nào.")


def _plain(device: Device, digits: str) -> dict[str, object]:
    return {
        "device": device.id,
        "group": device.group,
        "role": device.role,
        "state": device.state,
        "digits": digits if device.state == "waiting" else None,
        "ordinal": device.ordinal,
        "enrolled": to_moment(device.enrolled_at),
    }


def _show(title: str, *rows: tuple[str, str]) -> None:
    table = Table(title=title, title_justify="left", show_header=False)
    for row in rows:
        table.add_row(*row)
    Console().print(table)


def _print_json(value: object) -> None:
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(VIETNAM):%H:%M %d/%m/%Y}"


def _fail(text: str, code: int) -> NoReturn:
    Console(stderr=True, soft_wrap=True).print(text, style="bold red", markup=False, highlight=False)
    sys.exit(code)


if __name__ == "__main__":
    main()
