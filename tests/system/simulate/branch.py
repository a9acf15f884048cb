"""The branch: a store, one or two workers of the real hub over it, a register, and its people."""

from datetime import timedelta
from pathlib import Path

from hub.access import PhoneDoor
from hub.documents import detached_text, directory_listing
from hub.errors import HubError, MediaTypeError
from hub.problem import MEDIA_TYPE, problem
from hub.service.group.closing import day_under_way, end_run
from hub.service.group.groups import Groups
from hub.service.group.state import Trust
from hub.service.phones.devices import Devices
from hub.service.phones.ingest import BundleKeys, Ingest
from hub.service.phones.intake import Intake
from hub.service.phones.quota import Quota
from hub.service.phones.short import over_the_line
from protocol.codec import text_hash
from protocol.day import day_of, to_instant
from protocol.errors import ProtocolError
from protocol.exchange import CONTENT_TYPE, DetachedText, read_request, write_response
from protocol.keys import statement_digest
from protocol.loan_facts import LoanBroughtForward
from protocol.ports import Reply
from protocol.request import Call
from protocol.roster_facts import GroupListed, MemberListed, PolicyAdopted, SavingsAccountListed
from provisioning.nonces import Nonces
from tests.builders import POLICIES
from tests.facts import an
from tests.fakes.clock import Clock
from tests.fakes.disk import Killed
from tests.fakes.store import MemoryMarks
from tests.hub.days import DIRECTORY, SINCE
from tests.system.simulate.register import Register
from tests.system.simulate.trust import BRANCH, QuickHpke, chance_of, signer, stated, stated_for_bundles

ORIGIN = "https://hub.example"
TELLER, CONTROLLER = "GDV01", "KSV01"


class Worker:
    """One process of the hub: every service that an exchange passes through, without HTTP around it."""

    def __init__(self, branch):
        store = branch.shelves.open()
        self.groups = Groups(store, branch.trust, branch.key, branch.clock, branch.marks)
        self.intake = Intake(self.groups, Quota())
        self.devices = Devices(self.groups, branch.register, branch.clock)
        nonces = Nonces(Path("never-opened"), b"\x07" * 32)
        self.door = PhoneDoor(self.groups, nonces, branch.clock)
        self.intake.catch_up()
        keys = BundleKeys(BRANCH, {1: branch.bundle_key}, branch.hpke, branch.key)
        self.ingest = Ingest(self.intake, self.devices, self.groups, keys)

    def answer(self, path, body, headers):
        """What ``hub.api.exchange`` answers."""
        try:
            if headers.get("content-type") != CONTENT_TYPE or "content-encoding" in headers:
                raise MediaTypeError(f"the body is not {CONTENT_TYPE}")
            asked = read_request(body)
            self.intake.take_back(asked)
            self.devices.carry_out(asked.group)
            call = Call("POST", ORIGIN + path, CONTENT_TYPE, body)
            lines = [(name.encode(), told.encode()) for name, told in headers.items()]
            asker = self.door.asker(call, lines, asked.group)
            barred = self.devices.barred(asked.group)
            answer = write_response(over_the_line(self.groups, asked, asker, self.intake.exchange, barred))
        except (HubError, ProtocolError) as error:
            return _told(problem(error))
        return Reply(200, {"content-type": CONTENT_TYPE}, answer)


def _told(refused):
    """A refusal as it goes out; the hub never fails for what somebody sends."""
    assert refused.status < 500 or refused.status == 503, refused
    return Reply(refused.status, {"content-type": MEDIA_TYPE, **refused.headers}, refused.body)


class Branch:
    """``workers`` serve in one process each; a worker that is killed is started again.

    ``shelves`` are what is durable, ``store`` what somebody reads there who is no worker.
    """

    make_worker = Worker

    def __init__(self, seed, time, verifier, size, shelves):
        self.seed, self.time, self.verifier = seed, time, verifier
        self.clock = Clock(time)
        self.root, self.key = signer(seed, "root"), signer(seed, "branch key", 1)
        self.keys = 1
        self.hpke = QuickHpke(chance_of(f"{seed} hpke"))
        self.bundle_key = self.hpke.new_private()
        for_bundles = stated_for_bundles(self.root, self.hpke.public_of(self.bundle_key))
        self.trust = Trust(self.root.spki, verifier, (for_bundles, stated(self.root, self.key, 1)))
        self.shelves, self.marks, self.register = shelves, MemoryMarks(), Register()
        self.store = shelves.open()
        self.workers = [self.make_worker(self) for _ in range(size.workers)]
        self.references = 0
        for group in size.groups:
            self._found(group)

    @property
    def groups(self):
        """The services of the first worker, at which the branch's people sit."""
        return self.workers[0].groups

    @property
    def today(self):
        return day_of(self.clock())

    def post(self, number, path, body, headers):
        """One request to one worker; a worker that dies answers nothing."""
        try:
            return self.workers[number].answer(path, body, headers)
        except Killed as error:
            self.restart(number)
            raise ConnectionResetError from error

    def restart(self, number):
        """End one worker's process and start it again."""
        self.shelves.trap = None
        self.workers[number] = self.make_worker(self)

    def put_back(self, backup):
        """The store is what a backup holds; the marks outside of it stay, and every worker starts anew."""
        self.shelves.restore(backup)
        self.store = self.shelves.open()
        for number in range(len(self.workers)):
            self.restart(number)

    def at_the_desk(self, act):
        """What a person does at the first worker; None when the machine stops in the middle of it."""
        try:
            return act(self.groups)
        except Killed:
            self.restart(0)
            return None

    def say(self, group, *entries):
        """The branch appends facts that fit, and ends the run with a book; says whether it could."""

        def planned(state):
            ending = end_run(state.book, entries, self.day(state), TELLER)
            return [[*entries, *ending.entries]] if ending.entries else []

        self.at_the_desk(lambda groups: groups.append(group, planned))

    def day(self, state):
        """The transaction day that is under way in a group."""
        return day_under_way(state.book, state.book.group.day_of_month, self.today)

    def reference(self):
        """A reference of the core that was never used."""
        self.references += 1
        return f"GD-{self.references}"

    def next_key(self):
        """The root states the next branch key; returns the statement, and the key in force before it."""
        self._next = signer(self.seed, "branch key", self.keys + 1)
        last = statement_digest(self.trust.statements[-1])
        return stated(self.root, self._next, self.keys + 1, last), self.key.spki

    def use_next_key(self):
        """The workers start anew with the key that the groups' logs have changed to."""
        statement = self.next_key()[0]
        self.key, self.keys = self._next, self.keys + 1
        self.trust = Trust(self.root.spki, self.verifier, (*self.trust.statements, statement))
        for number in range(len(self.workers)):
            self.restart(number)

    def _found(self, group):
        """A group with its roster, loans and first book."""
        code, members, balances = group
        self.store.add([directory_listing(1, DIRECTORY)])
        self.groups.open(code)
        texts = [
            DetachedText(bytes([number]) * 16, f"Thành viên {number}".encode()) for number in range(members)
        ]
        self.store.add([detached_text(code, text) for text in texts])
        names = [text_hash(text.salt, text.text.decode()) for text in texts]
        listed = an(GroupListed, group=code, effective=SINCE, area="T-001", name=names[0])
        policies = [
            an(PolicyAdopted, number=number, policy=policy, choice=choice, amount=amount, effective=SINCE)
            for number, (policy, choice, amount) in enumerate(POLICIES, 1)
        ]
        people = [
            an(MemberListed, ordinal=number, number=f"TV{number:03}", name=name)
            for number, name in enumerate(names, 1)
        ]
        loans = [
            an(
                LoanBroughtForward,
                ordinal=number,
                member=member,
                number=f"{code}-{number}",
                as_of=SINCE,
                **held,
            )
            for number, (member, held) in enumerate(balances, 1)
        ]
        accounts = [
            an(SavingsAccountListed, ordinal=number, member=number, number=f"TK{number}", as_of=SINCE)
            for number in range(1, members + 1)
        ]
        self.say_first(code, [listed, *policies, *people, *loans, *accounts])

    def say_first(self, code, entries):
        """The first facts of a group, which has no transaction day yet."""

        def planned(state):
            day = day_under_way(state.book, 17, self.today)
            return [[*entries, *end_run(state.book, entries, day, TELLER).entries]]

        self.groups.append(code, planned)

    def until(self, day):
        """Let time pass to the noon of a day, Vietnam's."""
        gone = day - day_of(self.time.now)
        self.time.now = (self.time.now + timedelta(days=gone)).replace(hour=5, minute=0)

    @property
    def instant(self):
        return to_instant(self.clock())
