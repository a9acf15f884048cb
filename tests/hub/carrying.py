"""Phones without a network as the hub meets them: bundles as they write them, answers as they open them."""

from protocol import bundle as bundles
from protocol.day import to_instant
from protocol.exchange import Request
from protocol.keys import newest, read_statement
from protocol.native import NativeHpke
from tests.hub.builders import GROUP, NOW, Phone

HPKE = NativeHpke()


class Carried:
    """What a phone puts into bundles, and takes out of them; ``private`` is its key for answers."""

    def __init__(self, hub, phone: Phone, group=GROUP):
        self.hub, self.phone, self.group = hub, phone, group
        self.private = HPKE.new_private()

    def statement(self, number=None):
        """The statement of the bundle key of a number, or of the newest."""
        trust = self.hub.groups.trust
        stated = [read_statement(raw, trust.root_spki, trust.verifier) for raw in trust.statements]
        if number is None:
            return newest(stated, "KM", "bundle")
        return next(one for one in stated if (one.purpose, one.number) == ("bundle", number))

    def bundle(self, *sealed, known=None, texts=(), key=None, to=None, reply_to=None, other_tips=()):
        """A bundle with these seals."""
        request = Request(1, self.group, known, tuple(other_tips), tuple(sealed), tuple(texts))
        reply_to = reply_to or HPKE.public_of(self.private)
        letter = bundles.letter_up(request, self.phone.writer, to_instant(NOW), reply_to)
        return bundles.write_up(letter, key or self.phone.signer, to or self.statement(), HPKE)

    def opened(self, raw):
        """An answer, opened and checked as the phone does."""
        opened = bundles.open_down(bundles.read(raw), self.private, HPKE)
        bundles.check_down(opened, self.hub.signer.spki, self.hub.groups.trust.verifier)
        return opened
