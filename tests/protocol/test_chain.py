"""The hash chain (L5), and how a run of entries fits onto what is known of its log (L7)."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.chain import Fit, Run, fit, genesis, link, links
from protocol.errors import ForkError, GapError

HASHES = tuple(sha256(bytes([seq])).digest() for seq in range(8))  # h_0 … h_7 of the known log, 7 entries
OTHER = sha256(b"another history").digest()


def run(first_seq, *hashes):
    """A run that starts at ``first_seq``; its first hash is the one before it."""
    return Run(first_seq, hashes[0], hashes[1:])


def test_the_genesis_binds_the_root_and_the_opening():
    expected = sha256(b"tovay/genesis/1\0" + sha256(b"root").digest() + b"opening").digest()
    assert genesis(b"root", b"opening") == expected
    assert len({expected, genesis(b"toor", b"opening"), genesis(b"root", b"opening2")}) == 3


def test_each_hash_binds_the_one_before_and_the_entry():
    first = sha256(b"tovay/entry/1\0" + HASHES[0] + b"one").digest()
    second = sha256(b"tovay/entry/1\0" + first + b"two").digest()
    assert link(HASHES[0], b"one") == first
    assert links(HASHES[0], [b"one", b"two"]) == (first, second)
    assert links(HASHES[0], []) == ()


@given(st.lists(st.binary(min_size=1, max_size=20), max_size=10), st.integers(0, 10))
def test_a_chain_may_be_followed_in_two_parts(entries, cut):
    head = links(HASHES[0], entries[:cut])
    rest = links(head[-1] if head else HASHES[0], entries[cut:])
    assert head + rest == links(HASHES[0], entries)


def test_the_next_entries_extend_the_log():
    found = run(8, HASHES[7], OTHER)
    assert fit(found, 7, HASHES.__getitem__) is Fit.EXTENDS
    assert found.last_seq == 8


def test_entries_that_are_known_repeat_it():
    assert fit(run(3, *HASHES[2:6]), 7, HASHES.__getitem__) is Fit.REPEAT
    assert fit(run(1, *HASHES), 7, HASHES.__getitem__) is Fit.REPEAT


def test_an_overlap_that_agrees_extends_and_is_no_fork():
    assert fit(run(6, *HASHES[5:8], OTHER), 7, HASHES.__getitem__) is Fit.EXTENDS


def test_a_missing_entry_is_a_gap_that_says_where():
    with pytest.raises(GapError) as gap:
        fit(run(9, OTHER, OTHER), 7, HASHES.__getitem__)
    assert gap.value.want == 8


@pytest.mark.parametrize(
    ("found", "seq"),
    [
        (run(1, OTHER, HASHES[1]), 0),
        (run(8, OTHER, HASHES[1]), 7),
        (run(6, HASHES[5], OTHER, HASHES[7]), 6),
        (run(6, HASHES[5], HASHES[6], OTHER, OTHER), 7),
    ],
)
def test_B42_another_hash_at_a_known_place_is_a_fork_that_says_where(found, seq):
    with pytest.raises(ForkError) as fork:
        fit(found, 7, HASHES.__getitem__)
    assert fork.value.seq == seq


def test_a_run_onto_an_empty_log_continues_its_genesis():
    assert fit(run(1, HASHES[0], HASHES[1]), 0, HASHES.__getitem__) is Fit.EXTENDS
    with pytest.raises(ForkError):
        fit(run(1, OTHER, HASHES[1]), 0, HASHES.__getitem__)
