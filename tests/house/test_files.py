"""What no file of the repository may say, and what each fragment of the changelog must."""

import re
import tomllib

import pytest

from tests.house.sources import ROOT, place, python_files, repository_files, text

REGISTRY = re.compile(
    r"https?://[a-z0-9.-]*(registry|py[a-z]*hosted|py.i\.|deb\.|npm[j]s)"
    r'|"resolved": *"'
    r"|--(extra-)?index-url"
)
MACHINE_PATH = re.compile(r"(?<![A-Za-z0-9._<>-])/(work|root|home|tmp)/")
UNFINISHED = re.compile(r"\b(TOD[O]|FIXM[E]|XX[X])\b")
UNREASONED = re.compile(r"# noqa(?!: [A-Z]+[0-9]+(, [A-Z]+[0-9]+)* \S)|# type: ignore(?!\[[a-z, -]+\])")
SWITCHED_OFF = re.compile(r"\b(pytest\.skip|mark\.skip|skipif|xfail|importorskip|skipTest|no cover)\b")
FRAGMENT = re.compile(r"(\d+|\+?[a-z0-9-]+)\.(?P<kind>[a-z]+)\.md")


@pytest.mark.parametrize(
    "unwanted",
    [
        pytest.param(REGISTRY, id="the address of a package registry"),
        pytest.param(MACHINE_PATH, id="a path of one machine"),
        pytest.param(UNFINISHED, id="a promise to finish later"),
    ],
)
def test_no_file_contains(unwanted):
    found = [
        place(path, number)
        for path in repository_files()
        for number, line in enumerate((text(path) or "").splitlines(), 1)
        if unwanted.search(line)
    ]
    assert not found


def test_a_silenced_warning_names_its_code_and_reason():
    assert not _found_in_python(UNREASONED)


def test_no_test_is_switched_off():
    assert not _found_in_python(SWITCHED_OFF)


def test_each_changelog_fragment_is_a_sentence_of_a_known_kind():
    towncrier = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["towncrier"]
    kinds = {kind["directory"] for kind in towncrier["type"]}
    for path in (ROOT / "changelog.d").iterdir():
        if path.name == ".gitignore":
            continue
        named = FRAGMENT.fullmatch(path.name)
        assert named, path.name
        assert named["kind"] in kinds, path.name
        assert re.fullmatch(r"[A-ZĐÀ-Ỹ`].*\.\n", path.read_text(encoding="utf-8"), re.DOTALL), path.name


def _found_in_python(unwanted: re.Pattern[str]) -> list[str]:
    return [
        place(path, number)
        for path in python_files()
        if path.name != "test_files.py"
        for number, line in enumerate((text(path) or "").splitlines(), 1)
        if unwanted.search(line)
    ]
