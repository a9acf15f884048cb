"""The third quarter of the seeds that every run of the tests plays; see ``tests.system.simulate``."""

import pytest

from tests.system.simulate.seeds import all_hold

pytestmark = pytest.mark.seeds


def test_nothing_is_lost_in_the_third_quarter_of_the_seeds():
    all_hold(2)
