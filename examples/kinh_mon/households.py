"""Ordinary households of the sample: drawn at random, with the troubles that real groups have."""

from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from group_book import AS_OF, Balances, GroupBook, Terms, add_months, interest, overdue_rate
from people import chance, full_name, identity, phone

MEMBERS_MIN, MEMBERS_MAX = 36, 55
MILLION = 1_000_000


class Product(NamedTuple):
    """How often a programme is drawn, its amounts in millions (from, to, step) and its terms in months."""

    programme: str
    weight: int
    amounts: range
    terms: tuple[int, ...]


_PRODUCTS = (
    Product("HN", 22, range(20, 101, 5), (36, 60, 84, 120)),
    Product("CN", 18, range(20, 101, 5), (36, 60, 84, 120)),
    Product("MTN", 14, range(30, 101, 10), (36, 60)),
    Product("NS", 24, range(10, 26, 5), (36, 60)),
    Product("GQVL", 9, range(30, 101, 10), (36, 60, 120)),
    Product("HSSV", 5, range(20, 101, 10), (72, 96, 108)),
    Product("VKK", 4, range(30, 101, 10), (36, 60)),
    Product("XK", 2, range(50, 101, 10), (36,)),
    Product("DB", 2, range(8, 16, 1), (36, 60)),
)
_TROUBLES = (
    ("none", 780),
    ("arrears", 60),
    ("recent", 105),
    ("overdue", 18),
    ("prepaid", 17),
    ("frozen", 8),
    ("extended", 12),
)


def write_households(book: GroupBook, rng: Random, hamlet: str) -> None:
    """All members of one group with their accounts and loans."""
    for member in range(1, rng.randrange(MEMBERS_MIN, MEMBERS_MAX + 1) + 1):
        number = phone(rng, book.number, member)
        customer = book.member(
            member,
            full_name(rng),
            identity(book.number, member),
            number,
            f"Số {rng.randrange(1, 240)}, {hamlet}",
        )
        _write_savings(book, rng, customer)
        _write_loans(book, rng, customer)


def _write_savings(book: GroupBook, rng: Random, customer: str) -> None:
    if not chance(rng, 930):
        return
    balance = rng.randrange(10, 2_400) * 5_000 + rng.randrange(0, 5_000)
    account = book.account(customer, balance)
    if chance(rng, 10):
        book.account(customer, rng.randrange(10, 400) * 5_000, nth=2)
    if chance(rng, 20) and balance > MILLION:
        kind = rng.choice(("deposit", "withdrawal"))
        book.savings_event(account, kind, _after_cut_off(rng), rng.randrange(2, 20) * 50_000)


def _write_loans(book: GroupBook, rng: Random, customer: str) -> None:
    product = rng.choices(_PRODUCTS, [product.weight for product in _PRODUCTS])[0]
    chosen = [product]
    if product.programme != "NS" and chance(rng, 280):
        chosen.append(next(other for other in _PRODUCTS if other.programme == "NS"))
    if chance(rng, 50):
        chosen.append(next(other for other in _PRODUCTS if other.programme == "HSSV"))
    for each in chosen:
        _write_loan(book, rng, customer, each)


def _write_loan(book: GroupBook, rng: Random, customer: str, product: Product) -> None:
    amount = rng.choice(product.amounts) * MILLION
    trouble = rng.choices([name for name, _ in _TROUBLES], [weight for _, weight in _TROUBLES])[0]
    if product.programme == "HSSV":
        _write_student(book, rng, customer, amount)
    elif trouble == "recent":
        _write_recent(book, rng, customer, product, amount)
    elif trouble == "overdue":
        _write_overdue(book, rng, customer, product, amount)
    else:
        _write_running(book, rng, customer, product, amount, trouble)


def _write_running(
    book: GroupBook, rng: Random, customer: str, product: Product, amount: int, trouble: str
) -> None:
    opened_on, term = _running_since(rng, product)
    terms = Terms(product.programme, opened_on, add_months(opened_on, term), ppm=_special_rate(rng, product))
    balance = amount - rng.choice((0, 0, 0, 1, 2, 3)) * amount // 10
    months = rng.randrange(1, 5)
    balances = Balances(in_term=balance)
    if trouble == "arrears":
        owed = interest(balance * terms.rate() * 30 * months)
        balances = Balances(in_term=balance, arrears_in_term=owed)
    elif trouble == "prepaid":
        balances = Balances(in_term=balance, prepaid=rng.randrange(1, 40) * 10_000 + rng.randrange(0, 1000))
    elif trouble == "frozen":
        since = date(2025, rng.randrange(1, 11), 15)
        balances = Balances(frozen=balance, frozen_until=add_months(since, 36))
    loan = book.brought_forward(customer, terms, balances)
    if trouble == "extended":
        book.event(loan, "loan_extended", _after_cut_off(rng), amount=0, due_on=add_months(terms.due_on, 18))
    elif trouble == "none":
        _write_counter(book, rng, loan, terms, balance)


def _write_counter(book: GroupBook, rng: Random, loan: str, terms: Terms, balance: int) -> None:
    if chance(rng, 300):
        due_on = min(terms.due_on, add_months(book.last_day, rng.randrange(1, 8)))
        book.event(loan, "instalment_scheduled", due_on, amount=balance // 5)
    if chance(rng, 15):
        book.event(loan, "principal_repaid", _after_cut_off(rng), amount=rng.randrange(1, 8) * MILLION // 2)
    elif chance(rng, 10):
        book.event(loan, "interest_received", _after_cut_off(rng), amount=rng.randrange(5, 40) * 10_000)


def _write_overdue(book: GroupBook, rng: Random, customer: str, product: Product, amount: int) -> None:
    due_on = date(2025, rng.randrange(2, 11), rng.randrange(1, 29))
    terms = Terms(product.programme, add_months(due_on, -min(product.terms)), due_on)
    balance = amount * rng.randrange(2, 9) // 10
    days = (book.last_day - due_on).days
    owed = interest(balance * overdue_rate(terms.rate()) * max(0, days))
    before = interest(balance * terms.rate() * 30 * rng.randrange(0, 4))
    balances = Balances(overdue=balance, arrears_in_term=before, arrears_overdue=owed)
    book.brought_forward(customer, terms, balances)


def _write_student(book: GroupBook, rng: Random, customer: str, amount: int) -> None:
    opened_on = date(rng.randrange(2021, 2026), rng.choice((2, 9)), rng.randrange(1, 29))
    if opened_on < date(2025, 9, 1):
        grace_end = add_months(opened_on, rng.choice((36, 48, 60)) + 12)
        terms = Terms("HSSV", opened_on, add_months(grace_end, 60), grace_end)
        studied = interest(amount * terms.rate() * (book.last_day - opened_on).days)
        paid_off = grace_end <= AS_OF
        book.brought_forward(
            customer, terms, Balances(in_term=amount, arrears_grace=0 if paid_off else studied)
        )
        return
    programme = rng.choice(("HSSV", "STEM"))
    grace_end = add_months(opened_on, 60)
    terms = Terms(programme, opened_on, add_months(grace_end, 60), grace_end)
    book.opened(customer, terms, [(opened_on, rng.randrange(4, 8) * 5 * MILLION // 2)])


def _write_recent(book: GroupBook, rng: Random, customer: str, product: Product, amount: int) -> None:
    opened_on = date(2025, 4, 2) + timedelta(days=rng.randrange(0, 244))
    terms = Terms(product.programme, opened_on, add_months(opened_on, rng.choice(product.terms)))
    parts = rng.choice((1, 1, 2, 3))
    tranches = [
        (
            opened_on + timedelta(days=9 * nth),
            amount // parts if nth else amount - amount // parts * (parts - 1),
        )
        for nth in range(parts)
    ]
    loan = book.opened(customer, terms, [part for part in tranches if part[0] <= date(2025, 12, 3)])
    moves = dict(tranches)
    repaid_on = opened_on + timedelta(days=rng.randrange(35, 120))
    if chance(rng, 350) and repaid_on <= book.last_day:
        part = rng.randrange(1, 5) * amount // 20
        book.event(loan, "principal_repaid", repaid_on, amount=part)
        moves[repaid_on] = moves.get(repaid_on, 0) - part
    write_monthly_interest(book, loan, terms, moves, missed=chance(rng, 80))


def write_monthly_interest(
    book: GroupBook, loan: str, terms: Terms, moves: dict[date, int], *, missed: bool = False
) -> None:
    """Interest received on every transaction day since the loan was opened, exact to the đồng.

    ``moves`` are the changes of principal by day; with ``missed`` the last two months stay unpaid.
    """
    days, paid = book.transaction_days(terms.opened_on), 0
    for day in days[:-2] if missed else days:
        numerator = sum(
            change * terms.rate() * (day - moved_on).days
            for moved_on, change in moves.items()
            if moved_on < day
        )
        due = interest(numerator) - paid
        if due > 0:
            book.event(loan, "interest_received", day, amount=due)
            paid += due


def _running_since(rng: Random, product: Product) -> tuple[date, int]:
    while True:
        opened_on = date(2018, 1, 5) + timedelta(days=rng.randrange(0, 2_640))
        term = rng.choice(product.terms)
        if add_months(opened_on, term) > date(2025, 12, 31):
            return opened_on, term


def _special_rate(rng: Random, product: Product) -> int | None:
    """Workers of ethnic minorities or with disabilities pay half in job creation."""
    return 39_600 if product.programme == "GQVL" and chance(rng, 200) else None


def _after_cut_off(rng: Random) -> date:
    return date(2025, 12, rng.randrange(1, 4))
