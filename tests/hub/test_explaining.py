"""Why a household is asked for what it is asked for: page, API and command say the same (B13)."""

import csv
import io
import json
import re
from datetime import timedelta

import anyio
import httpx
import pytest
from litestar import Litestar
from litestar.exceptions import HTTPException

from hub.access import at_this_machine
from hub.api.explanation import explanation_router
from hub.app import opened
from hub.cli import main
from hub.errors import UnknownMemberError
from hub.gate import Gate
from hub.pages.days import page_router
from hub.pages.households import household_router
from hub.problem import refuse
from hub.service.loan_book.imports import directory_of
from hub.service.rates.reports import known_dues
from hub.service.reports.explaining import household_explained
from protocol.day import day_of
from protocol.loan_facts import InterestReceived
from tests.facts import an
from tests.hub.builders import GROUP
from tests.hub.days import DAY, NOON, SINCE, OpenedBranch, told

PAGE = f"/groups/{GROUP}/days/2025-12-17/members"
MARKUP = "<script>alert(1)</script>"


@pytest.fixture
def day(tmp_path):
    return told(tmp_path)


def explained(day, member, **asked):
    return household_explained(day.state, directory_of(day.branch.store), member, DAY, **asked)


def number_of(day, member):
    return day.state.book.members[member].listed.number


def get(day, path, peer="127.0.0.1"):
    here = at_this_machine()
    routers = (page_router, household_router, explanation_router)
    app = Gate(
        Litestar(
            [router(day.groups, here) for router in routers],
            exception_handlers={HTTPException: refuse, Exception: refuse},
            openapi_config=None,
            logging_config=None,
        ),
        https=False,
    )

    async def ask():
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=(peer, 50_000))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8470") as client:
            return await client.get(path)

    return anyio.run(ask)


def text_of(page):
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", page).replace("\xa0", " "))


def test_every_stretch_of_days_names_its_rate_and_what_decided_it(day):
    # 50,000,000 × 66,000 × 14 + 50,000,000 × 62,400 × 16 = 365,000,000 × 263,342 + 170,000,000
    found = explained(day, number_of(day, 1))
    (loan,) = found.loans
    (chapter,) = loan.chapters
    assert [(line.days, line.balance_dong, line.ppm, line.numerator) for line in chapter.lines] == [
        (14, 50_000_000, 66_000, 46_200_000_000_000),
        (16, 50_000_000, 62_400, 49_920_000_000_000),
    ]
    assert [line.rates[-1].number is None for line in chapter.lines] == [True, False]
    assert (chapter.numerator, chapter.denominator) == (96_120_000_000_000, 365_000_000)
    assert (chapter.in_term_dong, loan.payable_dong, found.asked_dong) == (263_342, 263_342, 263_342)
    assert loan.sentences[0] == f"Khoản vay {loan.number}: tiền lãi tính đến ngày 17/12/2025"


def test_a_settled_day_is_explained_as_it_was_settled(day):
    day.count(1_043_726)
    day.settle()
    then = explained(day, number_of(day, 1))
    assert then.position.seq == day.state.book.days[DAY].settled_at.seq
    # the leader took 272,000, 8,658 more than the due after the cut; the deputy's second receipt is held
    (loan,) = then.loans
    assert (loan.payable_dong, loan.prepaid_dong, loan.asked_dong) == (-8_658, 8_658, 0)
    assert [(one.code, one.amount_dong) for one in loan.received] == [("posted", 272_000)]
    day.repay_at_the_counter(1_000_000, loan=1)
    assert explained(day, number_of(day, 1)) == then


def test_a_household_is_explained_as_it_was_known_on_a_date(day):
    before = day_of(NOON) - 1
    assert explained(day, number_of(day, 1), known_on=before).loans == ()
    now = explained(day, number_of(day, 1), known_on=day_of(NOON))
    assert now.loans == explained(day, number_of(day, 1)).loans
    assert now.known_on is not None
    saver = number_of(day, 3)
    accounts = [explained(day, saver, known_on=known_on).accounts for known_on in (before, day_of(NOON))]
    assert [[one.balance_dong for one in found] for found in accounts] == [[], [500_000]]


def test_B22_a_day_before_the_book_has_the_loan_is_told_as_that(day):
    number, directory = number_of(day, 1), directory_of(day.branch.store)
    told_of = household_explained(day.state, directory, number, SINCE - 1)
    assert (told_of.loans, len(told_of.notes)) == ((), 1)
    assert "Sổ có khoản vay 660001000201 từ ngày 17/11/2025;" in told_of.notes[0]
    notes = known_dues(day.state, directory, SINCE - 1).notes
    assert [label for label, _ in notes].count("Lưu ý") == len(day.state.book.loans)
    assert explained(day, number).notes == ()


def test_B1_money_that_came_after_the_day_is_told(day):
    day.say(an(InterestReceived, loan=1, effective=DAY - 5, amount=9_000))
    number, directory = number_of(day, 1), directory_of(day.branch.store)
    (note,) = household_explained(day.state, directory, number, DAY - 6).notes
    assert note == "Đã trả gồm cả tiền trả sau ngày 11/12/2025 mà sổ đã biết."
    assert household_explained(day.state, directory, number, DAY - 5).notes == ()
    page = get(day, f"{PAGE.replace('2025-12-17', '2025-12-11')}/{number}")
    assert note in text_of(page.text)


def test_a_member_that_nobody_has_is_told(day):
    with pytest.raises(UnknownMemberError):
        explained(day, "KH-NOBODY")
    answer = get(day, f"{PAGE}/KH-NOBODY")
    assert answer.status_code == 404
    assert "Tổ không có tổ viên mang mã này." in answer.text


def test_the_page_shows_the_working_and_what_is_left(day):
    page = get(day, f"{PAGE}/{number_of(day, 1)}")
    assert page.status_code == 200
    words = text_of(page.text)
    assert (
        "17/11/2025 – 01/12/2025, trong hạn: 50.000.000 đ × 6,6 %/năm × 14 ngày ÷ 365 ≈ 126.575,34 đ" in words
    )
    assert "Còn phải trả 263.342 đ" in words
    assert "Tính từ sổ của chi nhánh đến dòng 0." in words


def test_every_household_of_a_day_is_one_step_from_it(day):
    page = get(day, PAGE.removesuffix("/members")).text
    links = set(re.findall(r'href="([^"]*/members/[^"]*)"', page))
    assert links == {f"{PAGE}/{number_of(day, member)}" for member in (1, 2, 3)}
    assert all(get(day, link).status_code == 200 for link in links)


def test_the_page_can_be_asked_for_an_earlier_date_without_a_script(day):
    page = get(day, f"{PAGE}/{number_of(day, 1)}?known_on=2025-12-16")
    assert "Đang xem theo sổ biết đến hết ngày 16/12/2025" in text_of(page.text)
    assert "Không có khoản vay nào còn mở vào ngày này." in page.text
    assert "<script" not in page.text


@pytest.mark.parametrize(
    "typed", ["known_on=tomorrow", "known_on=2025-12-16&known_on=2025-12-17", "known_on="]
)
def test_a_date_that_is_none_is_not_found(day, typed):
    assert get(day, f"{PAGE}/{number_of(day, 1)}?{typed}").status_code == 404


def test_H105_what_people_wrote_is_inert_on_the_page(tmp_path):
    day = told(tmp_path, names=(MARKUP, MARKUP, MARKUP))
    page = get(day, f"{PAGE}/{number_of(day, 1)}")
    assert MARKUP not in page.text
    assert "&lt;script&gt;" in page.text


@pytest.mark.parametrize("path", [PAGE, f"/api{PAGE}"])
def test_nobody_elsewhere_sees_a_household(day, path):
    assert get(day, f"{path}/{number_of(day, 1)}", peer="192.0.2.7").status_code == 403


def test_the_api_says_the_same_as_the_page(day):
    answer = get(day, f"/api{PAGE}/{number_of(day, 1)}")
    assert answer.headers["content-type"].startswith("application/json")
    told_as_json = answer.json()
    assert told_as_json["asked_dong"] == 263_342
    assert told_as_json["position"] == {"epoch": 0, "seq": day.state.book.position.seq}
    page = text_of(get(day, f"{PAGE}/{number_of(day, 1)}").text)
    for line in told_as_json["loans"][0]["sentences"][1:]:
        assert line.strip().replace("\xa0", " ") in page


@pytest.fixture
def run(directory, tmp_path, capfdbinary, monkeypatch):
    """Run a command on the branch of the story: exit code, and what it told."""
    with opened(directory, {"TOVAY_NOW": NOON.isoformat()}, sealing=True) as hub:
        told(tmp_path, branch=OpenedBranch(hub))
    monkeypatch.setenv("TOVAY_NOW", (NOON + timedelta(hours=1)).isoformat())

    def run(command, *words):
        with pytest.raises(SystemExit) as left:
            main([command, "--dir", str(directory), "--group", GROUP, "--day", "2025-12-17", *words])
        said, wrong = capfdbinary.readouterr()
        return left.value.code, (said or wrong).decode().replace("\xa0", " ")

    return run


def test_the_command_tells_the_working_or_prints_json(run):
    code, said = run("explain", "--member", "3000010001")
    assert code == 0
    assert "Còn phải trả 263.342 đ (Hai trăm sáu mươi ba nghìn ba trăm bốn mươi hai đồng)" in said
    assert said.rstrip().splitlines()[-1].startswith("Tính từ sổ của chi nhánh đến dòng 0.")
    code, said = run("explain", "--member", "3000010001", "--json")
    assert json.loads(said)["asked_dong"] == 263_342
    code, said = run("explain", "--member", "3000010001", "--known-on", "2025-12-17")
    assert said.rstrip().endswith("biết đến hết ngày 17/12/2025.")
    code, said = run("explain", "--member", "3000010001", "--known-on", "2025-12-16")
    assert (code, "Không có khoản vay nào còn mở vào ngày này." in said) == (0, True)
    assert run("explain", "--member", "KH-NOBODY") == (1, "Tổ không có tổ viên mang mã này.\n")


def test_a_statement_can_carry_the_working_of_every_row(run):
    code, plain = run("statement")
    assert code == 0
    assert "Vì sao" not in plain
    code, said = run("statement", "--explain", "--format", "csv")
    rows = [row[1] for row in csv.reader(io.StringIO(said)) if row and row[0] == "Vì sao, TT 1"]
    assert any("50.000.000 đ × 6,24 %/năm × 16 ngày" in row for row in rows)
    # the preview has staged the leader's receipt: 272,000 đ came in, 8,658 đ of it are prepaid
    assert any("Đã trả trước 8.658 đ" in row for row in rows)
