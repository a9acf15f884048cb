"""How seals cross the line: short where the hub has the rest, in an encoding that all read (L6, L11)."""

import pytest
from msgspec import structs

from edge.exchange_wording import OUTCOMES
from edge.sync import sync
from edge.transport import Outcome
from protocol import exchange
from protocol import seal as seals
from protocol.chain import links
from protocol.codec import encode
from protocol.exchange import VERSIONS_HEADER
from protocol.phone_facts import Visited
from protocol.ports import Reply
from protocol.transit import Receiver, is_short, shorten
from tests.edge.steps import take
from tests.facts import an
from tests.fakes.hub import lost, problem

TYPE = {"content-type": exchange.CONTENT_TYPE}


def sent(hub):
    """Seals of the last request."""
    return exchange.read_request(hub.requests[-1][1]).seals


def many_visits(phone):
    for member in range(1, 41):
        phone.say(an(Visited, member=member))


def short_answer(heads):
    """A hub that sends its branch seals short to a reader that holds these heads."""

    def fault(answer):
        reply = answer()
        honest = exchange.read_response(reply.body)
        held = {}

        def shortened(raw):
            header = seals.read(raw).header
            place = header.log.epoch, header.first_seq - 1
            held[place] = header.previous
            made = shorten(raw, Receiver(header.log.group, header.log.writer, lambda *at: held[at]))
            assert is_short(made)
            return heads(made)

        made = structs.replace(honest, branch_seals=tuple(map(shortened, honest.branch_seals)))
        return Reply(200, TYPE, exchange.write_response(made))

    return fault


def test_L11_a_phone_that_the_hub_knows_sends_short_what_is_then_stored_whole(hub, place, phone):
    take(phone, "1")
    assert sync(phone, place.carrier).acknowledged == 1
    assert all(map(is_short, sent(hub)))
    assert [raw for raw, _ in hub.held] == [phone.own.seals[-1].raw]


def test_a_hub_that_cannot_make_a_seal_whole_gets_it_whole_at_once(hub, place, phone):
    hub.makes_whole = False
    take(phone, "1")
    done = sync(phone, place.carrier)
    assert (done.outcome, done.acknowledged, done.waiting, done.refused) == (Outcome.DONE, 1, 0, ())
    assert sent(hub) == (phone.own.seals[-1].raw,)


def test_N74_what_waits_through_a_lost_answer_stays_the_same_seal(hub, place, phone):
    take(phone, "1")
    hub.faults.append(lost)
    sync(phone, place.carrier)
    take(phone, "2")
    assert sync(phone, place.carrier).waiting == 0
    assert [raw for raw, _ in hub.held] == [one.raw for one in phone.own.seals]


def test_L11_a_short_branch_seal_is_kept_as_it_was_signed(hub, place, phone):
    take(phone, "1")
    hub.faults.append(short_answer(lambda raw: raw))
    assert sync(phone, place.carrier).acknowledged == 1
    assert phone.group.branch.tip == hub.branch.log.tip


def test_a_short_branch_seal_that_nobody_signed_spoils_the_answer(hub, place, phone):
    before = phone.group.branch.tip
    take(phone, "1")
    hub.faults.append(short_answer(lambda raw: raw[:-1] + bytes((raw[-1] ^ 1,))))
    assert sync(phone, place.carrier).outcome is Outcome.UNTRUSTED
    assert phone.group.branch.tip == before


@pytest.mark.parametrize(("told", "written"), [(0, 0), (1, 1), (9, 1)])
def test_L6_a_phone_writes_the_newest_encoding_that_everybody_reads(hub, place, phone, told, written):
    hub.encoding = told
    sync(phone, place.carrier)
    many_visits(phone)
    assert sync(phone, place.carrier).waiting == 0
    header = seals.read(phone.own.seals[-1].raw).envelope.header
    assert seals.decode_as(header, seals.Header, "header").encoding == written


def test_L9_another_phones_seal_of_a_later_release_is_kept_and_stops_nothing(hub, place, phone, deputy):
    other, elsewhere = deputy
    entry = encode(an(Visited, member=1))
    body = b"a spelling of tomorrow"
    own = phone.own
    header = encode(
        seals.Header(
            version=1,
            log=own.log,
            first_seq=1,
            count=1,
            previous=own.head,
            head=links(own.head, [entry])[-1],
            digest=seals.digest(body),
            encoding=7,
            known=None,
            rules=1,
            wall_clock=0,
        )
    )
    raw = encode(seals.Envelope(header, phone.device.signer.sign(b"tovay/seal/1\0" + header), body))
    hub.receive(raw)
    done = sync(other, elsewhere.carrier)
    assert (done.outcome, done.learnt) == (Outcome.DONE, 1)
    assert raw in [row.body for row in other.ledger.kept("phone seal")]
    take(other, "1")
    assert sync(other, elsewhere.carrier).waiting == 0


def test_a_hub_of_another_message_version_is_told_as_that_and_nothing_is_lost(hub, place, phone):
    take(phone, "1")
    hub.faults.append(lambda _: problem(400, **{VERSIONS_HEADER: "2"}))
    done = sync(phone, place.carrier)
    assert (done.outcome, done.waiting) == (Outcome.OUTDATED, 1)
    hub.faults.append(lambda _: Reply(200, TYPE, encode((2, "whatever", "version 2 says"))))
    assert sync(phone, place.carrier).outcome is Outcome.OUTDATED
    assert "cập nhật" in OUTCOMES[Outcome.OUTDATED]
    assert sync(phone, place.carrier).waiting == 0
