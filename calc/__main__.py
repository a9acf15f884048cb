"""``tovay-calc``: one JSON object per line in, one per line out, in the same order (B24).

Exit status: 0 every line answered, 1 some line refused, 2 wrong arguments, a file that cannot be read, or
answers that cannot be written.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from calc import wording
from calc.accrual import Bucket, Segment
from calc.line import INTEGER_DIGITS_MAX, LINE_BYTES_MAX, Id
from calc.rounding import DENOMINATOR
from calc.window import Reckoned, Refused, answer
from protocol.day import Day, to_date

ANSWERED, REFUSED, UNUSABLE = 0, 1, 2

_KINDS = {Bucket.IN_TERM: "in_term", Bucket.OVERDUE: "overdue"}
_ENCODER = json.JSONEncoder(ensure_ascii=False)
_LINE_ENDS = {ord(sign): f"\\u{ord(sign):04x}" for sign in "\x85\u2028\u2029"}
"""What some readers take for the end of a line; JSON leaves it bare inside an id."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Answer every line of the named files, or of standard input; returns the exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    if sys.stdout is None:
        sys.stderr.write(wording.UNWRITABLE)
        return UNUSABLE
    options = {argument for argument in given if argument.startswith("-") and argument != "-"}
    if options - {"--explain", "-h", "--help"}:
        sys.stderr.write(wording.USAGE)
        return UNUSABLE
    # An answer multiplies an amount, a rate, a factor and days: it may outgrow Python's bound for an integer.
    sys.set_int_max_str_digits(4 * INTEGER_DIGITS_MAX)
    render = wording.explanation if options else json_line
    names = [argument for argument in given if argument not in options]
    try:
        if options & {"-h", "--help"}:
            _write(wording.HELP.encode())
            return ANSWERED
        return max(_answer_file(name, render) for name in names or ["-"])
    except _UnwritableError as error:
        if not isinstance(error.__cause__, BrokenPipeError):
            sys.stderr.write(wording.UNWRITABLE)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNUSABLE


def json_line(_number: int, outcome: Reckoned | Refused) -> str:
    """The answer as one JSON object on one line, with the keys and their order as B24 prints them."""
    # Written out: an encoder takes five times as long, and only ids and messages need its quoting.
    name = _text(outcome.id)
    if isinstance(outcome, Refused):
        code, message = _text(outcome.error.code), _text(wording.refusal(outcome.error))
        return f'{{"id": {name}, "error": {{"code": {code}, "message": {message}}}}}\n'
    segments = ", ".join(map(_segment, outcome.segments))
    return (
        f'{{"id": {name}, "interest": {outcome.interest}, "numerator": {outcome.numerator}, '
        f'"denominator": {DENOMINATOR}, "in_term": {outcome.in_term}, "overdue": {outcome.overdue}, '
        f'"paid": {outcome.paid}, "due": {outcome.due}, "segments": [{segments}]}}\n'
    )


def _segment(segment: Segment) -> str:
    return (
        f'{{"from": "{_day(segment.start)}", "to": "{_day(segment.end)}", "days": {segment.days}, '
        f'"balance": {segment.balance}, "ppm": {segment.ppm}, "kind": "{_KINDS[segment.bucket]}"}}'
    )


@lru_cache(maxsize=16_384)
def _day(day: Day) -> str:
    return to_date(day).isoformat()


def _text(value: Id) -> str:
    return _ENCODER.encode(value).translate(_LINE_ENDS)


class _UnwritableError(Exception):
    """Standard output takes no more: its reader has gone, or its disk is full."""


def _answer_file(name: str, render: Callable[[int, Reckoned | Refused], str]) -> int:
    """Answer the lines of one file while they come; what cannot be read is told and the next file goes on."""
    status = ANSWERED
    try:
        with nullcontext(sys.stdin.buffer) if name == "-" else Path(name).open("rb") as stream:
            for number, line in enumerate(_lines(stream), 1):
                outcome = answer(line)
                if isinstance(outcome, Refused):
                    status = REFUSED
                _write(render(number, outcome).encode())
    except OSError:
        sys.stderr.write(wording.unreadable(name))
        return UNUSABLE
    return status


def _write(answered: bytes) -> None:
    try:
        sys.stdout.buffer.write(answered)
        sys.stdout.buffer.flush()
    except OSError as error:
        raise _UnwritableError from error


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """Lines without their end; of one that is too long only the beginning, which is refused."""
    while line := stream.readline(LINE_BYTES_MAX + 1):
        rest = line
        while len(rest) > LINE_BYTES_MAX and not rest.endswith(b"\n"):
            rest = stream.readline(LINE_BYTES_MAX + 1)
        yield line.removesuffix(b"\n")


if __name__ == "__main__":
    sys.exit(main())
