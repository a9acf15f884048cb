"""A leader's process for the crash tests: ``python -m tests.edge.collecting DIRECTORY HOW_MANY``.

Opens the enrolled phone and takes deposits one after another; each number stands on the output only after the
phone said that the receipt is saved. Every second one is sealed.
"""

import sys
from pathlib import Path

from edge.collection import Deposit
from edge.errors import EdgeError
from tests.edge.steps import take
from tests.fakes.places import Place


def main(directory, how_many):
    """Take deposits until killed or done; the last line says how it ended."""
    phone = Place(Path(directory), hub=None).unlock()
    try:
        for _ in range(int(how_many)):
            seq = take(phone, "4", "none", [Deposit(5_000)], again=True)
            sys.stdout.write(f"{seq}\n")
            sys.stdout.flush()
            if seq % 2 == 0:
                phone.seal()
    except EdgeError as error:
        sys.stdout.write(f"{error.fault}\n")
    phone.ledger.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
