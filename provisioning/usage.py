"""What may stand on the command line, and what a person reads when something else stands there."""

import io
import re
import sys

import rich_click as click

LOOK = {
    "options_panel_title": "Tùy chọn",
    "commands_panel_title": "Lệnh",
    "required_long_string": "(bắt buộc)",
    "default_string": "(mặc định: {})",
}
"""Words of every help page."""


class Usage(click.RichHelpFormatter):
    """The page of ``--help``: its first line is in Vietnamese too, for which the library has no setting."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write how the command is called."""
        del prefix
        told = args.replace("[OPTIONS]", "[TÙY CHỌN]").replace("COMMAND [ARGS]...", "LỆNH …")
        super().write_usage(prog, told, "Cách dùng:")


class Word(click.ParamType[str]):
    """A word of one form, which the person reads when another one stands there."""

    def __init__(self, name: str, pattern: str, form: str, dropped: str = "") -> None:
        """Keep the form; characters in ``dropped`` may be typed and mean nothing."""
        self.name = name
        self._pattern = re.compile(pattern)
        self._form = form
        self._dropped = str.maketrans("", "", dropped)

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The word as it is meant; raises click.BadParameter."""
        word = value.translate(self._dropped)
        if self._pattern.fullmatch(word) is None:
            self.fail(self._form, param, ctx)
        return word


_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,23}"
_LETTERS = "chữ không dấu, số và . _ -"

CODE = Word("mã", _NAME, f"từ 1 đến 24 ký tự: {_LETTERS}")
GROUP = Word("mã tổ", _NAME, f"từ 1 đến 24 ký tự: {_LETTERS}")
STAFF = Word("mã cán bộ", r"[A-Za-z0-9][A-Za-z0-9._@-]{0,39}", f"từ 1 đến 40 ký tự: {_LETTERS} @")
REASON = Word("lý do", r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,39}", f"từ 1 đến 40 ký tự: {_LETTERS}")
ROLE = Word("vai trò", "leader|deputy", "chọn leader (tổ trưởng) hoặc deputy (tổ phó)")
DEVICE = Word("mã thiết bị", "[0-9a-f]{4,20}", "từ 4 đến 20 chữ số hoặc chữ a–f")
DIGITS = Word("sáu chữ số", "[0-9]{6}", "đúng sáu chữ số như trên điện thoại", " ")
HUB = Word(
    "địa chỉ",
    r"https?://[A-Za-z0-9.:\[\]_-]{1,111}",
    "http:// hoặc https:// rồi tên máy chủ, không có đường dẫn",
)

PICTURE = Word("tệp ảnh", r"[^\0]{1,250}\.(svg|png)", "tên tệp kết thúc bằng .svg hoặc .png")


_TOLD_MAX = 65_535


class Whole(click.IntRange):
    """A whole number in plain digits: neither full-width ones nor blanks, underlines or a plus.

    Help pages tell a short range; a bound that only the format sets says nothing to a person.
    """

    def convert(self, value: int | str, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number; raises click.BadParameter."""
        if isinstance(value, str) and not re.fullmatch("-?[0-9]{1,20}", value):
            self.fail("", param, ctx)
        return super().convert(int(value), param, ctx)

    def _describe_range(self) -> str:
        return "" if self.max is None or self.max > _TOLD_MAX else f"từ {self.min} đến {self.max}"


def speak_vietnamese() -> None:
    """Write UTF-8 whatever the terminal's locale is, spell out what none can show; help with `Usage`."""
    click.RichContext.formatter_class = Usage
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def misuse(error: click.UsageError) -> str:
    """One Vietnamese sentence for a misused command line."""
    if isinstance(error, click.MissingParameter):
        return f"Thiếu {_name(error)}."
    if isinstance(error, click.BadParameter):
        kind = error.param.type if error.param else None
        if isinstance(kind, click.IntRange):
            return f"Giá trị của {_name(error)} không hợp lệ: số nguyên từ {kind.min} đến {kind.max}."
        if isinstance(kind, click.Path):
            return f"Không có quyền đọc {_name(error)}."
        return f"Giá trị của {_name(error)} không hợp lệ: {error.message}."
    if isinstance(error, click.NoSuchOption):
        return f"Không có tùy chọn {error.option_name}."
    return "Dùng sai lệnh; xem hướng dẫn bằng --help."


def _name(error: click.BadParameter) -> str:
    if isinstance(error.param, click.Argument):
        return error.param.human_readable_name
    return error.param.opts[0] if error.param else str(error.param_hint or "tham số")
