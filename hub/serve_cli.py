"""``tovay-hub serve``: the branch's service, until it is told to stop."""

from pathlib import Path

import rich_click as click

from hub.options import DIRECTORY, HELP, PASSPHRASE, hub_of, print_json
from hub.server import address_of, listen, serve
from hub.settings import load
from provisioning.usage import Whole, Word

_HOST = Word("máy", r"[0-9A-Za-z.:_-]{1,253}", "tên máy hoặc địa chỉ IP, ví dụ 127.0.0.1")


@click.command("serve")
@DIRECTORY
@PASSPHRASE
@click.option("--host", type=_HOST, help="Địa chỉ lắng nghe, nếu khác hub.toml.")
@click.option("--port", type=Whole(0, 65_535), metavar="SỐ", help="Cổng, nếu khác hub.toml; 0: tự chọn.")
@HELP
def serve_command(directory: Path, passphrase_file: Path | None, host: str | None, port: int | None) -> None:
    """Chạy máy chủ cho tới khi được lệnh dừng; in ra một dòng JSON với địa chỉ đang lắng nghe."""
    with hub_of(directory, passphrase_file, sealing=load(directory, {}).appends) as hub:
        listening = listen(host or hub.settings.host, hub.settings.port if port is None else port)
        serve(hub, listening, lambda: print_json({"address": address_of(listening)}))
