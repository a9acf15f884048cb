"""The sample group's transaction day gives the same figures, entries, seals and requests on both hosts."""

import json
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge import native
from edge.ports import Host
from edge.transport import Carrier
from hub.service.group.closing import Ending
from hub.service.group.directory import Directory
from hub.service.loan_book.drafting import Branch as Office
from hub.service.loan_book.plan import plan_import
from hub.service.reading.files import read_book
from protocol import enrolment
from protocol.day import day_of
from protocol.native import NativeSigner
from tests.browser import story
from tests.builders import Branch
from tests.fakes.hub import Hub
from tests.house.sources import ROOT

pytestmark = pytest.mark.browser

GROUP = "KM-001"
SEED = sha256(b"the leader's phone").digest()
ENTRIES_A_SEAL = 100


class SeededSafe(native.NativeSafe):
    """Its only key comes from ``SEED``, and it makes no certificate request, as in a browser."""

    def create_signer(self, encrypt):
        native.replace_file(self._directory / native.KEY, encrypt(SEED))
        return NativeSigner(Ed25519PrivateKey.from_private_bytes(SEED))

    def certificate_request(self, decrypt):
        return None


class Recorder:
    """The hub's door: admits whoever enrols, and writes down questions and replies."""

    def __init__(self, hub):
        self.hub, self.asked, self.replies = hub, [], []

    def post(self, path, body, headers):
        reply = self.hub.post(path, body, headers)
        if path == enrolment.PATH:
            self.hub.admit()
            self.hub.ready(day_of(story.clock()))
        self.asked.append([path, body.hex()])
        self.replies.append([reply.status, dict(reply.headers), reply.body.hex()])
        return reply


@pytest.fixture(scope="module")
def sample_hub():
    """The branch has imported the sample's group."""
    salts = iter(range(2**32))
    plan = plan_import(
        read_book(ROOT / "examples" / "kinh_mon"),
        Office({}, Directory()),
        day_of(story.clock()),
        lambda: next(salts).to_bytes(16, "big"),
        lambda _group, _run: Ending(),
    )
    [group] = [one for one in plan.groups if one.group == GROUP]
    branch = Branch(GROUP)
    for start in range(0, len(group.entries), ENTRIES_A_SEAL):
        branch.seal(*group.entries[start : start + ENTRIES_A_SEAL])
    hub = Hub(branch)
    hub.now = story.clock()
    hub.lend(group.texts)
    return hub


@pytest.fixture(scope="module")
def on_both(sample_hub, in_browser, tmp_path_factory):
    """What CPython told, and what Pyodide told of the same story."""
    directory = tmp_path_factory.mktemp("phone")
    native.create_directory(directory)
    real = native.open_host(directory)
    host = Host(real.vault, real.verifier, SeededSafe(directory))
    recorder, voucher = Recorder(sample_hub), sample_hub.voucher()
    before = story.play(directory / "ledger", host, Carrier(recorder, sample_hub.origin), voucher)
    here = {"before": before, "asked": recorder.asked, "after": story.tell(directory / "ledger", host)}
    given = {
        "seed": SEED.hex(),
        "voucher": voucher,
        "origin": sample_hub.origin,
        "replies": recorder.replies,
    }
    return here, in_browser("replay", given)


def test_the_due_list_is_the_same_to_the_byte(on_both):
    here, there = ([_bytes(told["before"]), _bytes(told["after"]["shown"])] for told in on_both)
    assert here == there
    assert on_both[1]["before"]["agrees"]
    assert len(on_both[1]["before"]["members"]) >= 5


def test_the_phone_asks_the_hub_the_same_to_the_byte(on_both):
    here, there = (told["asked"] for told in on_both)
    assert here == there


def test_the_reopened_ledger_holds_the_entries_seals_and_proofs_that_were_signed(on_both):
    here, there = on_both
    for kind in ("entries", "seals", "proofs"):
        assert there["after"][kind] == here["after"][kind]
    assert len(there["after"]["entries"]) == len(story.VISITS) + 1


def _bytes(value):
    return json.dumps(value, ensure_ascii=False, sort_keys=True).encode()
