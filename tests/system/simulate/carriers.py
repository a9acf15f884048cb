"""What befalls a request between a phone and the hub (fault classes 1–5, 7–11)."""

from tests.fakes import network
from tests.system.simulate.leader import pick, synchronise


def _spoilt(*troubles):
    """An act: somebody synchronises, and one of these befalls one of its requests."""

    def act(world, chance):
        actor = pick(world, chance, may_say=False)
        if actor is None:
            return "nobody synchronises"
        name, trouble = chance.choice(troubles)
        actor.line.troubles = [network.clean] * chance.choice([0, 0, 1]) + [_drawn(trouble, chance)]
        told = synchronise(actor)
        actor.line.troubles = []
        return f"{told} ({name})"

    return act


def _drawn(trouble, chance):
    """A trouble, or one that is made with a place and a bit."""
    return trouble(chance.randrange(1_000), chance.randrange(8)) if trouble in _PLACED else trouble


def request_cut(place, _):
    return network.request_changed(network.cut(place))


def reply_cut(place, _):
    return network.reply_changed(network.cut(place))


def request_flipped(place, bit):
    return network.request_changed(network.flipped(place, bit))


def reply_flipped(place, bit):
    return network.reply_changed(network.flipped(place, bit))


_PLACED = {request_cut, reply_cut, request_flipped, reply_flipped}


def overtaken(world, chance):
    """Requests that were given up arrive later, in another order, and some of them twice."""
    actor = pick(world, chance, may_say=False)
    if actor is None:
        return "nobody synchronises"
    if len(actor.line.late) < chance.randrange(1, 4):
        actor.line.troubles = [network.delayed]
        told = synchronise(actor)
        actor.line.troubles = []
        return f"{told} (delayed)"
    order = [chance.randrange(len(actor.line.late)) for _ in range(len(actor.line.late) + 1)]
    try:
        actor.line.let_arrive(order)
    except ConnectionError:
        return f"{actor.owner.name}: the hub dies while late requests arrive"
    return f"{actor.owner.name}: requests {order} arrive late"


SIGNATURE = ("signature", "signature-input", "content-digest")

ACTS = {
    "cut": _spoilt(("request lost", network.request_lost), ("reply lost", network.reply_lost)),
    "doubled": _spoilt(("doubled", network.doubled)),
    "overtaken": overtaken,
    "truncated": _spoilt(("request cut", request_cut), ("reply cut", reply_cut)),
    "flipped": _spoilt(("request flipped", request_flipped), ("reply flipped", reply_flipped)),
    "too large": _spoilt(("413", network.too_large)),
    "busy": _spoilt(("429", network.busy(429)), ("503", network.busy(503))),
    "portal": _spoilt(("portal", network.portal), ("login", network.login_page)),
    "headers gone": _spoilt(
        *((name, network.without_headers(name)) for name in SIGNATURE),
        ("content-type", network.without_headers("content-type")),
        ("bare reply", network.bare_reply),
    ),
    "half open": _spoilt(("never answered", network.reply_lost), ("never sent", network.request_lost)),
}
