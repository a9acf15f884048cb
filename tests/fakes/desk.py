"""The branch's desk for bundles, over the hub in memory: what ``tovay-hub ingest`` does, in few lines."""

from protocol import bundle as bundles
from protocol import seal as seals
from protocol.day import to_instant
from protocol.exchange import Response
from protocol.ids import BranchTip
from protocol.native import NativeHpke
from tests.builders import signer, stated

HPKE = NativeHpke()


class Desk:
    """Opens bundles under the branch's bundle keys and answers them, ``page`` branch seals at a time."""

    def __init__(self, hub):
        self.hub, self.keys = hub, {}
        self.page = 256
        self.renew()

    def renew(self):
        """The root states the next bundle key."""
        number, private = len(self.keys) + 1, HPKE.new_private()
        self.keys[number] = private
        given = {"purpose": "bundle", "algorithm": "x25519", "number": number}
        raw = stated(signer("root"), spki=HPKE.public_of(private), **given)
        self.hub.branch.statements.append(raw)

    def opened(self, raw):
        """A phone's bundle, opened."""
        outer = bundles.read(raw)
        return bundles.open_up(outer, self.keys[outer.number], HPKE)

    def ingest(self, *raws):
        """Take in bundles; returns the answers, each as its bundles."""
        taken = [self.opened(raw) for raw in raws]
        for one in taken:
            for raw in one.request.seals:
                self.hub.receive(raw)
            self.hub.lend(one.request.texts)
        return [self.answers(one) for one in taken]

    def answers(self, opened):
        """The bundles of one answer, in their order."""
        known, written = opened.request.known, []
        new = [raw for raw in self.hub.branch.seals if known is None or _last(raw) > known.seq]
        pages = [new[at : at + self.page] for at in range(0, len(new), self.page)] or [[]]
        for number, page in enumerate(pages, 1):
            written.append(self.written(opened, self.response(page, more=number < len(pages)), known))
            if page:
                header = seals.read(page[-1]).header
                known = BranchTip(header.log.epoch, _last(page[-1]), header.head)
        return written

    def response(self, page, *, more=False):
        """What an exchange would answer."""
        return Response(
            version=1,
            hub_time=to_instant(self.hub.now),
            statements=tuple(self.hub.branch.statements),
            branch_seals=tuple(page),
            phone_seals=tuple(raw for raw, _ in self.hub.held),
            texts=(),
            refused=(),
            more=int(more),
            encoding=0,
        )

    def written(self, opened, response, known, **given):
        """One bundle for a phone; what is given replaces what the branch would write."""
        letter = opened.letter
        usual = {"group": opened.request.group, "writer": letter.writer, "known": known}
        usual |= {"key": signer("branch key 1"), "branch": "KM", "reply_to": letter.reply_to} | given
        down = bundles.letter_down(response, usual["group"], usual["writer"], usual["known"])
        return bundles.write_down(down, usual["key"], usual["branch"], usual["reply_to"], HPKE)


def _last(raw):
    header = seals.read(raw).header
    return header.first_seq + header.count - 1
