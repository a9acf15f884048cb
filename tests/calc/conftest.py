"""The two phones of a module's ``group``."""

import pytest


@pytest.fixture
def leader(group):
    """The leader's phone."""
    return group.phones[1, 0]


@pytest.fixture
def deputy(group):
    """The deputy's phone."""
    return group.phones[2, 0]
