"""A branch that will lose something, and how a phone is asked what it thinks of that (L15)."""

from edge.household import household
from edge.members import find_member
from edge.standing import standing
from edge.sync import sync
from protocol import exchange
from protocol.loan_facts import PrincipalRepaid
from tests.edge.steps import take
from tests.edge.village import DAY
from tests.facts import an

REPAID = an(PrincipalRepaid, loan=1, effective=DAY - 3, amount=10_000_000, core_ref="CB-1")


def requests(hub):
    """Every exchange that reached the hub."""
    return [exchange.read_request(body) for path, body in hub.requests if path == exchange.PATH]


def carriages(phone):
    return [one.carriage for one in standing(phone).entries]


def asked(phone, member="1"):
    return household(phone, find_member(phone, member)).asked_dong


def to_be_lost(hub, place, phone):
    """How many branch seals the backup has; after it a receipt arrived and principal was repaid."""
    count = len(hub.branch.seals)
    take(phone, "1", 100_000)
    sync(phone, place.carrier)
    hub.say(REPAID)
    hub.ready(DAY)
    sync(phone, place.carrier)
    return count
