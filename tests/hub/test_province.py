"""``tovay-hub province`` and its page: what people read, and exit codes.

One of two branches, KM of ``tests.hub.rolled``, has sent a roll-up.
"""

import io
import json
import re
import signal
import subprocess

import anyio
import httpx
import msgspec
import pytest
from msgspec import structs
from python_calamine import CalamineWorkbook

from hub.documents import group_listing, travelling
from hub.rollups import province_app, province_of
from hub.service.rollup.document import RollUp, listing
from tests.couchdb.servers import Room
from tests.hub.provinces import AT_NOON, Province
from tests.hub.rolled import PERSONAL, checked, rolled, two_groups
from tests.hub.served import ENVIRON, ROOT, TOVAY_HUB, WAIT_S
from tests.hub.test_pages import HERE, Reader, seen


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    """The roll-up of KM as it travels."""
    day = two_groups(tmp_path_factory.mktemp("km"))
    checked(day)
    return travelling("KM", rolled(day).document)


def filled_room(couch, document):
    """Databases of a branch of which that of the roll-ups holds one."""
    room = Room(couch)
    assert couch.http.put(f"/{room.name}-rollup").status_code == 201
    couch.put(f"{room.name}-rollup/{document['_id']}", document)
    return room


@pytest.fixture(scope="module")
def sent(couch, document):
    """A database with that roll-up, which no test changes."""
    room = filled_room(couch, document)
    yield room.name
    room.close()


@pytest.fixture
def filled(tmp_path, couch, sent):
    """A province over it."""
    return Province(tmp_path, couch, sent)


@pytest.fixture
def own(tmp_path, couch, document):
    """A province over a database that the test may change."""
    room = filled_room(couch, document)
    yield Province(tmp_path, couch, room.name)
    room.close()


@pytest.fixture
def province(tmp_path, couch):
    """A province whose database is not there."""
    return Province(tmp_path, couch, "tovay-none")


UNKNOWN = "Có 1 khoản vay chưa tính được lãi, ở Kinh Môn (KM)."


def test_the_status_names_who_is_there_and_who_is_missing(run, filled):
    code, said, _ = run("province", "status", "--config", filled.config())
    assert code == 1
    assert said[0] == "HD Hải Dương: chưa có."
    place = r"điểm chốt số 1, dấu [0-9a-f]{8}\."
    assert re.fullmatch(rf"KM Kinh Môn: đã có, ngày 17/12/2025, bản số 1, cách đây 0 ngày, {place}", said[1])
    assert said[2:] == ["Cộng 1/2 chi nhánh.", "Chưa có số liệu của Hải Dương (HD).", UNKNOWN]
    code, said, _ = run("province", "status", "--config", filled.config(branches={"KM": "Kinh Môn"}))
    assert (code, said[1:]) == (0, ["Cộng 1/1 chi nhánh.", UNKNOWN])


def test_the_status_is_told_to_programs_too(run, filled):
    code, said, _ = run("province", "status", "--json", "--config", filled.config())
    found = json.loads(said[0])
    assert (code, found["is_whole"], found["counted"], found["expected"]) == (1, False, 1, 2)
    assert [(one["branch"], one["state"], one["day"]) for one in found["branches"]] == [
        ("HD", "missing", None),
        ("KM", "fresh", "2025-12-17"),
    ]
    assert found["totals"]["received_dong"] == 791_726


def test_an_old_roll_up_is_added_up_and_marked(run, filled):
    words = ("province", "status", "--day", "2025-12-20", "--config")
    one = filled.config(branches={"KM": "Kinh Môn"})
    code, said, _ = run(*words, one)
    assert code == 1
    assert said[0].startswith("KM Kinh Môn: đã cũ, ngày 17/12/2025, bản số 1, cách đây 3 ngày")
    assert said[1:] == [
        "Cộng 1/1 chi nhánh.",
        "Số liệu của Kinh Môn (KM) đã cũ từ 3 ngày trở lên; số cũ vẫn được cộng.",
        UNKNOWN,
    ]
    assert run(*words, filled.config(branches={"KM": "Kinh Môn"}, old_days=4))[0] == 0


FIGURES = {
    "branches": {"groups": 2, "loans_unknown": 1},
    "balances": {"households": 4, "principal_dong": 218_520_000, "savings_dong": 390_000},
    "collection": {"received_dong": 791_726, "current_dong": 781_479, "of_all_ppm": 1_013_112},
    "work": {"days_settled": 1, "days_unsettled": 0, "phones": 2},
    "communes": {"principal_dong": 218_520_000, "overdue_ppm": 32_034},
    "organisations": {"principal_dong": 218_520_000, "of_current_ppm": 1_013_112},
    "programmes": {"loans": 7, "principal_dong": 218_520_000, "overdue_dong": 7_000_000},
}


@pytest.mark.parametrize("form", ["text", "csv", "xlsx", "json"])
def test_every_table_says_over_how_many_branches_it_is_and_from_where(run, filled, form, tmp_path):
    for kind, figures in FIGURES.items():
        file = tmp_path / f"{kind}.{form}"
        config = filled.config()
        assert run("province", "table", kind, "--config", config, "--format", form, "--out", file)[0] == 0
        made = file.read_bytes()
        if form == "json":
            found = json.loads(made)
            assert {key: found["totals"].get(key) for key in figures} == figures
            assert ["CHÚ Ý", "Chưa có số liệu của Hải Dương (HD)."] in found["closing"]
        elif form == "xlsx":
            cells = CalamineWorkbook.from_filelike(io.BytesIO(made)).get_sheet_by_index(0).to_python()
            assert "Cộng 1/2 chi nhánh" in {cell for row in cells for cell in row}
        else:
            page = made.decode().replace("\xa0", " ")
            assert "Cộng 1/2 chi nhánh" in page
            assert "KM ngày 17/12/2025, bản số 1, điểm chốt số 1, dấu " in page


def test_the_page_shows_the_sums_and_who_is_missing_from_them(filled):
    page = Reader(filled.get().text)
    words = seen(page)
    assert "Cộng 1/2 chi nhánh · số liệu ngày: 17/12/2025" in words
    assert "Chưa có số liệu của Hải Dương (HD)." in words
    assert "Dư nợ gốc 218.520.000 đ" in words
    assert "Tỷ lệ thu trên lãi trong tháng 101,3112 %" in words
    assert "HD Hải Dương chưa có" in words
    assert [name for name in PERSONAL if name in words] == []
    assert "script" not in page.tags
    for link in page.links:
        assert filled.get(link).status_code == 200
    assert filled.get("/tables/balances.csv").text.startswith('\ufeff"DƯ NỢ, NỢ QUÁ HẠN')


def test_the_page_looks_back_from_a_day(filled):
    words = seen(Reader(filled.get("/?day=2025-12-16").text))
    assert "Cộng 0/2 chi nhánh · số liệu ngày: chưa có" in words
    assert "Chưa có số liệu của Hải Dương (HD), Kinh Môn (KM)." in words
    assert "Tỷ lệ quá hạn chưa có" in words
    assert filled.get("/tables/balances.csv?day=2025-12-16").status_code == 200


@pytest.mark.parametrize(
    "path", ["/?day=2025-02-30", "/?day=1&day=2", "/tables/x.csv", "/tables/balances", "/no"]
)
def test_an_address_that_names_nothing_is_not_found(filled, path):
    assert filled.get(path).status_code == 404


def test_the_page_is_for_its_own_machine(filled):
    assert filled.get(peer="192.0.2.1").status_code == 403


def test_a_name_from_the_settings_is_words_and_never_markup(filled):
    text = filled.get(title="<b>Tỉnh</b>", branches={"KM": "<i>Kinh</i>"}).text
    assert "<b>Tỉnh" not in text
    assert "<i>Kinh" not in text


def test_a_server_that_fails_later_gives_a_page_that_says_so(own):
    with province_of(own.config(), AT_NOON) as province:
        own.couch.drop(own.settings["database"].removesuffix("-rollup"))
        transport = httpx.ASGITransport(app=province_app(province), client=("127.0.0.1", 50_000))

        async def ask():
            async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
                return await client.get("/")

        answer = anyio.run(ask)
    assert answer.status_code == 503
    assert answer.headers["content-type"].startswith("text/html")


WRONG = {
    "an address where nobody is": ({"url": "http://127.0.0.1:9"}, "Không kết nối được tới CouchDB."),
    "another database": ({"database": "tovay-no-such"}, "CouchDB không có cơ sở dữ liệu tovay-no-such."),
    "a password file that is not there": ({"password_file": "none"}, "Không đọc được mật khẩu CouchDB"),
    "no branches": ({"branches": {}}, "có nội dung không hợp lệ ở mục branches."),
    "a branch that is no code": ({"branches": {"K M": "x"}}, "có nội dung không hợp lệ"),
    "an unknown key": ({"more": 1}, "có nội dung không hợp lệ ở mục more."),
    "an address with a password in it": ({"url": "http://a:b@127.0.0.1"}, "không hợp lệ ở mục url."),
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("command", ["status", "table", "serve"])
def test_wrong_settings_get_one_sentence_and_exit_1(run, province, name, command):
    changes, sentence = WRONG[name]
    code, said, wrong = run("province", command, "--config", province.config(**changes))
    assert (code, said) == (1, [])
    assert sentence in wrong
    assert len(wrong.splitlines()) == 1


def test_a_wrong_password_is_told_as_one(run, filled):
    (filled.folder / "password").write_text("khác\n", encoding="utf-8")
    code, said, wrong = run("province", "status", "--config", filled.config())
    assert (code, said) == (1, [])
    assert wrong == "CouchDB từ chối: sai tên đăng nhập, sai mật khẩu hoặc thiếu quyền."


def test_the_database_of_a_branch_itself_is_none_of_roll_ups(run, filled, room):
    room.open().add([group_listing("KM-001")])
    code, said, wrong = run("province", "status", "--config", filled.config(database=room.name))
    assert (code, said) == (1, [])
    assert wrong.startswith(f"Cơ sở dữ liệu {room.name} có dữ liệu khác, không phải chỉ số liệu tổng hợp")


def test_settings_that_are_not_there_are_named(run, tmp_path):
    missing = tmp_path / "province.toml"
    assert run("province", "status", "--config", missing) == (1, [], f"Không đọc được tệp {missing}.")


def test_sums_over_different_days_say_so(run, own, document):
    earlier = structs.replace(msgspec.convert(document["rollup"], RollUp), branch="HD", day="2025-12-16")
    made = travelling("HD", listing(earlier))
    own.couch.put(f"{own.settings['database']}/{made['_id']}", made)
    code, said, _ = run("province", "status", "--config", own.config())
    assert (code, said[2]) == (0, "Cộng 2/2 chi nhánh.")
    assert said[3] == "Số liệu không cùng một ngày: sớm nhất 16/12/2025, muộn nhất 17/12/2025."


def test_a_roll_up_of_a_newer_program_is_named_and_left_out(run, own):
    (document,) = own.held()
    later = document | {"_id": "KM:rollup:2025-12-17:000002", "rollup": {"format": 2}}
    own.couch.put(f"{own.settings['database']}/{later['_id']}", later)
    code, said, _ = run("province", "status", "--config", own.config())
    assert code == 1
    assert said[1] == "KM Kinh Môn: bản mới hơn, ngày 17/12/2025, bản số 2, cách đây 0 ngày."
    assert said[2:4] == ["Cộng 0/2 chi nhánh.", "Chưa có số liệu của Hải Dương (HD)."]
    assert said[4].startswith("Số liệu của Kinh Môn (KM) do phiên bản tovay mới hơn lập: vẫn được giữ")


def test_the_page_is_served_until_a_signal_says_stop(filled):
    words = ("province", "serve", "--config", str(filled.config(port=0)))
    running = subprocess.Popen(
        [*TOVAY_HUB, *words], env=ENVIRON, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    address = json.loads(running.stdout.readline())["address"]
    assert "Cộng 0/2 chi nhánh" in httpx.get(address, trust_env=False, timeout=WAIT_S).text
    running.send_signal(signal.SIGTERM)
    assert running.wait(WAIT_S) == 0
    running.stdout.close()
