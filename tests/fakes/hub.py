"""A hub in memory behind the phone's ``Transport``: real keys, real seals, one group, and faults on demand.

It keeps what the branch's own rules say (L9–L11) in the fewest lines, so that a test can drive a phone
against it with no network. ``Hub.branch`` is the branch's side of the story, from ``tests.builders``.
"""

import json
import secrets
from datetime import datetime, timedelta

from calc.book import fold
from calc.dues import book_digest
from protocol import enrolment, exchange
from protocol import seal as seals
from protocol.day import to_instant
from protocol.entries import decode_entry
from protocol.errors import ProtocolError, SkewedClockError
from protocol.exchange import DetachedText, Response
from protocol.keys import fingerprint, writer_id
from protocol.ports import Reply
from protocol.posting_facts import BookReady
from protocol.request import CHALLENGE_HEADER, TIME_HEADER, Call, Door, check_request
from protocol.roster_facts import MemberListed
from protocol.voucher import secret_text, voucher, write_voucher
from tests.builders import VERIFIER, a_group, signer
from tests.facts import an

ORIGIN = "https://hub.example"
NOW = datetime.fromisoformat("2025-12-15T08:00:00+07:00")


class Hub:
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
        self._vouchers, self._admitted = {}, {}
        self.waiting = {}  # voucher secret → key of a phone that is not admitted yet
        self.held = []  # (phone seal, position of its Received)
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
        self._admitted[writer_id(spki)] = spki, phone.admission.ordinal
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
        return fold((placed.position, placed.entry) for placed in self.branch.log.entries)

    def receive(self, raw):
        """Take in one phone seal, from whoever carries it; a repeat changes nothing."""
        if all(raw != held for held, _ in self.held):
            self.branch.receive(raw)
            self.held.append((raw, self.branch.log.length))

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
            return problem(401)
        if path == enrolment.CERTIFICATE_PATH:
            return self._certificate(signed)
        return self._exchange(body, signed)

    def _key_of(self, writer):
        waiting = {writer_id(spki): spki for spki in self.waiting.values()}
        return self._admitted.get(writer, (waiting.get(writer), 0))[0]

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
        if signed.writer not in self._admitted:
            return Reply(202, headers, b"")
        ordinal = self._admitted[signed.writer][1]
        reply = enrolment.CertificateReply(1, None, None, self.branch.group, ordinal)
        return Reply(200, headers, enrolment.write_certificate_reply(reply))

    def _exchange(self, body, signed):
        request = exchange.read_request(body)
        for raw in request.seals:
            self.receive(raw)
        self.lend(request.texts)
        known = 0 if request.known is None else request.known.seq
        new = [raw for raw in self.branch.seals if last_seq(raw) > known]
        page = new[: self.page]
        shown = last_seq(page[-1]) if page else known
        others = tuple(
            raw
            for raw, position in self.held
            if known < position <= shown and seals.read(raw).header.log.writer != signed.writer
        )
        response = Response(
            version=1,
            hub_time=to_instant(self.now),
            statements=tuple(self.branch.statements),
            branch_seals=tuple(page),
            phone_seals=others,
            texts=tuple(self._texts.values()),
            refused=(),
            more=int(len(page) < len(new)),
            encoding=0,
        )
        return Reply(200, {"content-type": exchange.CONTENT_TYPE}, exchange.write_response(response))


def last_seq(raw):
    """Seq of the last entry of a seal."""
    header = seals.read(raw).header
    return header.first_seq + header.count - 1


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
