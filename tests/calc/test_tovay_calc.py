"""The program ``tovay-calc`` as others run it: streams, exit status, bad lines in the middle (B24)."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from calc.errors import HistoryFault, LineFault, RateFault
from calc.line import INTEGER_DIGITS_MAX, LINE_BYTES_MAX

PROGRAM = [sys.executable, "-m", "calc"]


def line(name, amount="50000000", **more):
    """A line of JSON text; ``amount`` is JSON text too."""
    return json.dumps(
        {
            "id": name,
            "from": "2025-03-10",
            "to": "2025-04-10",
            "events": [
                {"on": "2025-01-10", "kind": "disbursed", "amount": "?"},
                {"on": "2025-01-10", "kind": "rate", "ppm": 66_000},
            ],
            **more,
        }
    ).replace('"?"', amount)


def run(*arguments, given=b""):
    """Run the program to its end."""
    return subprocess.run([*PROGRAM, *arguments], input=given, capture_output=True, check=False)


def answers(done):
    """Its answers, read back."""
    return [json.loads(text) for text in done.stdout.decode().splitlines()]


def test_good_lines_are_answered_in_order_with_status_0():
    done = run(given="\n".join([line("A1"), line(2), line(None, "10000000")]).encode())
    assert done.returncode == 0
    assert [(one["id"], one["interest"]) for one in answers(done)] == [
        ("A1", 280_274),
        (2, 280_274),
        (None, 56_055),
    ]
    assert done.stderr == b""


def test_the_answer_is_written_to_the_letter():
    assert run(given=line("Hộ Á").encode()).stdout.decode() == (
        '{"id": "Hộ Á", "interest": 280274, "numerator": 102300000000000, "denominator": 365000000, '
        '"in_term": 280274, "overdue": 0, "paid": 0, "due": 280274, "segments": [{"from": "2025-03-10", '
        '"to": "2025-04-10", "days": 31, "balance": 50000000, "ppm": 66000, "kind": "in_term"}]}\n'
    )


def test_bad_lines_in_the_middle_stop_nothing_and_give_status_1():
    bad = [
        b"",
        b"\xff",
        b"[" * 100_000,
        line("float", "50000000.0").encode(),
        line("twice").replace('"id"', '"to": "2025-04-10", "id"', 1).encode(),
        b"\xef\xbb\xbf" + line("mark").encode(),
        line("tail").encode() + b"}",
        line("long", "9" * (INTEGER_DIGITS_MAX + 1)).encode(),
        b"null",
    ]
    given = [line("first").encode(), *bad, line("last").encode()]
    done = run(given=b"\n".join(given))
    assert done.returncode == 1
    found = answers(done)
    assert [one["id"] for one in found] == [
        "first",
        *(None, None, None),
        "float",
        "twice",
        *(None, None),
        "long",
        None,
        "last",
    ]
    assert [one["error"]["code"] for one in found[1:-1]] == [
        "not_json",
        "not_utf8",
        "not_json",
        "not_an_integer",
        "duplicate_key",
        "not_json",
        "not_json",
        "integer_too_long",
        "not_an_object",
    ]
    assert all(list(one) == ["id", "error"] and one["error"]["message"] for one in found[1:-1])
    assert found[-1]["interest"] == 280_274


def test_the_largest_legal_numbers_are_exact_to_the_last_digit():
    longest = "1" + "0" * (INTEGER_DIGITS_MAX - 1)
    day = '"on": "2025-01-10", "kind"'
    events = ", ".join(
        [
            f'{{{day}: "disbursed", "amount": {longest}}}',
            f'{{{day}: "overdue", "amount": {longest}}}',
            f'{{{day}: "rate", "ppm": {longest}}}',
            f'{{{day}: "overdue_rate", "factor_ppm": {longest}}}',
        ]
    )
    done = run(given=f'{{"to": "2026-01-10", "events": [{events}]}}'.encode())
    assert done.returncode == 0
    numerator = "365" + "0" * (3 * (INTEGER_DIGITS_MAX - 1) - 6)
    assert f'"numerator": {numerator}, ' in done.stdout.decode()


def test_carriage_returns_and_a_missing_last_newline_are_no_matter():
    done = run(given=(line("A1") + "\r\n" + line("A2")).encode())
    assert [one["id"] for one in answers(done)] == ["A1", "A2"]
    assert done.returncode == 0


def test_no_input_is_no_output():
    done = run()
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_a_line_that_is_too_long_is_refused_and_the_next_is_read():
    long = line("x" * LINE_BYTES_MAX)
    done = run(given="\n".join([line("A1"), long, line("A2"), long]).encode())
    assert done.returncode == 1
    assert [(one["id"], one.get("error", {}).get("code")) for one in answers(done)] == [
        ("A1", None),
        (None, "line_too_long"),
        ("A2", None),
        (None, "line_too_long"),
    ]


def test_an_id_never_breaks_the_line_of_its_answer():
    name = "A\u2028B\x85C\nD\x1cE"
    done = run(given=json.dumps({"id": name}).encode())
    assert answers(done)[0]["id"] == name


def test_files_are_read_in_turn_and_a_dash_is_standard_input(tmp_path):
    first, last = tmp_path / "first.jsonl", tmp_path / "last.jsonl"
    first.write_text(line("A1") + "\n", encoding="utf-8")
    last.write_text(line("A3"), encoding="utf-8")
    done = run(str(first), "-", str(last), given=line("A2").encode())
    assert [one["id"] for one in answers(done)] == ["A1", "A2", "A3"]
    assert done.returncode == 0


def test_a_file_that_cannot_be_read_is_named_and_the_rest_goes_on(tmp_path):
    good = tmp_path / "good.jsonl"
    good.write_text(line("A1"), encoding="utf-8")
    done = run(str(tmp_path / "gone.jsonl"), str(tmp_path), str(good))
    assert done.returncode == 2
    assert [one["id"] for one in answers(done)] == ["A1"]
    assert done.stderr.decode().splitlines() == [
        f"Không đọc được tệp {tmp_path / 'gone.jsonl'}",
        f"Không đọc được tệp {tmp_path}",
    ]


def test_explain_prints_the_working_for_people_and_keeps_the_status():
    done = run("--explain", given=(line("A1") + "\n{\n").encode())
    said = done.stdout.decode()
    assert done.returncode == 1
    assert "Dòng 1, khoản vay A1: tiền lãi từ 10/03/2025 đến 10/04/2025" in said
    assert "(Hai trăm tám mươi nghìn hai trăm bảy mươi tư đồng)" in said
    assert said.splitlines()[-1].startswith("Dòng 2, khoản vay không ghi mã: không tính được.")


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_is_given(option):
    done = run(option, given=line("A1").encode())
    assert done.returncode == 0
    assert done.stdout.decode().startswith("tovay-calc [--explain]")


def test_an_unknown_option_is_refused():
    done = run("--explian", given=line("A1").encode())
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode() == "Không hiểu tham số. Xem hướng dẫn: tovay-calc --help\n"


def test_each_line_is_answered_before_the_next_is_asked():
    with subprocess.Popen(PROGRAM, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
        for name in ("A1", "A2"):
            program.stdin.write(line(name).encode() + b"\n")
            program.stdin.flush()
            assert json.loads(program.stdout.readline())["id"] == name
        program.stdin.close()
        assert program.wait() == 0


def test_a_reader_that_goes_away_ends_the_program_without_noise(tmp_path):
    lines = tmp_path / "lines.jsonl"
    lines.write_text((line("A1") + "\n") * 2_000, encoding="utf-8")
    command = [*PROGRAM, str(lines)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        program.stdout.readline()
        program.stdout.close()
        assert program.stderr.read() == b""
        assert program.wait() == 2


def test_answers_that_cannot_be_written_are_not_blamed_on_the_file_read():
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            PROGRAM, input=(line("A1") + "\n").encode(), stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 2
    assert done.stderr.decode() == "Không ghi được kết quả ra đầu ra chuẩn.\n"


@pytest.mark.parametrize("words", [[], ["--help"]])
def test_an_output_that_is_closed_is_told_in_a_sentence(words):
    done = subprocess.run(
        [*PROGRAM, *words],
        input=(line("A1") + "\n").encode(),
        stderr=subprocess.PIPE,
        check=False,
        preexec_fn=lambda: os.close(1),
    )
    assert done.returncode == 2
    assert done.stderr.decode() == "Không ghi được kết quả ra đầu ra chuẩn.\n"


def test_the_documentation_shows_what_the_program_does():
    page = (Path(__file__).parents[2] / "docs" / "calc" / "window.md").read_text(encoding="utf-8")
    asked, answered = re.findall(r"```json\n(.*\n)```", page)
    assert run(given=asked.encode()).stdout.decode() == answered
    foreign = {HistoryFault.LIFT_EXCEEDS_FROZEN}  # a line cannot lift a freeze
    codes = {*LineFault, *HistoryFault, *RateFault} - foreign
    told = re.findall(r"^\| (`.+?) \|", page.split("## What is an error")[1], re.MULTILINE)
    assert sorted(code for row in told for code in re.findall(r"`(\w+)`", row)) == sorted(codes)
