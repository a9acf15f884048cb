"""The pages of a transaction day: what a person sees, and who is not let in."""

import csv
import io
import re
from html.parser import HTMLParser

import anyio
import httpx
import pytest
from litestar import Litestar

from hub.access import at_this_machine
from hub.documents import group_listing
from hub.gate import Gate
from hub.pages import days
from hub.pages.days import page_router
from hub.pages.rendering import stylesheet
from protocol.day import to_date
from protocol.posting_facts import DifferenceResolved
from tests.facts import an
from tests.hub.builders import GROUP
from tests.hub.days import DAY, NEXT, told

HERE = "http://127.0.0.1:8470"
DAY_PAGE = f"/groups/{GROUP}/days/2025-12-17"
STATEMENT = f"{DAY_PAGE}/statement.csv"
MARKUP = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }} ' & &amp;")


class Reader(HTMLParser):
    """A page as a browser without a screen reads it."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.links, self.text = [], [], ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in {"href", "src"}]

    def handle_data(self, words):
        self.text += f"{words} "


class People:
    """A browser at the branch, unless it says otherwise."""

    def __init__(self, day):
        self.day = day
        router = page_router(day.groups, at_this_machine())
        app = Litestar([router, stylesheet()], openapi_config=None, logging_config=None)
        self.app = Gate(app, https=False)

    def get(self, path, peer="127.0.0.1", base=HERE, headers=()):
        async def ask():
            transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False, client=(peer, 50_000))
            async with httpx.AsyncClient(transport=transport, base_url=base) as client:
                return await client.get(path, headers=list(headers))

        return anyio.run(ask)

    def read(self, path):
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return Reader(answer.text)


@pytest.fixture
def people(tmp_path):
    return People(told(tmp_path))


@pytest.fixture(scope="module")
def onlookers(tmp_path_factory):
    """People at a day that no test changes."""
    return People(told(tmp_path_factory.mktemp("day")))


def seen(page):
    """The text of a page on one line, with plain spaces."""
    return re.sub(r"\s+", " ", page.text.replace("\xa0", " "))


def test_the_page_shows_phone_cash_and_branch_line_by_line_with_causes(people):
    text = seen(people.read(DAY_PAGE))
    for column in ("Điện thoại", "Tiền mặt", "Chi nhánh"):
        assert column in text
    assert "Số 10002 Vũ Văn Tịnh tổ phó · 16/12/2025 sẽ hạch toán" in text
    assert "Máy báo 379.726 đ Hộ nộp 379.726 đ" in text
    assert "Phải thu theo sổ 360.132 đ Sổ đổi từ khi thu −19.594 đ" in text
    assert "Quyết định 2553/QĐ-TTg: lãi suất 6,24 %/năm từ 01/12/2025: −11.047 đ" in text
    assert "Trả gốc 10.000.000 đ tại quầy 12/12/2025: −8.547 đ" in text
    assert "Có thể thu trùng với biên lai số 1; tiền vẫn nằm trong số phải nộp" in text
    assert "Không tính vào số phải nộp." in text
    assert "Trừ vào gốc 480.000 đ Không trích được 120.000 đ Số dư tiết kiệm trước đó 480.000 đ" in text
    assert "Trừ 480.000 đ vào gốc, còn thiếu 120.000 đ so với đề nghị; số dư tiết kiệm không đủ." in text
    assert "Ghi sổ tiết kiệm 700001 20.000 đ" in text
    assert "Tổ trưởng 392.000 392.000 392.000" in text


def test_the_page_says_how_far_the_day_has_come_and_from_where_it_was_computed(people):
    day = people.day
    text = seen(people.read(DAY_PAGE))
    assert "17/12/2025 đang mở" in text
    assert "Xem trước" in text
    assert f"Tính từ sổ của chi nhánh đến dòng 0.{len(day.entries)}." in text
    day.count(771_726)
    text = seen(people.read(DAY_PAGE))
    assert "đã kiểm đếm, chưa kết toán" in text
    assert "Phải có 1.043.726 đ Đếm được 771.726 đ Thiếu −272.000 đ" in text
    day.settle()
    text = seen(people.read(DAY_PAGE))
    assert "17/12/2025 đã kết toán" in text
    assert "Xem trước" not in text
    assert "Thiếu 272.000 đ (Hai trăm bảy mươi hai nghìn đồng): tổ trưởng Phạm Thị Lụa" in text
    assert "Kiểm đếm: GDV01. Kết toán: KSV01, xác nhận GDV01." in text


def test_a_shortage_that_was_resolved_is_told_as_resolved(people):
    people.day.count(771_726)
    people.day.settle()
    people.day.say(an(DifferenceResolved, day=DAY, kind="shortage", amount=72_000), day=NEXT)
    text = seen(people.read(DAY_PAGE))
    assert "Đếm được 771.726 đ Còn thiếu −200.000 đ" in text
    assert "Khi kết toán thiếu 272.000 đ; đã giải quyết một phần." in text
    people.day.say(an(DifferenceResolved, day=DAY, kind="shortage", amount=200_000), day=NEXT)
    text = seen(people.read(DAY_PAGE))
    assert "Đếm được 771.726 đ Chênh lệch còn lại 0 đ" in text
    assert "Khi kết toán thiếu 272.000 đ; đã giải quyết hết." in text


def test_a_page_needs_no_script_and_loads_nothing_from_elsewhere(people):
    answer = people.get(DAY_PAGE)
    page = Reader(answer.text)
    assert "script" not in page.tags
    assert "style" not in page.tags
    assert all(link.startswith("/") for link in page.links)
    assert " style=" not in answer.text
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    style = people.get("/static/tovay.css")
    assert (style.status_code, style.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert "http" not in style.text


def test_the_statement_is_one_click_away(people):
    assert STATEMENT in people.read(DAY_PAGE).links
    answer = people.get(STATEMENT)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="13TD_KM-001_2025-12-17.csv"'
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[4][:2] == ["Ngày giao dịch", "17/12/2025"]


def test_the_groups_are_listed_with_the_day_that_is_open(people):
    page = people.read("/")
    assert f"/groups/{GROUP}/days/{to_date(DAY)}" in page.links
    people.day.count(0)
    people.day.settle()
    page = people.read("/")
    assert f"/groups/{GROUP}/days/{to_date(NEXT)}" in page.links
    assert "đang mở" in seen(page)


def test_a_group_without_a_day_does_not_hide_the_others(people):
    people.day.groups.open("KM-002")
    people.day.branch.store.add([group_listing("KM-003")])
    page = people.read("/")
    assert f"/groups/{GROUP}/days/2025-12-17" in page.links
    assert "Tổ KM-002 chưa có ngày giao dịch nào." in seen(page)


def test_a_damaged_group_does_not_hide_the_others(people):
    people.day.groups.open("KM-002")
    seal = people.day.branch.store.scan("KM-002:seal:")[0]
    people.day.branch.store.add([{**seal, "_id": seal["_id"][:-1] + "2"}])
    page = people.read("/")
    assert f"/groups/{GROUP}/days/2025-12-17" in page.links
    assert "Dữ liệu lưu trên máy chủ không còn nguyên vẹn." in seen(page)


def test_the_other_days_of_a_group_are_one_click_away(people):
    assert "Các ngày giao dịch" not in seen(people.read(DAY_PAGE))
    people.day.count(0)
    people.day.settle()
    assert f"/groups/{GROUP}/days/{to_date(NEXT)}" in people.read(DAY_PAGE).links
    assert DAY_PAGE in people.read(f"/groups/{GROUP}/days/{to_date(NEXT)}").links


def test_a_day_without_receipts_is_shown(people):
    people.day.count(0)
    people.day.settle()
    assert "Chưa có phiếu nào về đến chi nhánh." in seen(people.read(f"/groups/{GROUP}/days/{to_date(NEXT)}"))


def test_groups_are_paged(people, monkeypatch):
    monkeypatch.setattr(days, "GROUPS_PER_PAGE", 1)
    people.day.groups.open("KM-002")
    first, second = people.read("/"), people.read("/?page=2")
    assert ("/?page=2" in first.links, "/?page=1" in second.links) == (True, True)
    assert "KM-002" in seen(second)


@pytest.mark.parametrize(
    "typed", ["0", "3", "-1", "1e3", "", "１", "9" * 23, "9" * 5_000, "1;drop", "%00", "1&page=1"]
)
def test_H112_a_page_number_that_is_none_is_not_found(onlookers, typed):
    answer = onlookers.get(f"/?page={typed}")
    assert answer.status_code == 404
    assert "Không có trang này." in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/groups/KM-999/days/2025-12-17",
        "/groups/~branch/days/2025-12-17",
        "/groups/KM-001%0a/days/2025-12-17",
        "/groups/%ff%fe/days/2025-12-17",
        "/groups/KM-001%00/days/2025-12-17",
        "/groups/..%5c..%5chub.toml/days/2025-12-17",
        "/groups/<script>/days/2025-12-17",
        f"/groups/{'K' * 5_000}/days/2025-12-17",
        f"/groups/{GROUP}/days/2025-12-18",
        f"/groups/{GROUP}/days/2025-02-30",
        f"/groups/{GROUP}/days/17-12-2025",
        f"/groups/{GROUP}/days/20251217",
        f"/groups/{GROUP}/days/２０２５-12-17",
        f"/groups/{GROUP}/days/0000-00-00",
        f"/groups/{GROUP}/days/9999-12-31",
        f"/groups/{GROUP}/days/{'9' * 23}",
        f"/groups/{GROUP}/days/2025-12-18/statement.csv",
    ],
)
def test_H112_what_is_not_there_is_a_page_that_says_so(onlookers, path):
    answer = onlookers.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "Không mở được trang" in answer.text
    assert "<script>" not in answer.text
    assert answer.headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize(
    "path", ["/groups/..%2f..%2fhub.toml/days/2025-12-17", "/static/..%2fhub.toml", "/groups"]
)
def test_H112_no_other_path_leads_anywhere(onlookers, path):
    assert onlookers.get(path).status_code == 404


def test_H105_what_people_wrote_is_never_markup(tmp_path):
    people = People(told(tmp_path, MARKUP))
    for path in (DAY_PAGE, "/"):
        page = people.read(path)
        assert {"script", "img"}.isdisjoint(page.tags)
    text = people.read(DAY_PAGE).text
    assert all(name in text for name in MARKUP)


@pytest.mark.parametrize("path", ["/", DAY_PAGE, STATEMENT])
@pytest.mark.parametrize(
    "elsewhere",
    [
        {"peer": "192.168.1.7"},
        {"peer": "::ffff:10.0.0.1"},
        {"peer": "testclient"},
        {"base": "http://evil.example:8470"},
        {"base": "http://127.0.0.1.evil.example"},
        {"base": "http://hub.kinhmon.example"},
        {"headers": [("host", "127.0.0.1@evil.example")]},
        {"headers": [("host", "")]},
        {"headers": [("host", "[::1")]},
        {"headers": [("x-forwarded-for", "203.0.113.9")]},
        {"headers": [("forwarded", "for=203.0.113.9")]},
        {"headers": [("via", "1.1 relay")]},
    ],
)
def test_H112_pages_are_for_a_browser_at_this_machine_alone(onlookers, path, elsewhere):
    answer = onlookers.get(path, **elsewhere)
    assert answer.status_code == 403
    assert "Trang này chỉ mở được trên chính máy chủ" in answer.text
    assert "Phạm Thị Lụa" not in answer.text


@pytest.mark.parametrize("base", [HERE, "http://localhost:8470", "http://[::1]:8470", "http://127.0.0.1"])
@pytest.mark.parametrize("peer", ["127.0.0.1", "::1"])
def test_this_machine_goes_by_its_own_names(onlookers, base, peer):
    assert onlookers.get(DAY_PAGE, peer=peer, base=base).status_code == 200


def test_every_page_of_the_router_asks_who_is_there(people):
    """A page that somebody adds without a policy fails here."""
    router = page_router(people.day.groups, at_this_machine())
    assert {route.path for route in router.routes} == {
        "/",
        "/groups/{group:str}/days/{day:str}",
        "/groups/{group:str}/days/{day:str}/statement.csv",
    }
    assert router.guards
