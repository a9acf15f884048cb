"""Replaying the same seals in any order of arrival, repeats included, gives byte-identical state (promise 5).

A hub is restored from the documents of another one: seals of both phones (one of them cloned), the branch's
seals, texts. In whatever order they come back, and however often, the group is the same to the byte.
"""

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import json

from calc.cash import in_transit
from calc.dues import book_digest
from calc.reconcile import reconcile
from calc.states import states
from hub.documents import document_id
from hub.service.group.groups import Groups
from hub.service.group.known import known_facts
from hub.store.sqlite import SqliteStore, create
from protocol.merge import merge
from protocol.phone_log import PhoneLog
from protocol.posting_facts import Reversed
from tests.calc.pictures import picture
from tests.facts import an
from tests.hub.builders import GROUP, Phone, visit
from tests.hub.days import DAY, NEXT, told
from tests.hub.pushes import push


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """A settled day with a duplicate, a void, transfers, a gap, a fork, a reversal, and seals that wait."""
    day = told(tmp_path_factory.mktemp("first"))
    twin = Phone(GROUP, 1, 0)
    twin.signer, twin.log = day.leader.signer, day.leader.log
    twin.entries, twin.hashes = list(day.leader.entries[:2]), list(day.leader.hashes[:3])
    twin.write(visit())
    push(day.branch, twin.seal(3), asker=day.leader)
    day.count(1_043_726)
    day.settle()
    day.say(an(Reversed, posted=(0, len(day.entries) - 3), day=NEXT, cause="mistyped"), day=NEXT)
    for seq in (1, 2):
        day.collect(day.deputy, 3, 5_000 * seq, 162_740, due_to=NEXT)
    push(day.branch, day.deputy.seal(5), asker=day.deputy)
    push(day.branch, day.deputy.seal(4, 4), asker=day.deputy)
    return day


@pytest.fixture(scope="module")
def documents(story):
    """Everything that its store holds."""
    return story.branch.store.scan("")


def digest(state):
    """One hash over the book, the merged facts, every state, due, explanation and the cash."""
    facts = known_facts(state)
    known = states(state.book, facts)
    told_ = [
        repr(picture(state.book)),
        repr(state.facts),
        repr(facts.forks),
        repr([(ref, known[ref]) for ref in known]),
        repr([reconcile(state.book, facts, fact.ref) for fact in facts.all]),
        repr(sorted(in_transit(state.book, facts).items())),
        book_digest(state.book, DAY).hex(),
        json.encode([seal.raw for seal in state.phone_seals]).decode(),
    ]
    return sha256("\0".join(told_).encode()).hexdigest()


def test_the_story_has_what_could_go_wrong(story):
    state = story.state
    assert [log.forked_at is not None for log in state.phones.values()] == [True, False]
    assert {state.cause for state in states(state.book, known_facts(state)).values()} >= {
        "possible_duplicate",
        "fork",
    }


FEW = settings(max_examples=max(10, settings().max_examples // 10))


@FEW
@given(choice=st.data())
def test_law_a_hub_that_is_refilled_in_any_order_has_the_same_group(
    story, documents, tmp_path_factory, choice
):
    arriving = choice.draw(st.permutations(documents))
    again = choice.draw(st.lists(st.sampled_from(documents), max_size=5))
    place = tmp_path_factory.mktemp("restored") / "hub.sqlite"
    create(place)
    store = SqliteStore(place)
    for document in [*again, *arriving, *again]:
        store.add([document])
    assert store.ids("") == tuple(sorted(map(document_id, documents)))
    trust = story.groups.trust
    assert digest(Groups(store, trust, None, story.groups.clock).load(GROUP)) == digest(story.state)
    store.close()


@FEW
@given(choice=st.data())
def test_law_phone_seals_that_come_in_any_order_are_merged_into_one(story, choice):
    state = story.state
    sealed = [(seal.writer, seal.raw) for seal in state.phone_seals]
    arriving = choice.draw(st.permutations([*sealed, *sealed]))
    logs = {}
    for (writer, epoch), known in state.phones.items():
        opening = next(
            placed.raw
            for placed in state.log.entries
            if getattr(placed.entry, "spki", None) == known.spki and placed.entry.epoch == epoch
        )
        logs[writer, epoch] = PhoneLog(GROUP, opening, story.groups.trust.root_spki)
    for writer, raw in arriving:
        logs[writer, 0].add(raw, story.groups.trust.verifier)
    assert merge(state.book.received, logs) == state.facts
