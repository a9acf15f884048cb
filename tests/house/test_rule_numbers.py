"""Rules are defined once in docs/spec and docs/calc, cited in code by number, and shown to hold by a test."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.house.sources import PACKAGES, ROOT, place, repository_files, text

DEFINITION = re.compile(r"^(?:#{1,4} |\*\*)(?P<law>[LB])(?P<first>\d{1,2})\b")
CITATION = re.compile(
    r"""(?<![A-Za-z0-9"',./=-])(?P<law>[LB])(?P<first>[1-9]\d?)(?:–(?P=law)?(?P<last>\d{1,2}))?(?![A-Za-z0-9"'])"""
)
LAST = {"L": 19, "B": 25}
"""Numbers of the family B beyond its last rule name threats."""


def test_no_rule_is_defined_twice():
    defined = Counter(rule for _, rule in _rules("docs/spec", "docs/calc", pattern=DEFINITION))
    assert not [rule for rule, times in defined.items() if times > 1]


def test_each_rule_that_is_cited_is_defined():
    defined = {rule for _, rule in _rules("docs/spec", "docs/calc", pattern=DEFINITION)}
    cited = _rules(*PACKAGES, "tests", "docs", "examples", pattern=CITATION)
    assert not [f"{where} {rule}" for where, rule in cited if rule not in defined]


def test_each_rule_is_cited_by_a_test():
    defined = {rule for _, rule in _rules("docs/spec", "docs/calc", pattern=DEFINITION)}
    cited = {rule for where, rule in _rules("tests", pattern=CITATION) if ".py:" in where}
    assert not defined - cited


def _rules(*folders: str, pattern: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """Every rule number below the folders, with its place; a range names each of its rules."""
    for path in repository_files():
        if path.suffix in {".py", ".md", ".sql"} and _is_below(path, folders) and path != Path(__file__):
            for number, line in enumerate((text(path) or "").splitlines(), 1):
                for found in pattern.finditer(line):
                    first = int(found["first"])
                    last = int(found.groupdict().get("last") or first)
                    for rule in range(first, min(last, LAST[found["law"]]) + 1):
                        yield place(path, number), f"{found['law']}{rule}"


def _is_below(path: Path, folders: tuple[str, ...]) -> bool:
    return any(path.is_relative_to(ROOT / folder) for folder in folders)
