"""Arithmetic and vocabulary hold whole numbers only, and nothing there reads a clock."""

import ast
import re

from tests.house.sources import PACKAGES, ROOT, nodes, place, python_files, repository_files, text

CLOCK_MODULES = frozenset({"edge/clock.py", "hub/app.py", "provisioning/cli.py"})
CLOCK_CALLS = frozenset(
    {
        ("datetime", "now"),
        ("datetime", "utcnow"),
        ("datetime", "today"),
        ("date", "today"),
        ("time", "time"),
        ("time", "time_ns"),
        ("time", "localtime"),
        ("time", "gmtime"),
    }
)
SQL_CLOCK = re.compile(r"\bCURRENT_(TIMESTAMP|DATE|TIME)\b|'now'|\bunixepoch\(\)")


def test_calc_and_protocol_hold_no_float():
    inexact = [
        place(path, node.lineno)
        for path in python_files("calc", "protocol")
        for node in nodes(path)
        if (isinstance(node, ast.Constant) and isinstance(node.value, float | complex))
        or (isinstance(node, ast.Name) and node.id in {"float", "round", "complex"})
    ]
    assert not inexact


def test_calc_and_protocol_divide_by_whole_numbers_only():
    divisions = [
        place(path, node.lineno)
        for path in python_files("calc", "protocol")
        for node in nodes(path)
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div)
    ]
    assert not divisions


def test_the_time_is_read_in_three_places_only():
    readers = [
        f"{place(path, node.lineno)} {node.value.id}.{node.attr}"
        for path in python_files(*PACKAGES)
        if str(path.relative_to(ROOT)) not in CLOCK_MODULES
        for node in nodes(path)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.value.id, node.attr) in CLOCK_CALLS
    ]
    assert not readers


def test_no_statement_asks_the_database_for_the_time():
    asked = [
        place(path, number)
        for path in repository_files()
        if path.suffix in {".py", ".sql"} and path.relative_to(ROOT).parts[0] in PACKAGES
        for number, line in enumerate((text(path) or "").splitlines(), 1)
        if SQL_CLOCK.search(line)
    ]
    assert not asked
