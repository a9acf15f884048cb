"""``tovay-hub init``: the store and the settings of a provisioned branch directory."""

import os
from pathlib import Path

import msgspec
import rich_click as click
from rich.progress import Progress

from hub.app import initialise, joining
from hub.errors import SettingsError
from hub.options import DIRECTORY, ERR, HELP, PASSPHRASE, say, where_options
from hub.service.upkeep.health import health
from hub.service.upkeep.joining import make_marks
from hub.settings import ORIGIN, Settings
from provisioning.usage import Whole, Word

_ORIGIN = Word("địa chỉ", ORIGIN, "dạng https://hub.example.vn, không có đường dẫn")


@click.command("init")
@DIRECTORY
@click.option("--origin", type=_ORIGIN, help="Địa chỉ mà điện thoại gọi tới.")
@click.option("--port", type=Whole(0, 65_535), metavar="SỐ", default=8_470, help="Cổng lắng nghe.")
@PASSPHRASE
@where_options
@click.option("--forward-to", type=_ORIGIN, help="Chỉ nhận và chuyển tiếp: địa chỉ của máy chủ ghi sổ.")
@click.option("--join", is_flag=True, help="Kho đang được một máy chủ khác dùng: chỉ tạo cấu hình và mốc sổ.")
@click.option("--yes", is_flag=True, help="Cùng --join: xác nhận rằng kho này là bản mới nhất.")
@HELP
def init_command(  # noqa: PLR0913 (one argument per option)
    directory: Path,
    origin: str | None,
    port: int,
    passphrase_file: Path | None,
    store: str | None,
    password_file: Path | None,
    forward_to: str | None,
    *,
    ca_file: Path | None,
    join: bool,
    yes: bool,
    **couchdb: str | None,
) -> None:
    """Tạo kho dữ liệu và cấu hình máy chủ trong thư mục mà tovay-provision đã khởi tạo."""
    store = store or "sqlite"
    named = {"passphrase_file": passphrase_file, "password_file": password_file, "ca_file": ca_file}
    words = {"origin": origin, "store": store, "forward_to": forward_to, **couchdb}
    told: dict[str, object] = {"port": port, "appends": forward_to is None} | {
        name: word or "" for name, word in words.items()
    }
    told |= {name: str(path.absolute()) if path else "" for name, path in named.items()}
    for option in ("url", "user", "password_file", "ca_file", "database"):
        if told[option] and store == "sqlite":
            raise click.BadParameter("chỉ dùng cùng --store couchdb", param_hint=_hint(option))
        if not told[option] and store == "couchdb" and option not in ("ca_file", "database"):
            raise click.BadParameter("phải có khi --store couchdb", param_hint=_hint(option))
    if forward_to and not (join and origin):
        raise click.BadParameter("phải cùng --join và --origin", param_hint="--forward-to")
    if yes and not join:
        raise click.BadParameter("chỉ dùng cùng --join", param_hint="--yes")
    settings = msgspec.convert(told, Settings)
    if join:
        _join(directory, settings, is_current=yes)
    else:
        initialise(directory, settings)
    say(f"Đã khởi tạo máy chủ trong {directory}.")


def _join(directory: Path, settings: Settings, *, is_current: bool) -> None:
    """Make settings and marks for a store in use, when somebody says that it is the newest one (L15)."""
    with joining(directory, settings, os.environ) as groups, Progress(console=ERR) as progress:
        found = health(groups)
        say(
            f"Kho đang có {found.groups} tổ, {found.branch_entries} dòng sổ của chi nhánh và"
            f" {found.phone_seals} gói của điện thoại.",
            f"Dấu của mọi sổ (heads): {found.heads}",
        )
        if not is_current:
            raise SettingsError("join_unsaid")
        reading = progress.add_task("Đọc sổ các tổ", total=found.groups)
        make_marks(groups, lambda: progress.advance(reading))


def _hint(option: str) -> str:
    return f"--{option.replace('_', '-')}"
