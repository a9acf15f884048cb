"""Ids that a process keeps for a while because a list may lag behind them."""

import time

from hub.store.seen import Seen


def test_what_was_noted_is_known_by_its_prefix_and_place():
    seen = Seen()
    seen.note(["KM-001:text:0", "KM-001:text:1", "KM-0010:text:0", "KM-002:text:0"])
    assert seen.within("KM-001:text:", "") == ({"KM-001:text:0", "KM-001:text:1"}, frozenset())
    assert seen.within("KM-001:text:", "KM-001:text:0") == ({"KM-001:text:1"}, frozenset())
    assert len(seen.within("", "")[0]) == 4
    assert seen.within("KM-003:", "") == (frozenset(), frozenset())


def test_what_went_is_known_as_gone_until_it_comes_again():
    seen = Seen()
    seen.note(["KM-001:summary"])
    seen.note(["KM-001:summary"], is_there=False)
    assert seen.within("KM-001:", "") == (frozenset(), {"KM-001:summary"})
    seen.note(["KM-001:summary"])
    assert seen.within("KM-001:", "") == ({"KM-001:summary"}, frozenset())


def test_what_was_noted_long_ago_is_forgotten():
    seen = Seen(kept_s=0.05)
    seen.note(["KM-001:text:0", "KM-001:text:1"])
    time.sleep(0.1)
    seen.note(["KM-001:text:1"])
    assert seen.within("", "") == ({"KM-001:text:1"}, frozenset())
    time.sleep(0.1)
    seen.note(["KM-002:text:0"])
    assert seen.within("KM-001:", "") == (frozenset(), frozenset())


def test_no_more_is_kept_than_fits():
    seen = Seen(kept_max=3)
    seen.note([f"KM-001:text:{number}" for number in range(5)])
    assert seen.within("", "")[0] == {f"KM-001:text:{number}" for number in (2, 3, 4)}
