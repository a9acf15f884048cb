"""What goes on from where it stood is what is folded anew, at every step of branches played from seeds."""

from enum import Enum

import pytest
from msgspec import Struct

from edge.phone import Phone, read_group
from hub.service.group.loading import Loading
from hub.service.group.state import fold_group
from tests.system.simulate.plan import draw
from tests.system.simulate.play import play

pytestmark = pytest.mark.seeds

SEEDS = range(70_000, 70_008)
WORKED_OUT_WHEN_ASKED = {"_tables", "_sides", "_size", "facts", "texts", "size", "is_contradicted"}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_group_of_the_hub_goes_on_to_what_it_is_when_all_is_folded_anew(monkeypatch, seed):
    compared = []

    def watched(real):
        def brought_up(self, group, *stored):
            known = self.last(group)
            before = plain(known)
            state = real(self, group, *stored)
            anew = fold_group(group, self.documents(group), self._trust)
            assert plain(state) == plain(anew)
            assert state.facts == anew.facts
            assert (state.texts, state.size) == (anew.texts, anew.size)
            assert state.is_contradicted == anew.is_contradicted
            assert plain(known) == before
            compared.append((real.__name__, known is not None and known is not state))
            return state

        return brought_up

    for real in (Loading.load, Loading.take):
        monkeypatch.setattr(Loading, real.__name__, watched(real))
    assert play(draw(seed)).violation is None
    assert {("load", True), ("take", True)} <= {*compared}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_phone_goes_on_to_what_it_reads_back_from_its_disk(monkeypatch, seed):
    compared = []
    real = Phone.go_on

    def go_on(phone, group):
        anew = read_group(phone.device, phone.identity)
        assert plain(group) == plain(anew)
        assert group.facts() == anew.facts()
        compared.append(group.tip)
        real(phone, group)

    monkeypatch.setattr(Phone, "go_on", go_on)
    assert play(draw(seed)).violation is None
    assert compared


def plain(held):
    """All that is held at any depth, as values that compare; the order of what is looked up means nothing."""
    if isinstance(held, list | tuple):
        return [plain(one) for one in held]
    if isinstance(held, dict):
        return {plain_key(key): plain(one) for key, one in held.items()}
    if isinstance(held, Enum | type) or not (isinstance(held, Struct) or hasattr(held, "__dict__")):
        return held
    fields = {name: getattr(held, name) for name in getattr(held, "__struct_fields__", ())}
    fields |= {name: one for name, one in getattr(held, "__dict__", {}).items() if "verifier" not in name}
    told = {name: plain(one) for name, one in fields.items() if name not in WORKED_OUT_WHEN_ASKED}
    return type(held), told


def plain_key(key):
    return key if isinstance(key, str | int | bytes) else repr(key)
