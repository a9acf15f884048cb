"""Several real processes on one branch log (L14): nothing is lost and nothing is there twice."""

import subprocess
import sys

from hub.app import opened
from hub.service.upkeep.fsck import check
from tests.hub.builders import GROUP
from tests.hub.served import ENVIRON, ROOT, WAIT_S

COUNT = 25


def appender(directory, name):
    words = (sys.executable, "-m", "tests.hub.appending", str(directory), name, str(COUNT))
    return subprocess.Popen(words, env=ENVIRON, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def ended(running, code):
    told = running.stdout.read()
    running.stdout.close()
    assert running.wait(WAIT_S) == code
    return told.split()


def test_N44_L14_two_processes_on_one_branch_log_lose_and_double_nothing_even_when_one_is_killed(directory):
    with opened(directory, ENVIRON, sealing=True) as hub:
        hub.groups.open(GROUP)
    lives, dies = appender(directory, "A"), appender(directory, "B")
    said = [dies.stdout.readline().strip() for _ in range(3)]
    dies.kill()
    said += ended(dies, -9)
    said += ended(lives, 0)
    again = ended(appender(directory, "B"), 0)
    with opened(directory, ENVIRON) as hub:
        listed = hub.groups.load(GROUP).book.members
        report, mark = check(hub.groups, lambda: None), hub.groups.mark(GROUP)
        assert mark == hub.groups.load(GROUP).log.tip
    names = [one.listed.number for one in listed.values()]
    assert sorted(names) == sorted(f"{name}{one:04d}" for name in "AB" for one in range(COUNT))
    assert set(said) <= set(names)
    assert list(listed) == list(range(1, 2 * COUNT + 1))
    assert (report.faults, len(again)) == ((), COUNT)
