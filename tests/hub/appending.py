"""A program that lists members of a group, one seal each, beside others that do the same."""

import os
import sys
from pathlib import Path

from hub.app import opened
from protocol.roster_facts import MemberListed
from tests.hub.builders import GROUP


def main(directory: str, name: str, count: str) -> None:
    with opened(Path(directory), os.environ, sealing=True) as hub:
        for one in range(int(count)):
            number = f"{name}{one:04d}"
            hub.groups.append(GROUP, lambda state, number=number: missing(state, number))
            os.write(1, f"{number}\n".encode())


def missing(state, number):
    """What lists a member, unless it is listed."""
    if number in {one.listed.number for one in state.book.members.values()}:
        return []
    return [[MemberListed(len(state.book.members) + 1, number, bytes(32), None, None, None, number)]]


if __name__ == "__main__":
    main(*sys.argv[-3:])
