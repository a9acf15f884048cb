"""The program ``tovay-month-end``: files in, files out, what people read, how it ends (B25)."""

import json
import subprocess
import sys
from datetime import date

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet
import pytest

from hub.month_end_cli import main
from tests.calc.month_end_rows import PLAIN, SCHEMA, batch, event, row

RATES = "[terms.HN]\n2025-12-10 = 62400\n\n[overdue_factors]\n2025-01-01 = 1300000\n"
ROWS = (row("A1", terms="HN"), row("A2", balance=-1), row("A3", events=[event("repaid", amount=10**9)]))


def wrote(path, *rows, schema=SCHEMA):
    """An input file of rows."""
    table = pa.Table.from_batches([batch(*rows, schema=schema)])
    if path.suffix == ".parquet":
        pyarrow.parquet.write_table(table, path)
    else:
        with pyarrow.ipc.new_file(path, schema) as writer:
            writer.write_table(table)
    return path


def run(*arguments):
    """The exit code of the program."""
    with pytest.raises(SystemExit) as left:
        main([str(one) for one in arguments])
    return left.value.code


@pytest.mark.parametrize("ending", [".parquet", ".arrow"])
def test_a_month_end_goes_from_file_to_file(tmp_path, capsys, ending):
    source, out = wrote(tmp_path / f"november{ending}", row(), schema=PLAIN), tmp_path / f"december{ending}"
    assert run(source, out, "--to", "2026-01-01") == 0
    shown = capsys.readouterr()
    assert shown.out.replace("\N{NO-BREAK SPACE}", " ").splitlines() == [
        "Cuối kỳ 01/01/2026 (không tính ngày này):",
        "  1 khoản vay tính theo cột, 0 khoản vay tính từng khoản, 0 dòng không tính được",
        "  Dư nợ trong hạn 50.000.000 đ, quá hạn 0 đ, khoanh 0 đ",
        "  Lãi dồn tích 280.274 đ",
        "  Lãi phải thu 280.274 đ; trả trước 0 đ",
    ]
    assert "Tính lãi cuối kỳ" in shown.err
    (found,) = rows_in(out)
    assert (found["as_of"], found["payable"], found["plain"]) == (date(2026, 1, 1), 280_274, True)
    assert sorted(path.name for path in tmp_path.iterdir()) == [out.name, source.name]
    later = tmp_path / f"january{ending}"
    assert run(out, later, "--to", "2026-02-01") == 0
    assert rows_in(later)[0]["payable"] == 560_548  # 62 days: 560,547.9


def test_refused_rows_are_told_and_the_others_are_written(tmp_path, capsys):
    (tmp_path / "rates.toml").write_text(RATES)
    source, out = wrote(tmp_path / "in.parquet", *ROWS), tmp_path / "out.arrow"
    options = ("--to", "01/01/2026", "--rates", tmp_path / "rates.toml")
    assert run(source, out, *options) == 1
    assert capsys.readouterr().out.splitlines()[:2] == [
        "Dòng 2, khoản vay A2: dư nợ, số tiền và lãi suất không được âm.",
        "Dòng 3, khoản vay A3: số gốc trả lớn hơn dư nợ (ngày 10/12/2025).",
    ]
    assert [one["accrued"] for one in rows_in(out)] == [269_425]
    assert run(source, out, *options, "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["to"], told["plain"], told["referred"], told["refused"]) == ("2026-01-01", 1, 0, 2)
    assert [(one["row"], one["loan"], one["code"], one["on"]) for one in told["refusals"]] == [
        (2, "A2", "negative", None),
        (3, "A3", "over_repayment", "2025-12-10"),
    ]


def test_of_many_refused_rows_twenty_are_told_and_a_file_has_all(tmp_path, capsys):
    source = wrote(tmp_path / "in.parquet", *(row(f"A{number}", balance=-1) for number in range(1, 31)))
    listing = tmp_path / "refused.csv"
    assert run(source, tmp_path / "out.parquet", "--to", "2026-01-01", "--refused", listing) == 1
    told = capsys.readouterr().out.splitlines()
    assert told[19].startswith("Dòng 20, khoản vay A20: ")
    assert told[20] == "Còn 10 dòng nữa không tính được; dùng --refused TỆP.csv để ghi tất cả ra tệp."
    assert told[21].startswith("Cuối kỳ")
    lines = listing.read_text("utf-8-sig").splitlines()
    assert [line.split(",")[:3] for line in lines if ",negative," in line] == [
        [str(number), f"A{number}", "negative"] for number in range(1, 31)
    ]


def test_what_is_read_is_not_written_over(tmp_path, capsys):
    source = wrote(tmp_path / "in.parquet", row())
    before = source.read_bytes()
    (tmp_path / "link.parquet").hardlink_to(source)
    for out in (source, tmp_path / "." / "in.parquet", tmp_path / "link.parquet"):
        assert run(source, out, "--to", "2026-01-01") == 2
        assert "phải khác tệp vào" in capsys.readouterr().err
    assert run(source, tmp_path / "out.parquet", "--to", "2026-01-01", "--refused", tmp_path / "a.txt") == 2
    assert source.read_bytes() == before
    assert not (tmp_path / "out.parquet").exists()


def test_a_list_of_refused_rows_that_cannot_be_written_is_told(tmp_path, capsys):
    source = wrote(tmp_path / "in.parquet", row(balance=-1))
    listing = tmp_path / "nowhere" / "refused.csv"
    assert run(source, tmp_path / "out.parquet", "--to", "2026-01-01", "--refused", listing) == 1
    assert "Không ghi được vào tệp" in capsys.readouterr().err


def test_a_row_without_a_name_is_told_by_its_number(tmp_path, capsys):
    assert run(wrote(tmp_path / "in.parquet", row(None)), tmp_path / "out.parquet", "--to", "2026-01-01") == 1
    told = capsys.readouterr().out.splitlines()[0]
    assert told == "Dòng 1, không ghi mã: thiếu mã khoản vay hoặc một ô bắt buộc."


def test_a_long_file_is_read_in_small_batches(tmp_path, capsys):
    rows = 70_000
    cells = {name: pa.repeat(pa.scalar(row()[name], PLAIN.field(name).type), rows) for name in PLAIN.names}
    with pyarrow.ipc.new_file(tmp_path / "in.arrow", PLAIN) as writer:
        writer.write_batch(pa.record_batch(cells, schema=PLAIN))
    assert run(tmp_path / "in.arrow", tmp_path / "out.parquet", "--to", "2026-01-01", "--json") == 0
    assert json.loads(capsys.readouterr().out)["payable"] == rows * 280_274
    assert pyarrow.parquet.ParquetFile(tmp_path / "out.parquet").metadata.num_row_groups == 2


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "Không đọc được tệp"),
        (b"no columns", "Không đọc được tệp"),
        (None, "Không đọc được tệp"),
    ],
)
@pytest.mark.parametrize("ending", [".parquet", ".arrow"])
def test_a_file_that_holds_no_columns_is_refused_by_name(tmp_path, capsys, content, told, ending):
    if content is not None:
        (tmp_path / f"in{ending}").write_bytes(content)
    assert run(tmp_path / f"in{ending}", tmp_path / "out.parquet", "--to", "2026-01-01") == 1
    assert told in capsys.readouterr().err
    assert not (tmp_path / "out.parquet").exists()


def test_columns_of_another_kind_are_refused_by_name(tmp_path, capsys):
    schema = pa.schema([("loan", pa.string()), ("balance", pa.float64()), ("colour", pa.string())])
    pyarrow.parquet.write_table(schema.empty_table(), tmp_path / "in.parquet")
    assert run(tmp_path / "in.parquet", tmp_path / "out.parquet", "--to", "2026-01-01") == 1
    told = "thiếu, thừa hoặc sai kiểu các cột: as_of, balance, colour, numerator, ppm, settled."
    assert told in capsys.readouterr().err.replace("\n", " ")


@pytest.mark.parametrize(
    "rates",
    [
        "[terms.HN]\n2025-12-10 = 62400.0\n",
        "[terms.HN]\n2025-13-01 = 1\n",
        "[terms.HN]\n2025-12-01 = -1\n",
        "terms",
    ],
)
def test_rates_that_say_something_else_are_refused(tmp_path, capsys, rates):
    (tmp_path / "rates.toml").write_text(rates)
    source = wrote(tmp_path / "in.parquet", row())
    options = ("--to", "2026-01-01", "--rates", tmp_path / "rates.toml")
    assert run(source, tmp_path / "out.parquet", *options) == 1
    assert "rates.toml" in capsys.readouterr().err.replace("\n", "")
    assert not (tmp_path / "out.parquet").exists()


def test_a_result_that_cannot_be_written_leaves_nothing_behind(tmp_path, capsys):
    source = wrote(tmp_path / "in.parquet", row())
    assert run(source, tmp_path / "nowhere" / "out.parquet", "--to", "2026-01-01") == 1
    assert "Không ghi được" in capsys.readouterr().err
    (tmp_path / "out.arrow").mkdir()
    assert run(source, tmp_path / "out.arrow", "--to", "2026-01-01") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.parquet", "out.arrow"]


def test_a_file_cut_in_its_middle_leaves_nothing_behind(tmp_path, capsys):
    rows = [row(f"A{number}") for number in range(3_000)]
    whole = wrote(tmp_path / "in.parquet", *rows).read_bytes()
    (tmp_path / "in.parquet").write_bytes(
        whole[:200] + bytes(len(whole) // 2) + whole[200 + len(whole) // 2 :]
    )
    assert run(tmp_path / "in.parquet", tmp_path / "out.parquet", "--to", "2026-01-01") == 1
    assert "Không đọc được" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["in.parquet"]


@pytest.mark.parametrize(
    "arguments", [("in.csv", "out.parquet", "--to", "2026-01-01"), ("in.parquet", "out.parquet"), ()]
)
def test_a_misused_program_says_so(arguments, capsys):
    assert run(*arguments) == 2
    assert capsys.readouterr().err


@pytest.mark.parametrize(
    ("program", "unwanted"), [("calc.__main__", {"numpy", "pyarrow"}), ("hub.cli", {"pyarrow"})]
)
def test_no_other_program_waits_for_columns(program, unwanted):
    told = f"import sys, {program}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, check=True, text=True)
    assert not unwanted & set(done.stdout.split())


def rows_in(path):
    """The rows of a result."""
    if path.suffix == ".parquet":
        return pyarrow.parquet.read_table(path).to_pylist()
    with pa.memory_map(str(path)) as mapped:
        return pyarrow.ipc.open_file(mapped).read_all().to_pylist()
