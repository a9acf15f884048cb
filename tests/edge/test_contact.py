"""Clocks are claims: skew stops nothing and is shown, and the lease is over only by time that passed."""

import shutil
import tempfile
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.cashless import VisitOrder, note_visit, own_receipt, void
from edge.collection import Deposit
from edge.contact import LEASE_DAYS, clock_doubt, last_contact, lease
from edge.errors import Fault
from edge.members import find_member
from edge.rounds import close_round
from edge.standing import standing
from edge.sync import sync
from edge.transport import Outcome
from protocol.day import DAY_MAX, DAY_MIN
from protocol.phone_facts import Collected, Visited
from protocol.ports import Reply
from protocol.request import CHALLENGE_HEADER, TIME_HEADER
from tests.edge.steps import newest, take
from tests.edge.village import DAY, a_village
from tests.facts import an
from tests.fakes.hub import NOW, problem, unreachable
from tests.fakes.places import Place

DAY_MS = 86_400_000
NO_CLOCK = datetime(1970, 1, 1, tzinfo=UTC)
LAST_MOMENT = datetime.max.replace(tzinfo=UTC)
FIRST_MOMENT = datetime(1, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "moment",
    [NO_CLOCK, FIRST_MOMENT, LAST_MOMENT, NOW - timedelta(days=3_650), NOW + timedelta(days=3_650)],
    ids=["1970", "year 1", "year 9999", "ten years behind", "ten years ahead"],
)
def test_P57_P58_a_clock_that_is_off_by_ages_stops_no_work(hub, place, phone, moment):
    place.now = moment
    place.reopen(phone)
    take(phone, "1")
    assert DAY_MIN <= newest(phone).value_date <= DAY_MAX
    void(phone, own_receipt(phone, 1), "mistyped")
    take(phone, "1", again=True)
    note_visit(phone, find_member(phone, "2"), VisitOrder("promised", DAY))
    close_round(phone, [], 0)
    assert standing(phone).stopped is None
    assert sync(phone, place.carrier).outcome is Outcome.DONE
    assert len(hub.entries()) == 5
    doubt = standing(phone).clock
    assert doubt.branch_at == NOW
    assert doubt.phone_at != NOW


def test_P59_a_phone_in_another_time_zone_is_right(place, phone):
    place.now = NOW.astimezone(timezone(timedelta(hours=-11)))
    take(phone, "1")
    assert newest(phone).value_date == DAY - 2
    assert sync(phone, place.carrier).outcome is Outcome.DONE
    assert clock_doubt(phone) is None


def test_a_clock_that_went_back_is_doubted_before_anybody_tells_it(place, phone):
    place.wait(days=3)
    place.reopen(phone)
    place.wait(days=-33)
    place.reopen(phone)
    doubt = clock_doubt(phone)
    assert (doubt.phone_at, doubt.branch_at) == (NOW - timedelta(days=30), NOW + timedelta(days=3))


def test_a_few_minutes_are_no_doubt(place, phone):
    place.wait(minutes=-9)
    assert clock_doubt(phone) is None
    place.wait(minutes=-2)
    assert clock_doubt(phone) is not None


def test_the_lease_is_over_after_so_many_days_without_an_answer_and_an_answer_begins_it_anew(
    hub, place, phone
):
    place.wait(days=LEASE_DAYS)
    assert (lease(phone).days_silent, lease(phone).is_over) == (LEASE_DAYS, False)
    place.wait(days=1)
    assert lease(phone).is_over
    take(phone, "1")
    hub.faults.append(unreachable)
    sync(phone, place.carrier)
    assert lease(phone).is_over
    hub.now = place.now
    sync(phone, place.carrier)
    assert standing(phone).lease.days_silent == 0


def test_P57_a_clock_that_is_set_back_gains_no_time(place, phone):
    place.wait(days=40)
    place.reopen(phone)
    place.wait(days=-40)
    place.reopen(phone)
    assert lease(phone).days_silent == 40


def test_P58_a_clock_that_was_set_forward_takes_no_time_once_the_hubs_is_known(hub, place, phone):
    place.wait(days=365)
    place.reopen(phone)
    assert lease(phone).is_over
    hub.faults.extend([lambda answer: answer(), unreachable])  # the hub tells its time, and no more
    hub.now += timedelta(days=2)
    assert sync(phone, place.carrier).outcome is Outcome.OFFLINE
    assert lease(phone).days_silent == 2
    place.wait(days=1)
    assert lease(phone).days_silent == 3


def test_a_phone_that_never_had_an_answer_has_no_lease(hub, place):
    place.begin_enrolment()
    phone = place.unlock()
    assert lease(phone) is None
    hub.faults.append(lambda _: problem(403))
    sync(phone, place.carrier)
    assert last_contact(phone).outcome == "refused"
    assert (lease(phone), clock_doubt(phone)) == (None, None)
    phone.ledger.close()


def test_a_storage_that_does_not_take_the_time_does_not_keep_the_phone_shut(place, phone, monkeypatch):
    place.wait(days=1)
    phone.ledger.close()
    with monkeypatch.context() as patched:
        patched.setattr("edge.ledger.Ledger.set_note", _full)
        again = place.unlock()
    assert again.loose_ends is Fault.STORAGE_FULL
    again.ledger.close()


def _full(ledger, _name, _body):
    database = ledger._database  # noqa: SLF001 (to let the disk fail)
    database.execute("PRAGMA max_page_count = 1")
    database.execute("INSERT INTO notes (name, sealed) VALUES ('x', zeroblob(1000000))")


def test_a_hub_that_tells_an_impossible_time_breaks_nothing(hub, place, phone):
    told = {TIME_HEADER: "9" * 15, CHALLENGE_HEADER: "ab" * 16}
    hub.faults.extend([lambda _: problem(401, **told), lambda _: Reply(500, {}, b"")])
    sync(phone, place.carrier)
    place.wait(days=1)
    place.reopen(phone)
    assert clock_doubt(phone).branch_at.year == 2999
    assert sync(phone, place.carrier).outcome is Outcome.DONE
    assert clock_doubt(phone) is not None  # one day, which is true


YEARS_10 = 10 * 365 * 24 * 60
JUMPS = st.one_of(
    st.integers(-YEARS_10, YEARS_10).map(lambda minutes: timedelta(minutes=minutes)),
    st.sampled_from([NO_CLOCK, LAST_MOMENT, FIRST_MOMENT, NOW]),
)
ZONES = st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours)))
ACTS = st.sampled_from(["take", "visit", "close", "sync", "restart", "void"])
WALKS = st.lists(st.tuples(JUMPS, ZONES, ACTS), max_size=8)


def _moved(now, jump, zone):
    """The clock after a jump, as its zone writes it, as far as a datetime goes."""
    if isinstance(jump, datetime):
        return jump
    try:
        return (now + jump).astimezone(zone)
    except OverflowError:
        return NO_CLOCK


@given(walk=WALKS)
@settings(max_examples=max(5, settings().max_examples // 5), deadline=None)
def test_whatever_the_clock_does_all_is_saved_sent_and_within_what_an_entry_can_say(walk):
    folder = Path(tempfile.mkdtemp())
    place = Place(folder / "leader", a_village())
    phone = place.enrol()
    try:
        for jump, zone, act in walk:
            place.now = _moved(place.now, jump, zone)
            _do(phone, place, act)
            assert phone.stopped is None
            standing(phone)
        assert sync(phone, place.carrier).outcome is Outcome.DONE
        assert place.hub.hashes() == [entry.hash for entry in phone.own.entries]
        assert (lease(phone).days_silent, lease(phone).is_over) == (0, False)
    finally:
        phone.ledger.close()
        shutil.rmtree(folder)


def _do(phone, place, act):
    match act:
        case "take":
            take(phone, "4", "none", [Deposit(5_000)], again=True)
        case "visit":
            phone.say(an(Visited, value_date=phone.today))
        case "close":
            close_round(phone, [], 0)
        case "sync":
            assert sync(phone, place.carrier).outcome is Outcome.DONE
        case "restart":
            place.reopen(phone)
        case "void":
            if any(isinstance(fact.entry, Collected) for fact in phone.own_facts()):
                take(phone, "4", "none", [Deposit(6_000)], again=True)
                void(phone, phone.own_facts()[-1], "mistyped")
