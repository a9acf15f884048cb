"""Seals that cross the line short (L11): the hub makes them whole, or asks for them, and sends its own so."""

from itertools import count

from msgspec import structs

from protocol.exchange import Refused
from protocol.transit import Receiver, is_short, restore, shorten
from tests.hub.builders import visit
from tests.hub.web import answer, asked, code, signed

GROUPS = count(1)


def state(web, phone):
    return web.state(phone.log.group)


def phone_of(web, entries=1):
    """A phone with so many entries that the hub has admitted."""
    phone = web.admit(f"S-{next(GROUPS)}")
    phone.known = state(web, phone).log.tip
    phone.write(*[visit()] * entries)
    return phone


def short(web, phone, *span):
    """A seal of the phone as it crosses the line."""
    held = Receiver(
        phone.log.group, phone.writer, lambda _, seq: phone.hashes[seq], state(web, phone).log.hash_at
    )
    made = shorten(phone.seal(*span), held)
    assert is_short(made)
    return made


def exchange(web, phone, *sealed, known=None, **given):
    body = asked(phone.log.group, *sealed, known=known)
    return web.post(body, signed(phone, body, **given))


def stored(web, phone):
    """Bytes of every seal of a phone that the hub holds."""
    return {seal.raw for seal in state(web, phone).phone_seals}


def test_L11_a_short_seal_is_stored_and_received_as_the_very_bytes_that_were_signed(web):
    phone = phone_of(web)
    found = answer(exchange(web, phone, short(web, phone)))
    assert (found.refused, stored(web, phone)) == ((), {phone.seal()})
    assert state(web, phone).phone_seals[0].received is not None


def test_short_seals_of_one_request_continue_each_other_and_what_the_hub_holds(web):
    phone = phone_of(web, 4)
    answer(exchange(web, phone, phone.seal(1, 1)))
    found = answer(exchange(web, phone, short(web, phone, 2, 2), phone.seal(3, 3), short(web, phone, 4, 4)))
    assert found.refused == ()
    assert len(stored(web, phone)) == 4


def test_a_short_seal_that_cannot_be_made_whole_is_asked_for_and_then_taken(web):
    phone = phone_of(web, 3)
    found = answer(exchange(web, phone, b"\x93junk", short(web, phone, 3, 3), phone.seal(1, 1), b"junk"))
    assert found.refused == (Refused(0, "malformed"), Refused(1, "whole"), Refused(3, "whole"))
    assert stored(web, phone) == {phone.seal(1, 1)}
    assert answer(exchange(web, phone, phone.seal(3, 3))).refused == ()
    assert stored(web, phone) == {phone.seal(1, 1), phone.seal(3, 3)}


def test_a_short_seal_of_another_side_is_asked_for(web):
    phone = phone_of(web, 2)
    answer(exchange(web, phone, phone.seal(1, 1)))
    mine = phone.hashes[1]
    phone.hashes[1] = bytes(32)
    forged = short(web, phone, 2, 2)
    phone.hashes[1] = mine
    assert answer(exchange(web, phone, forged)).refused == (Refused(0, "whole"),)


def test_H111_no_body_is_opened_for_somebody_whose_request_nobody_signed(web):
    phone = phone_of(web)
    body = asked(phone.log.group, short(web, phone))
    headers = signed(phone, body) | {"signature": signed(phone, body + b"x")["signature"]}
    assert code(web.post(body, headers))[0] == 401
    assert stored(web, phone) == set()


def test_N74_the_branch_answers_short_what_continues_that_which_the_phone_holds(web):
    phone = phone_of(web)
    tip = state(web, phone).log.tip
    found = answer(exchange(web, phone, phone.seal(), known=tip))
    (raw,) = found.branch_seals
    assert is_short(raw)
    log = state(web, phone).log.log
    whole = restore(
        raw, Receiver(log.group, log.writer, lambda *place: {(tip.epoch, tip.seq): tip.head}[place])
    )
    assert whole == state(web, phone).seals[-1].raw
    assert (found.statements, found.encoding) == ((), 1)


def test_a_phone_that_holds_nothing_gets_the_opening_and_the_keys_whole(web):
    phone = phone_of(web)
    found = answer(exchange(web, phone, phone.seal()))
    opening, *others = found.branch_seals
    assert opening == state(web, phone).seals[0].raw
    assert all(map(is_short, others))
    assert found.statements == web.hub.groups.trust.statements


def test_L15_a_phone_that_holds_another_history_gets_whole_seals(web):
    phone = phone_of(web)
    other = structs.replace(state(web, phone).log.tip, head=bytes(32))
    found = answer(exchange(web, phone, known=other))
    assert len(found.branch_seals) > 1
    assert not any(map(is_short, found.branch_seals))
    assert found.statements == web.hub.groups.trust.statements
