"""A hub in memory behind the phone's ``Transport``: real keys, real seals, one group, and faults on demand.

It keeps what the branch's own rules say (L9–L11) in the fewest lines, so that a test can drive a phone
against it with no network. ``Hub.branch`` is the branch's side of the story, from ``tests.builders``.
"""

import json
import secrets
from datetime import datetime, timedelta

from msgspec import structs

from calc.book import fold
from calc.dues import book_digest
from protocol import enrolment, exchange
from protocol import seal as seals
from protocol.chain import genesis
from protocol.day import to_instant
from protocol.entries import decode_entry
from protocol.errors import ProtocolError, SkewedClockError
from protocol.exchange import DetachedText, Refused, Response
from protocol.ids import Position
from protocol.keys import fingerprint, writer_id
from protocol.limits import EXCHANGE_BRANCH_SEALS_MAX
from protocol.ports import Reply
from protocol.posting_facts import BookReady
from protocol.request import CHALLENGE_HEADER, TIME_HEADER, Call, Door, check_request
from protocol.roster_facts import MemberListed
from protocol.transit import WHOLE, Receiver, is_short, restore
from protocol.voucher import secret_text, voucher, write_voucher
from tests.builders import VERIFIER, a_group, signer
from tests.facts import an
from tests.fakes.restorable import Restorable

START = Position(0, 0)
ORIGIN = "https://hub.example"
NOW = datetime.fromisoformat("2025-12-15T08:00:00+07:00")


class Hub(Restorable):
    """``post`` is the port.

    ``faults`` holds functions that each spoil one coming reply, in turn: a fault gets a function that makes
    the honest reply, and returns or raises what the phone sees.
    """

    def __init__(self, branch=None, origin=ORIGIN):
        self.branch = branch or a_group()
        self.origin = origin
        self.now = NOW
        self.faults, self.requests = [], []
        self.page = 256
        self._vouchers, self.admitted = {}, {}
        self.waiting = {}  # voucher secret → key of a phone that is not admitted yet
        self.held = []  # (phone seal, position of its Received)
        self.encoding = 1  # of bodies, that everybody here reads
        self.makes_whole = True  # short seals
        self.forget_nothing()
        self._texts = {}
        self._challenges = set()

    def voucher(self):
        """A fresh voucher as a person types it."""
        made = voucher(secrets.randbits(65), fingerprint(self.branch.root.spki))
        self._vouchers[secret_text(made)] = None
        return write_voucher(made)

    def admit(self, role="leader", **given):
        """The branch accepts the oldest phone that waits; returns its ordinal."""
        spki = self.waiting.pop(next(iter(self.waiting)))
        return self.admit_key(spki, role, **given)

    def admit_key(self, spki, role="leader", **given):
        """The branch opens an epoch for a key; returns the ordinal."""
        phone = self.branch.admit("phone", writer=writer_id(spki), spki=spki, role=role, **given)
        self.admitted[writer_id(spki)] = spki, phone.admission.ordinal
        return phone.admission.ordinal

    def say(self, *entries):
        """The branch appends entries in one seal."""
        return self.branch.seal(*entries)

    def lend(self, texts):
        """Detached texts that the hub holds and the next exchanges bring."""
        self._texts |= {text.hash: text for text in texts}

    def name_member(self, ordinal, number, name):
        """The branch lists a member with a name."""
        text = DetachedText(ordinal.to_bytes(16, "big"), name.encode())
        self.lend([text])
        self.say(an(MemberListed, ordinal=ordinal, number=number, name=text.hash))

    def ready(self, day):
        """The branch ends a run of facts with the digest of the dues to a day (L12)."""
        book = self.book()
        self.say(BookReady(day, book_digest(book, day)))

    def book(self):
        """The authoritative fold."""
        log = self.branch.log
        return fold(((placed.position, placed.entry) for placed in log.entries), log.lost)

    def receive(self, raw):
        """Take in one phone seal, from whoever carries it; a repeat changes nothing."""
        if all(raw != held for held, _ in self.held):
            self.branch.receive(raw)
            self.held.append((raw, self.branch.log.entries[-1].position))

    def entries(self):
        """Every phone entry that was received, in the order of arrival."""
        return [decode_entry(raw) for held, _ in self.held for raw in seals.unpack(seals.read(held)).entries]

    def hashes(self):
        """Chain hash of every phone entry that was received, in the order of arrival."""
        return [digest for held, _ in self.held for digest in seals.unpack(seals.read(held)).hashes]

    def texts(self):
        """Every detached text that was received."""
        return {text.text.decode() for text in self._texts.values()}

    def post(self, path, body, headers):
        """One HTTP request."""
        self.requests.append((path, body))

        def answer():
            return self._answer(path, body, headers)

        return self.faults.pop(0)(answer) if self.faults else answer()

    def _answer(self, path, body, headers):
        if path == enrolment.PATH:
            return self._enrol(body)
        call = Call("POST", self.origin + path, headers["content-type"], body)
        door = Door(VERIFIER, self._key_of, lambda _, nonce: nonce in self._challenges)
        lines = [(name.encode(), value.encode()) for name, value in headers.items()]
        try:
            signed = check_request(call, lines, door, int(self.now.timestamp()))
        except SkewedClockError:
            challenge = secrets.token_bytes(16)
            self._challenges.add(challenge)
            told = {TIME_HEADER: str(to_instant(self.now)), CHALLENGE_HEADER: challenge.hex()}
            return problem(401, **told)
        except ProtocolError:
            if not (self.lets_in and self.knows_again(path, body)):
                return problem(401)
            signed = check_request(call, lines, door, int(self.now.timestamp()))
        if path == enrolment.CERTIFICATE_PATH:
            return self._certificate(signed)
        return self._exchange(body, signed)

    def _key_of(self, writer):
        waiting = {writer_id(spki): spki for spki in self.waiting.values()}
        return self.admitted.get(writer, (waiting.get(writer), 0))[0]

    def _enrol(self, body):
        request = enrolment.read_enrol_request(body, VERIFIER)
        if self._vouchers.get(request.secret, b"") not in (None, request.spki):
            return problem(403)
        self._vouchers[request.secret] = request.spki
        self.waiting[request.secret] = request.spki
        nonce = b"\x07" * 16
        enrolled = enrolment.Enrolled(
            "KM-TB-1", request.spki, self.branch.root.spki, nonce, self.branch.group, self.branch.code
        )
        key = signer("branch key 1")
        reply = enrolment.write_enrol_reply(enrolled, tuple(self.branch.statements), key)
        return Reply(200, {"content-type": enrolment.CONTENT_TYPE}, reply)

    def _certificate(self, signed):
        headers = {"content-type": enrolment.CONTENT_TYPE}
        if signed.writer not in self.admitted:
            return Reply(202, headers, b"")
        ordinal = self.admitted[signed.writer][1]
        reply = enrolment.CertificateReply(1, None, None, self.branch.group, ordinal)
        return Reply(200, headers, enrolment.write_certificate_reply(reply))

    def _exchange(self, body, signed):
        request, refused = self._made_whole(exchange.read_request(body), signed.writer)
        branch_writer = self.branch.log.log.writer
        for raw in request.seals:
            if seals.read(raw).header.log.writer == branch_writer:
                self.take_back(raw)
        for raw in request.seals:
            if seals.read(raw).header.log.writer != branch_writer:
                self.receive(raw)
        self.lend(request.texts)
        tips = [tip for tip in (request.known, *request.other_tips) if tip and self.branch.log.holds(tip)]
        known = max((Position(tip.epoch, tip.seq) for tip in tips), default=START)
        new = [raw for raw in self.branch.seals if last_place(raw) > known]
        page, down = self._page(new)
        shown = last_place(page[-1]) if page else known
        others = tuple(
            raw for raw, position in self.held if known < position <= shown and raw not in request.seals
        )
        response = Response(
            version=1,
            hub_time=to_instant(self.now),
            statements=tuple(self.branch.statements),
            branch_seals=tuple(down),
            phone_seals=others,
            texts=tuple(self._texts.values()),
            refused=refused,
            more=int(len(page) < len(new)),
            encoding=self.encoding,
        )
        return Reply(200, {"content-type": exchange.CONTENT_TYPE}, exchange.write_response(response))

    def _page(self, new):
        """Branch seals that count, as many as fit, and the same with what must come before each."""
        page, down = [], []
        for raw in new[: self.page]:
            unit = [*(one for one in self.restated_by(raw) if one not in down), raw]
            if len(down) + len(unit) > EXCHANGE_BRANCH_SEALS_MAX:
                break
            page.append(raw)
            down += unit
        return page, down

    def _made_whole(self, request, writer):
        """The request with its seals whole, and what is refused because it cannot be made whole (L11)."""
        opened = [one for one in self.branch.log.entries if getattr(one.entry, "writer", None) == writer]
        heads = {(one.entry.epoch, 0): genesis(self.branch.root.spki, one.raw) for one in opened}
        heads |= dict(end_of(raw) for raw, _ in self.held if seals.read(raw).header.log.writer == writer)
        held = Receiver(self.branch.group, writer, lambda *place: heads[place], self.branch.log.hash_at)
        kept, refused = [], []
        for index, raw in enumerate(request.seals):
            try:
                whole = restore(raw, held) if is_short(raw) and self.makes_whole else raw
                heads |= [end_of(whole)]
            except ProtocolError:
                refused.append(Refused(index, WHOLE))
            else:
                kept.append(whole)
        return structs.replace(request, seals=tuple(kept)), tuple(refused)


def end_of(raw):
    """Epoch and last seq of a seal, and the chain hash there."""
    header = seals.read(raw).header
    return (header.log.epoch, header.first_seq + header.count - 1), header.head


def last_place(raw):
    """Place of the last entry of a seal."""
    header = seals.read(raw).header
    return Position(header.log.epoch, header.first_seq + header.count - 1)


def problem(status, **headers):
    """An error as the hub words it."""
    return Reply(status, {"content-type": "application/problem+json", **headers}, json.dumps({}).encode())


def lost(answer):
    """The hub does its work, and its reply never arrives (N74)."""
    answer()
    raise ConnectionResetError


def unreachable(answer):
    """The request never arrives (N73)."""
    del answer
    raise ConnectionRefusedError


def portal(answer):
    """Somebody else's page, with status 200 (N77)."""
    del answer
    return Reply(200, {"content-type": "text/html"}, b"<html>Xin ch\xc3\xa0o</html>")


def later(days):
    """A moment some days after ``NOW``."""
    return NOW + timedelta(days=days)
