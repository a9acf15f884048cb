"""``POST /v1/receipts``, ``GET /v1/checkpoints`` and the page for households, as a stranger calls them."""

from urllib.parse import urlencode

import pytest

from hub.api.receipts import PATH
from hub.service.forks.checkpoints import make, read
from hub.service.forks.receipts import PER_SOURCE_MAX
from protocol.checkpoint import CONTENT_TYPE
from protocol.phone_facts import Collected
from protocol.receipt import Marked, ReceiptProof, mark, write_qr
from tests.facts import an
from tests.hub.forking import twin
from tests.hub.web import Web, code

TEXT = {"content-type": "text/plain"}
FORM = {"content-type": "application/x-www-form-urlencoded"}


def printed(web, phone, seq=1):
    """The code on the receipt of a phone's entry."""
    state = web.state(phone.log.group)
    admitted = next(seal.raw for seal in state.seals if getattr(seal.placed[0].entry, "spki", None))
    marked = Marked(phone.log, seq, phone.hashes[seq - 1], phone.entries[seq - 1])
    statement = web.hub.groups.trust.statements[0]
    return write_qr(ReceiptProof(marked, mark(marked, phone.signer), admitted, statement))


@pytest.fixture
def phone(web):
    phone = web.phone()
    phone.write(an(Collected, receipt_no=2))
    return phone


def asked(web, text, headers=None):
    return web.call("POST", PATH, text.encode(), (headers or TEXT).items())


def pasted(web, text, headers=None):
    return web.call("POST", "/receipts", urlencode({"code": text}).encode(), (headers or FORM).items())


def test_a_receipt_is_answered_to_whoever_holds_its_code(web, phone):
    text = printed(web, phone, 2)
    assert asked(web, text).json() == {"answer": "not_yet", "place": None, "day": None}
    web.exchange(phone, phone.seal())
    told = asked(web, f" {text}\n")
    assert told.status_code == 200
    assert told.json() == {
        "answer": "received",
        "place": {"epoch": 0, "seq": web.state(phone.log.group).log.length},
        "day": "2025-12-09",
    }


@pytest.mark.parametrize("text", ["", "TOVAY-R1:", "TOVAY-R1:AAAA", "xin chào", "TOVAY-R1:" + "A" * 1_900])
def test_what_proves_nothing_is_refused_with_a_sentence(web, text):
    assert code(asked(web, text)) == (400, "receipt_refused")


def test_a_code_of_another_type_or_far_too_long_is_refused(web, phone):
    assert code(asked(web, printed(web, phone), {"content-type": "application/json"})) == (415, "media_type")
    assert code(asked(web, "A" * 5_000)) == (413, "limit")


def test_too_many_questions_are_asked_to_wait(directory):
    web = Web(directory)
    try:
        for _ in range(PER_SOURCE_MAX):
            assert asked(web, "x").status_code == 400
        refused = asked(web, "x")
        assert code(refused) == (429, "crowded")
        assert 0 < int(refused.headers["retry-after"]) <= 601
        page = pasted(web, "x")
        assert (page.status_code, "quá nhiều lượt tra cứu" in page.text) == (429, True)
    finally:
        web.close()


def test_the_page_is_a_form_that_works_without_script(web):
    page = web.call("GET", "/receipts")
    assert page.status_code == 200
    assert 'method="post" action="/receipts"' in page.text
    assert "<script" not in page.text
    assert web.call("GET", "/static/tovay.css").status_code == 200


def test_the_page_says_where_a_receipt_was_received(web, phone):
    text = printed(web, phone, 2)
    assert "Chi nhánh chưa nhận được biên lai này" in pasted(web, text).text
    web.exchange(phone, phone.seal())
    in_lines = "\r\n".join(text[at : at + 40] for at in range(0, len(text), 40))
    page = pasted(web, in_lines)
    assert page.status_code == 200
    assert "Chi nhánh đã nhận biên lai này." in page.text
    assert f"Nhận ngày 09/12/2025, vị trí 0.{web.state(phone.log.group).log.length} trong sổ" in page.text


def test_L13_the_page_tells_a_contradiction_and_its_evidence_is_kept(web, phone):
    other = twin(phone)
    other.entries[1:], other.hashes[2:] = [], []
    other.write(an(Collected, receipt_no=3))
    web.exchange(phone, phone.seal())
    page = pasted(web, printed(web, other, 2))
    assert "Biên lai này KHÁC với sổ" in page.text
    assert 'class="note alert"' in page.text
    assert web.hub.store.ids(f"{phone.log.group}:evidence:")


@pytest.mark.parametrize(
    "body", [b"", b"code=", b"other=1", b"\xff\xff", b"&".join([b"code=x"] * 9), b"code=%FF"]
)
def test_a_form_with_nothing_that_proves_is_refused_on_the_page(web, body):
    page = web.call("POST", "/receipts", body, FORM.items())
    assert page.status_code == 400
    assert "Đây không phải mã của một biên lai" in page.text


def test_H105_what_was_pasted_is_shown_as_text(web):
    page = pasted(web, "</textarea><script>alert(1)</script>")
    assert "<script" not in page.text
    assert "&lt;script&gt;" in page.text


def test_a_form_of_another_type_is_refused(web):
    assert pasted(web, "x", TEXT).status_code == 415


def test_checkpoints_are_published_to_anyone(web, phone):
    assert phone.ordinal == 1
    for name in ("latest", "1", "0", "x", "01", "99999999999"):
        assert web.call("GET", f"/v1/checkpoints/{name}").status_code == 404
    raw = make(web.hub.groups, web.hub.signer)
    for name in ("latest", "1"):
        answer = web.call("GET", f"/v1/checkpoints/{name}")
        assert (answer.status_code, answer.content) == (200, raw)
        assert answer.headers["content-type"].startswith(CONTENT_TYPE)
    assert read(raw, web.hub.groups.trust).checkpoint.number == 1
