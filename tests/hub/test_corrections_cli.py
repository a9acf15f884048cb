"""``tovay-hub resolve``, ``reverse``, ``refund``: what each does and says, or why it cannot."""

import json

import pytest

from hub.app import opened
from hub.cli import main
from protocol.posting_facts import DifferenceResolved, Posted, Reversed
from tests.hub.builders import GROUP
from tests.hub.days import NOON, OpenedBranch, told

DAY = "2025-12-17"
AT_NOON = {"TOVAY_NOW": NOON.isoformat()}
PEOPLE = ("--by", "KSV01", "--confirmed-by", "GDV01")
HELD = ("--kind", "held", "--receipt", 10_001)
SHORT = ("--kind", "shortage", "--day", DAY, "--resolution", "payment", "--amount")


@pytest.fixture
def day(directory, tmp_path):
    """The story of ``told``, counted in full and settled: receipt 10001 of 272,000 đ is held."""
    with opened(directory, AT_NOON, sealing=True) as hub:
        made = told(tmp_path, branch=OpenedBranch(hub))
        made.count(1_043_726)
        made.settle()
        return made


@pytest.fixture
def run(capfdbinary, monkeypatch, directory, day):
    """Run a command on the branch directory: exit code, what it told, and what it told as an error."""
    assert day
    monkeypatch.setenv("TOVAY_NOW", NOON.isoformat())
    monkeypatch.delenv("TOVAY_PASSPHRASE_FILE", raising=False)

    def run(command, *words):
        with pytest.raises(SystemExit) as left:
            main([command, "--dir", str(directory), "--group", GROUP, *map(str, words)])
        said, wrong = capfdbinary.readouterr()
        return left.value.code, said.decode().replace("\xa0", " "), wrong.decode().replace("\xa0", " ")

    return run


@pytest.fixture
def paper(tmp_path):
    found = tmp_path / "biên bản.pdf"
    found.write_bytes(b"%PDF-1.7 signed by two")
    return found


def of_kind(directory, kind):
    with opened(directory, {}) as hub:
        state = hub.groups.load(GROUP)
        found = [placed for placed in state.log.entries if isinstance(placed.entry, kind)]
        return [
            (placed.position, placed.entry, state.text(getattr(placed.entry, "statement", None)))
            for placed in found
        ]


def test_a_dry_run_shows_what_a_release_would_change_and_writes_nothing(run, directory):
    code, said, _ = run("resolve", *HELD, *PEOPLE, "--dry-run")
    assert code == 0
    assert said.splitlines() == [
        "Xem trước, chưa ghi gì:",
        "  tiền của các phiếu treo: +272.000 đ → 0 đ",
        "  tiền của các phiếu chờ hạch toán: 0 đ → +272.000 đ",
    ]
    assert of_kind(directory, DifferenceResolved) == []


def test_a_release_is_written_once(run, directory):
    code, said, _ = run("resolve", *HELD, *PEOPLE)
    assert (code, said.splitlines()[0]) == (0, "Đã ghi vào sổ của tổ KM-001:")
    code, said, _ = run("resolve", *HELD, *PEOPLE)
    assert (code, said) == (0, "Quyết định này đã được ghi từ trước; không có gì thay đổi.\n")
    assert len(of_kind(directory, DifferenceResolved)) == 1


def test_L4_a_reversal_rests_on_a_paper_of_which_the_log_has_a_salted_digest(run, directory, paper):
    told_ = ("--receipt", 1, "--cause", "not_paid", "--statement", paper, *PEOPLE)
    code, said, wrong = run("reverse", *told_, "--json")
    assert code == 0, wrong
    answer = json.loads(said)
    assert (answer["changed"], answer["dry_run"], answer["entries"]) == (
        True,
        False,
        ["Reversed", "BookReady"],
    )
    # 272,000 đ more are due, to the day of the next book
    assert [(one["kind"], one["after_dong"] - one["before_dong"]) for one in answer["changes"]] == [
        ("due", 272_000),
        ("cash", -272_000),
    ]
    ((_, entry, text),) = of_kind(directory, Reversed)
    assert text == "sha256:2db1fdc25a74658bddf601fe601ee090efd763267087a39965ab934a0387a08a"
    assert (entry.cause, entry.decided_by, entry.confirmed_by) == ("not_paid", "KSV01", "GDV01")
    assert not json.loads(run("reverse", *told_, "--json")[1])["changed"]


def test_every_figure_that_a_correction_changes_is_told_by_its_name(run, directory, paper):
    places = [place for place, entry, _ in of_kind(directory, Posted) if entry.principal]
    place = f"{places[0].epoch}.{places[0].seq}"
    told_ = ("--place", place, "--cause", "mistyped", "--statement", paper, *PEOPLE, "--dry-run")
    code, said, _ = run("reverse", *told_)
    assert code == 0
    assert "  dư nợ gốc của khoản vay 660001000203, Hoàng Văn Vượng: +29.520.000 đ → +30.000.000 đ" in said
    assert "  số dư sổ tiết kiệm 700001: 0 đ → +480.000 đ" in said
    assert "  lãi phải thu đến 17/01/2026 của khoản vay 660001000203, Hoàng Văn Vượng: " in said
    told_ = ("--receipt", 1, "--cause", "mistyped", "--statement", paper, *PEOPLE, "--dry-run")
    assert "  tiền còn phải nộp của tổ trưởng: 0 đ → −272.000 đ" in run("reverse", *told_)[1]


def test_a_credit_is_refunded_in_parts_up_to_what_there_is(run):
    # member 1 paid 272,000 đ, due were 263,342 đ
    code, said, _ = run("refund", "--loan", "660001000201", "--amount", "8.000", *PEOPLE)
    assert (code, "−8.658 đ → −658 đ" in said) == (0, False)
    code, _, wrong = run("refund", "--loan", "660001000201", "--amount", "8.000", *PEOPLE)
    assert (code, "chỉ có 658 đ lãi trả trước" in wrong) == (1, True)


WRONG = {
    "no receipt": (("resolve", "--kind", "held"), 1, "Hãy ghi --receipt"),
    "a part of a receipt": (("resolve", *HELD, "--amount", 5), 1, "không ghi --amount"),
    "a reason beside the cash": (("resolve", *HELD, "--resolution", "payment"), 1, "không ghi --resolution"),
    "no day": (("resolve", "--kind", "shortage", "--amount", 5), 1, "Hãy ghi --day"),
    "no amount": (("resolve", *SHORT, 0), 1, "lớn hơn 0"),
    "no reason": (("resolve", "--kind", "surplus", "--day", DAY, "--amount", 5), 1, "Hãy ghi --resolution"),
    "a receipt beside a payment": (("resolve", *SHORT, 5, "--receipt", 1), 1, "--receipt chỉ dùng khi"),
    "a late fact without a receipt": (
        ("resolve", "--kind", "surplus", "--day", DAY, "--amount", 5, "--resolution", "late_fact"),
        1,
        "Hãy ghi --receipt",
    ),
    "more than is missing": (("resolve", *SHORT, 1), 1, "chỉ còn thiếu 0 đ"),
    "an unknown kind": (("resolve", "--kind", "other"), 2, "--kind không hợp lệ"),
    "two targets": (("reverse", "--cause", "mistyped", "--receipt", 1, "--place", "0.9"), 1, "một trong hai"),
    "a place that is none": (("reverse", "--cause", "mistyped", "--place", "0.0"), 2, "0.123"),
    "nothing booked there": (
        ("reverse", "--cause", "mistyped", "--place", "0.1"),
        1,
        "Không có lần hạch toán",
    ),
    "a refund of nothing": (("refund", "--loan", "660001000201", "--amount", 0), 1, "lớn hơn 0"),
    "a loan that is none": (("refund", "--loan", "77"), 1, "không có khoản vay số 77"),
}


def test_what_cannot_be_done_is_said_in_one_sentence(run, directory, paper):
    for name, ((command, *words), code, sentence) in WRONG.items():
        if command == "reverse":
            words += ["--statement", paper]
        got, said, wrong = run(command, *words, *PEOPLE)
        assert (name, got, said, sentence in wrong) == (name, code, "", True)
    assert len(of_kind(directory, DifferenceResolved)) + len(of_kind(directory, Reversed)) == 0


def test_a_paper_that_cannot_be_read_is_none(run, tmp_path):
    empty = tmp_path / "empty"
    empty.touch()
    for missing in (tmp_path / "missing", empty):
        code, _, wrong = run("resolve", *HELD, "--statement", missing, *PEOPLE)
        assert (code, "Không đọc được tệp" in wrong) == (1, True)


def test_one_person_is_not_two(run):
    code, _, wrong = run("resolve", *HELD, "--by", "KSV01", "--confirmed-by", "ksv01")
    assert (code, wrong) == (1, "Người quyết định và người xác nhận phải là hai người khác nhau.\n")
