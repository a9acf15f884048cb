"""Hypothesis profiles for the whole suite, of which `CI` chooses ci, and which tests run without coverage."""

import os
from pathlib import Path

import pytest
from hypothesis import is_hypothesis_test, settings

settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile("ci", max_examples=300, deadline=None, derandomize=True, database=None)
settings.register_profile("deep", max_examples=20_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))

HERE = Path(__file__).parent
STORIES, HOUSE = HERE / "system", HERE / "house"


def pytest_collection_modifyitems(items):
    """Mark laws, seeds, crashes, stories and house rules ``unmeasured``; stories, the longest, begin."""
    for test in items:
        marked = test.get_closest_marker("seeds") or test.get_closest_marker("crash")
        if marked or is_hypothesis_test(test.obj) or {STORIES, HOUSE} & set(test.path.parents):
            test.add_marker(pytest.mark.unmeasured)
    items.sort(key=lambda test: STORIES not in test.path.parents)
