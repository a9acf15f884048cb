"""``tovay-hub import-book``: what it does with good rows and bad ones, and what a person reads."""

import csv
import json

import pytest

from hub.app import opened
from hub.cli import main
from protocol.loan_facts import LoanExtended
from tests.hub.builders import GROUP, NOW
from tests.hub.exports import FILES, with_cells, with_row, write_export
from tests.hub.web import ENVIRON


@pytest.fixture
def run(capsys, monkeypatch, directory):
    """Import something into the branch directory: exit code, what it told, and what it told as an error."""
    monkeypatch.setenv("TOVAY_NOW", NOW.isoformat())
    monkeypatch.delenv("TOVAY_PASSPHRASE_FILE", raising=False)

    def run(*words):
        with pytest.raises(SystemExit) as left:
            main(["import-book", "--dir", str(directory), *map(str, words)])
        told = capsys.readouterr()
        return left.value.code, told.out, told.err

    return run


@pytest.fixture
def export(tmp_path):
    return write_export(tmp_path / "export")


@pytest.fixture
def spoiled(tmp_path):
    """The good export with one bad event and one bad member: C2, whose loan and whose event need him."""
    return write_export(
        tmp_path / "spoiled",
        loan_events=with_cells("loan_events", 3, amount="5.000.000"),
        members=with_cells("members", 3, phone="12"),
    )


def stored(directory):
    with opened(directory, ENVIRON) as hub:
        return hub.store.ids(""), hub.store.scan_derived("")


def test_an_export_is_imported_once(run, export, directory):
    code, out, _ = run(export)
    assert (code, out.splitlines()) == (
        0,
        [
            "Đã nhập: 1 tổ, 15 dòng sổ, 6 mục thông tin riêng.",
            "18 dòng dữ liệu: 18 dòng mới, 0 dòng không đổi, 0 dòng bị loại.",
        ],
    )
    before = stored(directory)
    code, out, _ = run(export, "--json")
    assert json.loads(out) == {
        "done": True,
        "groups": 0,
        "entries": 0,
        "texts": 0,
        "rows": {"read": 18, "imported": 0, "unchanged": 18, "refused": 0},
        "refused": [],
        "absent": [],
    }
    assert (code, stored(directory)) == (0, before)


def test_of_an_export_that_is_not_there_nothing_is_said_to_be_imported(run, tmp_path):
    code, out, err = run(tmp_path / "nowhere")
    assert (code, "Đã nhập" in out, "không có thư mục" in err.lower()) == (1, False, True)


def test_a_transaction_of_a_day_to_come_is_refused_and_a_plan_is_not(run, tmp_path):
    events = FILES["loan_events"] + "G8,L2,instalment_scheduled,2026-09-10,5000000,,,,\n"
    code, out, _ = run(write_export(tmp_path / "planned", loan_events=events))
    assert (code, "0 dòng bị loại" in out) == (0, True)
    events += "G9,L1,principal_repaid,2025-12-10,5000000,,,,\n"
    movements = FILES["savings_events"] + "G10,S1,deposit,2025-12-10,1\n"
    code, out, err = run(write_export(tmp_path / "early", loan_events=events, savings_events=movements))
    assert (code, "2 dòng bị loại" in out) == (1, True)
    because = "cột effective_on: ngày này còn ở tương lai, giao dịch chưa xảy ra."
    assert err.splitlines()[-2:] == [
        f"loan_events.csv, dòng 5, {because}",
        f"savings_events.csv, dòng 3, {because}",
    ]


def test_a_dry_run_changes_nothing(run, export, directory):
    before = stored(directory)
    code, out, _ = run(export, "--dry-run")
    assert (code, out.startswith("Chưa ghi gì. Có thể nhập: 1 tổ")) == (0, True)
    assert stored(directory) == before


REFUSED = [
    ("loan_events", 2, "loan", "refused_with", ["members", 3]),
    ("loan_events", 3, "amount", "not_a_number"),
    ("loans", 2, "", "refused_with", ["loan_events", 3]),
    ("loans", 3, "customer", "refused_with", ["members", 3]),
    ("members", 3, "phone", "not_a_phone"),
]


def test_bad_rows_are_named_and_the_rest_is_imported(run, spoiled, directory):
    code, out, err = run(spoiled)
    assert code == 1
    assert out.splitlines()[-1] == "18 dòng dữ liệu: 13 dòng mới, 0 dòng không đổi, 5 dòng bị loại."
    assert "loan_events.csv, dòng 3, cột amount: phải là số nguyên viết liền" in err
    assert "loan_events.csv, dòng 2, cột loan: cần dòng 3 của members.csv, đã bị loại.\n" in err
    assert "members.csv, dòng 3, cột phone: số điện thoại phải gồm 10 chữ số" in err
    with opened(directory, ENVIRON) as hub:
        book = hub.groups.load(GROUP).book
    assert (len(book.members), len(book.loans), len(book.accounts)) == (1, 0, 1)


def test_what_was_refused_comes_in_once_it_is_mended(run, spoiled, export, directory):
    run(spoiled)
    code, out, _ = run(export)
    assert (code, out.splitlines()[-1]) == (
        0,
        "18 dòng dữ liệu: 5 dòng mới, 13 dòng không đổi, 0 dòng bị loại.",
    )
    with opened(directory, ENVIRON) as hub:
        book = hub.groups.load(GROUP).book
    assert (len(book.members), len(book.loans), book.problems) == (2, 2, [])


@pytest.mark.parametrize("option", ["--dry-run", "--whole"])
def test_a_dry_run_and_a_whole_import_list_every_bad_row_and_write_nothing(run, spoiled, directory, option):
    before = stored(directory)
    code, out, _ = run(spoiled, option, "--json")
    told = json.loads(out)
    assert (code, told["done"], stored(directory)) == (1, False, before)
    assert [tuple(row.values()) for row in told["refused"]] == REFUSED
    assert told["rows"] == {"read": 18, "imported": 13, "unchanged": 0, "refused": 5}


def test_a_whole_import_without_a_bad_row_is_an_import(run, export):
    assert json.loads(run(export, "--whole", "--json")[1])["done"] is True


@pytest.mark.parametrize("name", ["refused.csv", "refused.xlsx"])
def test_the_refused_rows_can_be_kept_as_a_table(run, spoiled, tmp_path, name):
    run(spoiled, "--refused", tmp_path / name)
    if name.endswith(".csv"):
        rows = list(csv.reader((tmp_path / name).read_text("utf-8-sig").splitlines()))
        assert [
            (row[0], int(row[1]), row[2], row[3]) for row in rows if row[3] in {one[3] for one in REFUSED}
        ] == [one[:4] for one in REFUSED]
    else:
        assert (tmp_path / name).read_bytes().startswith(b"PK")


def test_a_list_that_cannot_be_written_is_told(run, spoiled, tmp_path):
    code, _, err = run(spoiled, "--refused", tmp_path / "nowhere" / "refused.csv")
    assert (code, "Không ghi được vào tệp" in err) == (1, True)


def test_H105_what_a_file_calls_itself_cannot_steer_the_terminal(run, tmp_path):
    folder = write_export(tmp_path / "evil", only=[], programmes="code,na\x1b[2Jme\nHN,x\n")
    _, _, err = run(folder)
    assert "\x1b[2J" not in err
    assert "cột na\ufffd[2Jme" in err


def test_a_changed_name_becomes_the_members_name(run, export, tmp_path, directory):
    run(export)
    later = write_export(tmp_path / "later", members=FILES["members"].replace("Phạm Thị Lụa", "Phạm Thị Lúa"))
    code, out, _ = run(later)
    assert (code, "1 dòng mới" in out) == (0, True)
    with opened(directory, ENVIRON) as hub:
        state = hub.groups.load(GROUP)
    assert state.text(state.book.members[1].listed.name) == "Phạm Thị Lúa"
    assert (len(state.book.members), state.book.problems) == (2, [])


def test_what_a_full_export_no_longer_names_is_told_and_stays(run, tmp_path, directory):
    two = {
        "members": with_row("members", customer="C3"),
        "loans": with_row("loans", loan="L3", customer="C3"),
        "savings": with_row("savings", account="S3", customer="C3"),
    }
    run(write_export(tmp_path / "first", **two))
    before = stored(directory)
    code, out, _ = run(write_export(tmp_path / "later"), "--full")
    assert (code, stored(directory)) == (0, before)
    assert out.splitlines()[:3] == [
        "Tổ KM-001: sổ tiết kiệm S3 không còn trong dữ liệu xuất.",
        "Tổ KM-001: khoản vay L3 không còn trong dữ liệu xuất.",
        "Tổ KM-001: tổ viên C3 không còn trong dữ liệu xuất.",
    ]
    told = json.loads(run(tmp_path / "later", "--full", "--json")[1])
    assert told["absent"][0] == {"group": GROUP, "kind": "account", "number": "S3"}
    assert json.loads(run(tmp_path / "later", "--json")[1])["absent"] == []


def test_who_is_named_by_a_bad_row_is_not_missed(run, export, tmp_path):
    run(export)
    later = write_export(tmp_path / "later", members=with_cells("members", 3, phone="12"))
    told = json.loads(run(later, "--full", "--json")[1])
    assert (told["absent"], told["rows"]["refused"]) == ([], 1)


def test_a_loan_that_was_closed_is_not_missed(run, tmp_path, export):
    run(export)
    closing = (
        FILES["loan_events"]
        + "G8,L2,principal_repaid,2025-12-03,20000000,,,,\nG9,L2,loan_closed,2025-12-03,,,,,\n"
    )
    without = FILES["loans"].rsplit("KM-001,C2,L2", 1)[0]
    told = json.loads(
        run(write_export(tmp_path / "later", loans=without, loan_events=closing), "--full", "--json")[1]
    )
    assert (told["absent"], told["refused"]) == ([], [])


def test_an_export_without_its_tables_is_not_full(run, export):
    (export / "savings.csv").unlink()
    code, out, _ = run(export, "--full", "--json")
    told = json.loads(out)
    assert (code, told["absent"]) == (1, [])
    assert told["refused"] == [
        {"table": "savings", "line": 0, "column": "", "reason": "missing_table"},
        *told["refused"][1:],
    ]


def test_the_day_of_the_export_can_be_said(run, export, tmp_path, directory):
    run(export)
    later = write_export(tmp_path / "later", only=[], loans=with_cells("loans", 3, due_on="2030-01-01"))
    run(later, "--as-of", "2025-12-05")
    with opened(directory, ENVIRON) as hub:
        entries = [placed.entry for placed in hub.groups.load(GROUP).log.entries]
    [extended] = [entry for entry in entries if isinstance(entry, LoanExtended)]
    assert extended.effective == 20_427


def test_the_day_of_an_import_is_the_groups_next_one_or_the_one_asked_for(run, export, directory):
    run(export, "--day", "2026-01-17", "--by", "cbtd.lan")
    with opened(directory, ENVIRON) as hub:
        (day,) = hub.groups.load(GROUP).book.days.values()
        opening = hub.groups.load(GROUP).log.entries[day.opened.seq - 1].entry
    assert (day.day, opening.decided_by) == (20_470, "cbtd.lan")
