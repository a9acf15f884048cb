"""``tovay-hub``: the branch's service and its books. Exit codes: 0 done, 1 refused or faulty, 2 misused."""

from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

import rich_click as click

from hub.options import HELP, run, where_options
from provisioning.usage import LOOK

_COMMANDS = {
    "backup_cli": ("backup", "restore", "upgrade"),
    "books_cli": ("count", "settle", "statement"),
    "change_key_cli": ("change-key",),
    "checkpoint_cli": ("checkpoint",),
    "core_cli": ("compare-core", "key-fact"),
    "corrections_cli": ("refund", "resolve", "reverse"),
    "explain_cli": ("explain",),
    "export_cli": ("export",),
    "forks_cli": ("evidence", "forks", "reopen-phone", "resolve-fork"),
    "import_cli": ("import-book",),
    "ingest_cli": ("ingest",),
    "init_cli": ("init",),
    "periods_cli": ("balances", "close-period", "journal"),
    "province_cli": ("province",),
    "rates_cli": ("decide-rate", "dues"),
    "rekey_cli": ("rekey-receipt",),
    "reports_cli": ("report",),
    "restored_cli": ("restored",),
    "rollup_cli": ("rollup",),
    "serve_cli": ("serve",),
    "statements_cli": ("statements",),
    "upkeep_cli": ("fsck", "rebuild", "status"),
}
_MODULES = {name: module for module, names in _COMMANDS.items() for name in names}


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and leave with its exit code."""
    run(commands, arguments, "tovay-hub")


class _Commands(click.RichGroup):
    """Loads the module of a command when it is called: whoever asks one thing waits for nothing else."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        del ctx
        return sorted(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name; None for one that is not there."""
        del ctx
        if cmd_name not in _MODULES:
            return None
        there = vars(import_module(f"hub.{_MODULES[cmd_name]}")).values()
        return next(one for one in there if isinstance(one, click.Command) and one.name == cmd_name)


@click.group(cls=_Commands)
@click.rich_config(LOOK)
@where_options
@HELP
@click.pass_context
def commands(context: click.RichContext, /, **told: object) -> None:
    """Máy chủ của chi nhánh: nhận dữ liệu từ điện thoại, giữ sổ của từng tổ, đối chiếu và kết toán.

    Cũng có thể nói kho dữ liệu ở trước lệnh: init ghi vào hub.toml, lệnh khác chỉ chạy khi hub.toml ghi
    đúng như thế.
    """
    context.default_map = {"init": {name: value for name, value in told.items() if value is not None}}
