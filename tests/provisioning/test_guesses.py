"""Refusals at the doors: counted by source and in all, and bounded on the disk (R94)."""

import pytest

from provisioning.errors import BadMessageError, TooManyGuessesError
from provisioning.guesses import Guesses
from provisioning.settings import REGISTER, Settings

WINDOW_MS = 600_000
ERROR = BadMessageError("junk")


@pytest.fixture
def guesses(branch):
    return Guesses(branch.directory / REGISTER, Settings("KM", guesses_per_source=3, guesses_in_all=6))


def guess(guesses, source, at):
    guesses.check(source, at)
    return guesses.refused(ERROR, "enrol", source, at).code


def test_R94_a_source_is_not_heard_after_too_many_refusals(guesses):
    assert [guess(guesses, "10.0.0.1", at) for at in (1, 2, 3)] == ["bad_message"] * 3
    with pytest.raises(TooManyGuessesError) as caught:
        guesses.check("10.0.0.1", 4)
    assert caught.value.retry_after_s == 600
    guesses.check("10.0.0.2", 4)
    guesses.check("10.0.0.1", 1 + WINDOW_MS)


def test_R94_guesses_from_everywhere_are_answered_429_and_fill_no_disk(guesses, branch):
    codes = [guess(guesses, f"10.0.0.{number}", number) for number in range(1, 500)]
    assert codes == ["bad_message"] * 6 + ["too_many_guesses"] * 493
    assert len(branch.audit()) == 6 + 1
    assert branch.audit()[-1] == ("10.0.0.7", "alarm", "enrolment", "too_many_guesses")


def test_R94_the_next_window_raises_its_own_alarm(guesses, branch):
    for start in (0, WINDOW_MS):
        for number in range(1, 9):
            guess(guesses, f"10.0.0.{number}", start + number)
    assert [row[1] for row in branch.audit()].count("alarm") == 2
