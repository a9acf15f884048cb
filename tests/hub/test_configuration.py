"""The page on configuration: every setting with its default, every variable, every line of the log."""

import ast
import re

import msgspec

from hub.settings import Settings
from tests.hub.served import ROOT

PAGE = (ROOT / "docs" / "operate" / "configuration.md").read_text(encoding="utf-8")
SOURCES = [path.read_text(encoding="utf-8") for path in (ROOT / "hub").rglob("*.py")]
LOGGED = re.compile(r"\A(_log|get_logger\(\))\.(info|warning|error)\Z")


def section(title):
    return re.split(r"\n## ", PAGE.split(f"\n## {title}\n")[1])[0]


def table(title):
    """The rows of a section's table: cells without their backticks."""
    rows = [line for line in section(title).splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows]


def test_every_setting_is_told_with_its_default():
    fields = msgspec.structs.fields(Settings)
    defaults = {field.name: f"`{msgspec.json.encode(field.default).decode()}`" for field in fields}
    assert {row[0].strip("`"): row[1] for row in table("`hub.toml`")} == defaults


def test_the_example_is_one_that_the_hub_takes():
    example = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL).group(1)
    assert msgspec.toml.decode(example, type=Settings).proxies == ("127.0.0.2",)


def test_every_variable_that_a_program_of_the_branch_reads_is_told():
    sources = [
        *SOURCES,
        *(path.read_text(encoding="utf-8") for path in (ROOT / "provisioning").rglob("*.py")),
    ]
    read = {name for source in sources for name in re.findall(r'"(TOVAY_[A-Z_]+)"', source)}
    assert {row[0].strip("`") for row in table("Environment")} == read


def test_every_line_of_the_log_is_told_with_its_level():
    calls = [
        (node.args[0].value, node.func.attr)
        for source in SOURCES
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and LOGGED.match(ast.unparse(node.func))
    ]
    told = {(event, row[1]) for row in table("The log") for event in re.findall(r"`(\w+)`", row[0])}
    assert told == set(calls)
