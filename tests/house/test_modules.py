"""How modules are cut: size, names, maps, imports."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.house.sources import PACKAGES, module_name, nodes, place, python_files, text, tree

MODULE_LINES_MAX = 300
FUNCTION_LINES_MAX = 50
BANNED_NAMES = frozenset({"session", "record", "item", "data", "info", "handle", "process", "manager"})
BANNED_MODULES = frozenset(
    {"utils", "util", "helpers", "common", "models", "types", "schemas", "manager", "misc"}
)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def test_a_module_has_at_most_300_lines():
    too_long = {
        place(path, lines): lines
        for path in python_files()
        if (lines := len((text(path) or "").splitlines())) > MODULE_LINES_MAX
    }
    assert not too_long


def test_a_function_has_at_most_50_lines():
    too_long = [
        f"{place(path, node.lineno)} {node.name}"
        for path in python_files()
        for node in nodes(path)
        if isinstance(node, FUNCTIONS) and (node.end_lineno or 0) - node.lineno + 1 > FUNCTION_LINES_MAX
    ]
    assert not too_long


def test_an_init_is_the_map_of_its_package_and_nothing_else():
    more_than_a_map = [
        place(path, 1)
        for path in python_files()
        if path.name == "__init__.py" and (ast.get_docstring(tree(path)) is None or len(tree(path).body) > 1)
    ]
    assert not more_than_a_map


def test_no_module_is_named_after_a_kind():
    assert not [place(path, 1) for path in python_files() if path.stem in BANNED_MODULES]


def test_no_bare_name_says_nothing():
    named = [
        f"{place(path, line)} {name}"
        for path in python_files()
        for line, name in _names_given(path)
        if name in BANNED_NAMES
    ]
    assert not named


def test_no_import_stands_inside_a_function():
    inside = [
        place(path, node.lineno)
        for path in python_files()
        for function in nodes(path)
        if isinstance(function, FUNCTIONS)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not inside


def test_a_name_is_imported_from_the_module_that_defines_it():
    modules = {module_name(path): path for path in python_files(*PACKAGES, "tests")}
    passed_on = [
        f"{place(path, node.lineno)} {alias.name}"
        for path in modules.values()
        for node in nodes(path)
        if isinstance(node, ast.ImportFrom) and node.module in modules
        for alias in node.names
        if f"{node.module}.{alias.name}" not in modules
        and alias.name not in _names_defined(modules[node.module])
    ]
    assert not passed_on


def _names_given(path: Path) -> Iterator[tuple[int, str]]:
    """Every name that the module itself chooses, with its line; a base class may have chosen a method's."""
    inherited = {
        method
        for node in nodes(path)
        if isinstance(node, ast.ClassDef) and node.bases
        for method in node.body
    }
    for node in nodes(path):
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            if node not in inherited:
                yield node.lineno, node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.alias) and node.asname:
            yield node.lineno, node.asname


@cache
def _names_defined(path: Path) -> set[str]:
    """What a module defines at its top level, imports left out."""
    defined: set[str] = set()
    for node in tree(path).body:
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            defined.add(node.name)
        else:
            defined.update(
                inner.id
                for inner in ast.walk(node)
                if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store)
            )
    return defined
