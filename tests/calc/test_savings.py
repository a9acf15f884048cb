"""Savings balances at any place and day (B1, B9, B21, B23)."""

import pytest

from protocol.ids import Position
from protocol.posting_facts import Posted, PostedSavings
from protocol.roster_facts import SavingsMoved
from tests.calc.groups import D, Group
from tests.facts import an


@pytest.fixture
def group():
    """One member with 100,000 đ saved."""
    made = Group()
    made.member(100_000)
    return made


def balance(group, day=D, **given):
    """Balance of the one account."""
    return group.book.accounts[1].balance(group.book.view(**given), day)


def test_the_kind_of_a_movement_gives_its_sign(group):
    for kind, expected in (
        ("deposit", 110_000),
        ("withdrawal", 100_000),
        ("interest", 110_000),
        ("transfer", 100_000),
    ):
        group.tell(SavingsMoved(1, kind, D, 10_000, None, "CB001"))
        assert balance(group) == expected


def test_B23_a_deposit_counts_from_the_day_of_its_posting_once_that_is_settled(group):
    before = group.tell(an(Posted, day=D, savings=(PostedSavings(1, 30_000),)))
    assert (balance(group), balance(group, staged=True)) == (100_000, 130_000)
    group.settle()
    assert (balance(group), balance(group, day=D - 1)) == (130_000, 100_000)
    assert balance(group, at=before) == 100_000


def test_B23_interest_comes_from_the_core_alone(group):
    assert balance(group, day=D + 3_650) == 100_000
    place = group.tell(SavingsMoved(1, "interest", D, 417, "LS-12", "core"))
    assert (balance(group), balance(group, at=Position(0, place.seq - 1))) == (100_417, 100_000)
