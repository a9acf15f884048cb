"""What a person has to put right in a group's log, as the report shows it."""

import pytest

from calc.errors import HistoryFault, RateFault
from calc.problems import Oddity
from hub.service.loan_book.imports import directory_of
from hub.service.reports.problems import PROBLEMS
from hub.service.reports.scope import Wish, make
from hub.service.reports.wording import FAULTS, SENTENCES
from protocol.loan_facts import LoanFrozen, PrincipalRepaid
from protocol.roster_facts import MemberMoved, RateDecided
from tests.facts import an
from tests.hub.builders import GROUP
from tests.hub.days import DAY, CollectionDay


@pytest.fixture
def day(tmp_path):
    return CollectionDay(tmp_path)


def rows(day, **given):
    """Rows of the report without the group."""
    sheet = make(PROBLEMS, [day.state], directory_of(day.branch.store), Wish(DAY, **given))
    return [row[1:] for row in sheet.rows]


def append(day, *entries):
    """Entries get into the log that no run of today would let in; returns the place of the first."""
    day.groups.append(GROUP, lambda state: [] if entries[-1] in day.entries else [list(entries)])
    return f"0.{day.state.book.position.seq - len(entries) + 1}"


def test_every_oddity_and_every_fault_has_its_sentence():
    assert set(SENTENCES) == set(Oddity)
    assert set(FAULTS) == {fault.value for fault in (*HistoryFault, *RateFault)}
    assert len({*SENTENCES.values()}) == len(SENTENCES)


def test_a_clean_log_has_nothing_to_put_right(day):
    assert rows(day) == []


def test_a_fact_that_does_not_count_is_told_with_its_place_person_and_reason(day):
    loan = day.state.book.loans[1]
    repaid = PrincipalRepaid(1, DAY, 10**9, None, "CB001")
    place = append(day, repaid, LoanFrozen(1, DAY, DAY + 9, 10**9, None, "CB001"), an(MemberMoved, member=9))
    found = rows(day)
    assert found[0][0] == place
    assert found[0][2:] == (
        loan.number,
        "trả gốc 1.000.000.000\xa0đ tại quầy 17/12/2025",
        "trả gốc nhiều hơn dư nợ của ngày đó hoặc của một ngày sau",
        "không tính",
    )
    assert found[0][1] == found[1][1] is not None
    assert found[1][4] == "khoanh nhiều hơn dư nợ chưa khoanh"
    assert found[2][1:] == (
        None,
        None,
        "tổ viên rời tổ từ 17/12/2025",
        "tổ không có tổ viên này",
        "không tính",
    )


def test_a_loan_whose_interest_cannot_be_computed_is_told_too(day):
    highest = max(day.state.book.decisions.numbers)
    factor = an(RateDecided, number=highest + 1, kind="factor", ppm=333_333, effective_from=DAY - 3)
    append(day, factor)
    found = rows(day)
    assert {row[3] for row in found} == {"lãi đến ngày 17/12/2025"}
    assert {row[4:] for row in found} == {
        ("lãi suất sau khi điều chỉnh không phải là số nguyên phần triệu", "chưa tính được")
    }
    assert all(row[2] for row in found)
