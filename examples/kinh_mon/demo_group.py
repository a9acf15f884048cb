"""Group KM-001, written by hand: the households that the collection day of 17/12/2025 is told with."""

from datetime import date
from typing import NamedTuple

from group_book import Balances, GroupBook, Terms, interest, overdue_rate
from households import MILLION, write_monthly_interest
from people import identity

_LAST_DAY = date(2025, 11, 17)


class Loan(NamedTuple):
    """One loan brought forward."""

    terms: Terms
    balances: Balances


class Household(NamedTuple):
    """A member, the balances of the savings accounts, and the loans brought forward."""

    name: str
    savings: tuple[int, ...] = ()
    loans: tuple[Loan, ...] = ()


def _plain(programme: str, opened_on: date, due_on: date, in_term: int, ppm: int | None = None) -> Loan:
    return Loan(Terms(programme, opened_on, due_on, ppm=ppm), Balances(in_term=in_term))


_HOUSEHOLDS = (
    Household(
        "Phạm Thị Lụa",
        (1_845_200,),
        (_plain("CN", date(2023, 4, 18), date(2028, 4, 18), 50 * MILLION),),
    ),
    Household(
        "Vũ Văn Tịnh",
        (620_000,),
        (_plain("HN", date(2022, 9, 12), date(2027, 9, 12), 70 * MILLION),),
    ),
    Household(
        "Nguyễn Thị Mơ",
        (950_300,),
        (
            _plain("HN", date(2024, 3, 15), date(2029, 3, 15), 40 * MILLION),
            _plain("NS", date(2024, 3, 15), date(2029, 3, 15), 20 * MILLION),
        ),
    ),
    Household(
        "Trần Văn Khải",
        (215_000,),
        (
            Loan(
                Terms("VKK", date(2022, 9, 15), date(2025, 9, 15)),
                Balances(
                    overdue=30 * MILLION,
                    arrears_in_term=interest(30 * MILLION * 90_000 * 29),
                    arrears_overdue=interest(
                        30 * MILLION * overdue_rate(90_000) * (_LAST_DAY - date(2025, 9, 15)).days
                    ),
                ),
            ),
        ),
    ),
    Household(
        "Đỗ Thị Ngát",
        (1_120_000,),
        (
            Loan(
                Terms("HSSV", date(2023, 9, 20), date(2033, 9, 20), date(2028, 9, 20)),
                Balances(
                    in_term=60 * MILLION,
                    arrears_grace=interest(60 * MILLION * 66_000 * (_LAST_DAY - date(2023, 9, 20)).days),
                ),
            ),
            _plain("HN", date(2024, 1, 17), date(2027, 1, 17), 20 * MILLION),
        ),
    ),
    Household(
        "Hoàng Văn Vượng",
        (12_345_000,),
        (_plain("HN", date(2023, 6, 17), date(2026, 6, 17), 30 * MILLION),),
    ),
    Household(
        "Bùi Thị Xuyến",
        (480_000,),
        (
            Loan(
                Terms("CN", date(2023, 11, 8), date(2026, 11, 8)),
                Balances(in_term=30 * MILLION, prepaid=200_000),
            ),
        ),
    ),
    Household(
        "Y Blâm",
        (75_000,),
        (
            _plain("DB", date(2024, 5, 6), date(2027, 5, 6), 10 * MILLION),
            _plain("GQVL", date(2024, 10, 22), date(2029, 10, 22), 50 * MILLION, ppm=39_600),
        ),
    ),
    Household(
        "Đặng Thị Thơm",
        (305_000,),
        (
            Loan(
                Terms("CN", date(2023, 2, 24), date(2028, 2, 24)),
                Balances(in_term=40 * MILLION, arrears_in_term=interest(40 * MILLION * 79_200 * 61)),
            ),
            _plain("NS", date(2022, 12, 9), date(2027, 12, 9), 25 * MILLION),
        ),
    ),
    Household("Ngô Đức Thắng", (1_500_000,)),
    Household(
        "Mạc Thị Kim Liên",
        (2_260_000,),
        (_plain("GQVL", date(2024, 8, 14), date(2029, 8, 14), 80 * MILLION),),
    ),
    Household(
        "Sùng A Páo",
        (90_000,),
        (
            Loan(
                Terms("HN", date(2021, 7, 30), date(2026, 7, 30)),
                Balances(frozen=50 * MILLION, frozen_until=date(2028, 4, 15), arrears_in_term=137_425),
            ),
            _plain("NS", date(2023, 5, 19), date(2028, 5, 19), 20 * MILLION),
        ),
    ),
    Household(
        "Lê Quang Chiến",
        (730_000,),
        (
            Loan(
                Terms("XK", date(2022, 11, 21), date(2025, 11, 21)),
                Balances(in_term=60 * MILLION, overdue=30 * MILLION),
            ),
        ),
    ),
    Household("Dương Thị Thanh Yến", (410_000,)),
    Household(
        "Quách Văn Nhượng",
        (160_000,),
        (
            Loan(
                Terms("VKK", date(2023, 8, 10), date(2028, 8, 10)),
                Balances(
                    in_term=30 * MILLION,
                    overdue=15 * MILLION,
                    arrears_overdue=interest(15 * MILLION * overdue_rate(90_000) * 30),
                    prepaid=50_000,
                ),
            ),
            _plain("MTN", date(2024, 6, 26), date(2029, 6, 26), 60 * MILLION),
        ),
    ),
    Household("Đào Thị Én", (6_400_000, 2_150_000)),
)

_TENTH, _ELEVENTH, _THIRTEENTH, _FOURTEENTH = 10, 11, 13, 14


def write_demo_group(book: GroupBook, hamlet: str) -> None:
    """All households, then what happened at the counter and the loans with their whole history."""
    for member, household in enumerate(_HOUSEHOLDS, 1):
        customer = book.member(
            member,
            household.name,
            identity(book.number, member),
            None if member % 5 == 0 else f"0100{book.number:03d}{member:03d}",
            f"Số {2 * member + 1}, {hamlet}",
        )
        for nth, balance in enumerate(household.savings, 1):
            book.account(customer, balance, nth)
        loans = [book.brought_forward(customer, loan.terms, loan.balances) for loan in household.loans]
        if member == _ELEVENTH:
            book.event(loans[0], "principal_repaid", date(2025, 12, 2), amount=10 * MILLION)
        if member == _THIRTEENTH:
            book.event(
                loans[0], "loan_extended", date(2025, 12, 2), amount=30 * MILLION, due_on=date(2027, 5, 21)
            )
    _write_two_tranches(book)
    _write_stem_student(book)


def _write_two_tranches(book: GroupBook) -> None:
    terms = Terms("HN", date(2025, 9, 10), date(2028, 9, 10))
    tranches = [(date(2025, 9, 10), 30 * MILLION), (date(2025, 9, 24), 20 * MILLION)]
    repaid_on = date(2025, 11, 3)
    loan = book.opened(book.customer(_TENTH), terms, tranches)
    book.event(loan, "principal_repaid", repaid_on, amount=5 * MILLION)
    book.event(loan, "instalment_scheduled", date(2026, 3, 10), amount=10 * MILLION)
    write_monthly_interest(book, loan, terms, dict([*tranches, (repaid_on, -5 * MILLION)]))


def _write_stem_student(book: GroupBook) -> None:
    terms = Terms("STEM", date(2025, 9, 15), date(2035, 9, 15), date(2030, 9, 15))
    book.opened(book.customer(_FOURTEENTH), terms, [(terms.opened_on, 20 * MILLION)])
