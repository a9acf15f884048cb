"""One signed POST, and what may come back (threats S30, N77, N81, N88)."""

import pytest

from edge.transport import Answer, Caller, Carrier, Outcome, post, post_signed
from protocol.exchange import CONTENT_TYPE
from protocol.ports import Reply
from protocol.request import CHALLENGE_HEADER, TIME_HEADER
from tests.builders import signer

PATH = "/v1/exchange"
JSON = {"content-type": "application/problem+json"}
HTML = {"content-type": "text/html; charset=utf-8"}
OURS = {"content-type": CONTENT_TYPE}
SKEWED = Reply(401, JSON | {TIME_HEADER: "1765767600000", CHALLENGE_HEADER: "ab" * 16}, b"")


class Script:
    """A transport that answers what it is told, and remembers what it was asked."""

    def __init__(self, *replies):
        self.replies, self.asked = list(replies), []

    def post(self, path, body, headers):
        self.asked.append((path, body, dict(headers)))
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply


def ask(*replies, offset=0, now=1_000_000):
    script = Script(*replies)
    caller = Caller(signer("phone"), lambda: now, offset)
    answer = post_signed(Carrier(script, "https://hub.example"), PATH, CONTENT_TYPE, b"body", caller)
    return answer, script


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (Reply(200, OURS, b"x"), Outcome.DONE),
        (Reply(200, {"content-type": f"{CONTENT_TYPE.upper()} ; q=1"}, b"x"), Outcome.DONE),
        (Reply(202, OURS, b""), Outcome.WAITING),
        (Reply(200, HTML, b"<html>"), Outcome.NOT_THE_HUB),
        (Reply(200, {}, b""), Outcome.NOT_THE_HUB),
        (Reply(200, JSON, b"{}"), Outcome.NOT_THE_HUB),
        (Reply(302, HTML | {"location": "https://portal.example"}, b""), Outcome.NOT_THE_HUB),
        (Reply(403, HTML, b""), Outcome.NOT_THE_HUB),
        (Reply(404, HTML, b""), Outcome.NOT_THE_HUB),
        (Reply(511, HTML, b""), Outcome.NOT_THE_HUB),
        (Reply(401, JSON, b""), Outcome.REFUSED),
        (Reply(403, JSON, b""), Outcome.REFUSED),
        (Reply(400, JSON, b""), Outcome.HUB_FAULT),
        (Reply(413, JSON, b""), Outcome.TOO_LARGE),
        (Reply(429, JSON, b""), Outcome.BUSY),
        (Reply(503, HTML, b""), Outcome.BUSY),
        (Reply(500, HTML, b""), Outcome.HUB_FAULT),
        (ConnectionResetError(), Outcome.OFFLINE),
    ],
)
def test_N77_only_what_the_hub_itself_could_have_said_counts(reply, outcome):
    answer, _ = ask(reply)
    assert answer.outcome is outcome
    assert bool(answer.body) == (outcome is Outcome.DONE)


@pytest.mark.parametrize(
    ("told", "waits"),
    [("30", 30), ("999999999", 86_400), ("", None), ("soon", None), ("-1", None), ("٣", None)],
)
def test_N88_a_busy_hub_says_how_long_to_wait(told, waits):
    answer, _ = ask(Reply(429, JSON | {"retry-after": told}, b""))
    assert answer == Answer(Outcome.BUSY, retry_after_s=waits)


def test_S30_a_skewed_clock_asks_once_more_with_the_hubs_time_and_challenge():
    answer, script = ask(SKEWED, Reply(200, OURS, b"x"), now=1_000_000)
    assert answer == Answer(Outcome.DONE, b"x", hub_time=1765767600000)
    first, second = (headers["signature-input"] for _, _, headers in script.asked)
    assert ";created=1000;" in first
    assert ";created=1765767600;" in second
    assert f';nonce="{"ab" * 16}"' in second


def test_a_clock_that_is_refused_twice_is_not_argued_with():
    answer, script = ask(SKEWED, SKEWED)
    assert answer.outcome is Outcome.CLOCK_REFUSED
    assert len(script.asked) == 2


def test_the_second_attempt_may_be_cut_too():
    answer, _ = ask(SKEWED, ConnectionResetError())
    assert (answer.outcome, answer.hub_time) == (Outcome.OFFLINE, 1765767600000)


@pytest.mark.parametrize(
    "headers",
    [
        {TIME_HEADER: "soon", CHALLENGE_HEADER: "ab" * 16},
        {TIME_HEADER: "9" * 16, CHALLENGE_HEADER: "ab" * 16},
        {TIME_HEADER: "1765767600000"},
        {TIME_HEADER: "1765767600000", CHALLENGE_HEADER: "xy"},
        {TIME_HEADER: "1765767600000", CHALLENGE_HEADER: "ab" * 33},
    ],
)
def test_a_time_that_is_none_is_a_plain_refusal(headers):
    answer, script = ask(Reply(401, JSON | headers, b""))
    assert answer.outcome is Outcome.REFUSED
    assert len(script.asked) == 1


def test_the_hubs_clock_as_known_goes_into_the_signature():
    _, script = ask(Reply(200, OURS, b"x"), offset=86_400_000, now=0)
    assert ";created=86400;" in script.asked[0][2]["signature-input"]


@pytest.mark.parametrize(("now", "said"), [(-(2**53), 1), (0, 1), (2**53, 999_999_999_999)])
def test_a_clock_that_is_off_by_ages_still_signs_something_that_can_be_corrected(now, said):
    _, script = ask(Reply(200, OURS, b"x"), offset=0, now=now)
    created = script.asked[0][2]["signature-input"].partition(";created=")[2].partition(";")[0]
    assert int(created) == min(said, 2**53 // 1_000)


def test_a_post_before_enrolment_is_judged_alike():
    carrier = Carrier(Script(Reply(200, OURS, b"x")), "https://hub.example")
    assert post(carrier, PATH, CONTENT_TYPE, b"body") == Answer(Outcome.DONE, b"x")
    carrier = Carrier(Script(TimeoutError()), "https://hub.example")
    with pytest.raises(TimeoutError):
        post(carrier, PATH, CONTENT_TYPE, b"body")
    carrier = Carrier(Script(ConnectionError()), "https://hub.example")
    assert post(carrier, PATH, CONTENT_TYPE, b"body") == Answer(Outcome.OFFLINE)
