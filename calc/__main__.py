"""``tovay-calc``: one JSON object per line in, one per line out, in the same order (B24).

Exit status: 0 every line answered, 1 some line refused, 2 wrong arguments, a file that cannot be read, or
nobody left to read the answers.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import BinaryIO

from calc import wording
from calc.accrual import Bucket, Segment
from calc.line import INTEGER_DIGITS_MAX, LINE_BYTES_MAX
from calc.rounding import DENOMINATOR
from calc.window import Reckoned, Refused, answer
from protocol.day import to_date

ANSWERED, REFUSED, UNUSABLE = 0, 1, 2

_ENCODER = json.JSONEncoder(ensure_ascii=False)
_LINE_ENDS = {ord(sign): f"\\u{ord(sign):04x}" for sign in "\x85\u2028\u2029"}
"""What some readers take for the end of a line; JSON leaves it bare inside an id."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Answer every line of the named files, or of standard input; returns the exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    options = {argument for argument in given if argument.startswith("-") and argument != "-"}
    if options & {"-h", "--help"}:
        sys.stdout.write(wording.HELP)
        return ANSWERED
    if options - {"--explain"}:
        sys.stderr.write(wording.USAGE)
        return UNUSABLE
    # An answer multiplies an amount, a rate, a factor and days: it may outgrow Python's bound for an integer.
    sys.set_int_max_str_digits(4 * INTEGER_DIGITS_MAX)
    render = wording.explanation if options else json_line
    names = [argument for argument in given if argument not in options]
    try:
        return max(_answer_file(name, render) for name in names or ["-"])
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNUSABLE


def json_line(_number: int, outcome: Reckoned | Refused) -> str:
    """The answer as one JSON object on one line, with the keys and their order as B24 prints them."""
    return f"{_ENCODER.encode(_members(outcome)).translate(_LINE_ENDS)}\n"


def _members(outcome: Reckoned | Refused) -> dict[str, object]:
    if isinstance(outcome, Refused):
        message = wording.refusal(outcome.error)
        return {"id": outcome.id, "error": {"code": outcome.error.code, "message": message}}
    return {
        "id": outcome.id,
        "interest": outcome.interest,
        "numerator": outcome.numerator,
        "denominator": DENOMINATOR,
        "in_term": outcome.in_term,
        "overdue": outcome.overdue,
        "paid": outcome.paid,
        "due": outcome.due,
        "segments": [_segment(segment) for segment in outcome.segments],
    }


def _segment(segment: Segment) -> dict[str, object]:
    return {
        "from": to_date(segment.start).isoformat(),
        "to": to_date(segment.end).isoformat(),
        "days": segment.days,
        "balance": segment.balance,
        "ppm": segment.ppm,
        "kind": "in_term" if segment.bucket is Bucket.IN_TERM else "overdue",
    }


def _answer_file(name: str, render: Callable[[int, Reckoned | Refused], str]) -> int:
    """Answer the lines of one file while they come; what cannot be read is told and the next file goes on."""
    status = ANSWERED
    try:
        with nullcontext(sys.stdin.buffer) if name == "-" else Path(name).open("rb") as stream:
            for number, line in enumerate(_lines(stream), 1):
                outcome = answer(line)
                if isinstance(outcome, Refused):
                    status = REFUSED
                sys.stdout.buffer.write(render(number, outcome).encode())
                sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError:
        sys.stderr.write(wording.unreadable(name))
        return UNUSABLE
    return status


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """Lines without their end; of one that is too long only the beginning, which is refused."""
    while line := stream.readline(LINE_BYTES_MAX + 1):
        rest = line
        while len(rest) > LINE_BYTES_MAX and not rest.endswith(b"\n"):
            rest = stream.readline(LINE_BYTES_MAX + 1)
        yield line.removesuffix(b"\n")


if __name__ == "__main__":
    sys.exit(main())
