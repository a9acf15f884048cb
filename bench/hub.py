"""What a hub bears: `./just bench hub [province] [storm] [office] [history] [--quick] [--store couchdb]`.

Each part has a branch of its own and holds what the store has in the end against what was sent, as a set and
in sum: a part that lost anything says FAILED, and the program ends with 1. Beside each figure stand two
ratios, to what the same machine did in the same run: documents a second as part of those that an empty store
takes in bulk, and entries for each Ed25519 verification that one core manages.
"""

import argparse
import sys
from collections.abc import Callable

from bench import hub_history, hub_office, hub_province, hub_storm
from bench.hub_branch import Asked, Found, Ground, Line, LostError, Machine, ground
from bench.hub_senders import NotTakenError

PARTS: dict[str, Callable[[Ground, Asked], Found]] = {
    "province": hub_province.measure,
    "storm": hub_storm.measure,
    "office": hub_office.measure,
    "history": hub_history.measure,
}
_WIDTHS = "{:44} {:60} {:>8} {:>8}"


def main() -> None:
    """Print the table; leave with 1 when a part lost anything."""
    parser = argparse.ArgumentParser(prog="./just bench hub", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(PARTS)}; all by default")
    parser.add_argument("--quick", action="store_true", help="small sizes, some seconds each")
    parser.add_argument("--store", choices=("sqlite", "couchdb"), default="sqlite")
    parser.add_argument("--groups", type=int, help="so many in the province and the office")
    asked = parser.parse_args()
    if unknown := set(asked.parts) - set(PARTS):
        parser.error(f"no part {', '.join(sorted(unknown))}")
    print(_WIDTHS.format("", asked.store, "÷ bulk", "÷ verify"))
    size = Asked(asked.quick, asked.groups)
    failed = [part for part in asked.parts or PARTS if not _measured(part, asked.store, size)]
    sys.exit(1 if failed else 0)


def _measured(part: str, store: str, size: Asked) -> bool:
    """Measure and print one part; False when it lost anything."""
    try:
        with ground(store) as place:
            found = PARTS[part](place, size)
    except (LostError, NotTakenError) as error:
        print(f"{part} FAILED: {error}", flush=True)
        return False
    told = found.machine
    own = f"{told.documents_a_s:,.0f} documents/s in bulk, {told.verifications_a_s:,.0f} verifications/s"
    print(_WIDTHS.format(f"{part}: this machine", own, "", ""))
    for line in found.lines:
        print(_WIDTHS.format(f"  {line.what}", line.figure, *_ratios(line, told)), flush=True)
    return True


def _ratios(line: Line, machine: Machine) -> tuple[str, str]:
    """Documents a second beside bulk inserts, and entries a second beside verifications."""
    if not line.seconds:
        return "", ""
    stored = line.documents / line.seconds / machine.documents_a_s
    signed = line.entries / line.seconds / machine.verifications_a_s
    return f"{stored:.3f}" if line.documents else "", f"{signed:.2f}" if line.entries else ""


if __name__ == "__main__":
    main()
