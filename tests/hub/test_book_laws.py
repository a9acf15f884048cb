"""Laws of an import: whatever is wrong in an export, every row is accounted for and the rest goes on."""

import csv
import io
from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from calc.book import Book, fold
from calc.dues import dues
from hub.service.group.closing import end_run
from hub.service.loan_book.drafting import Branch
from hub.service.loan_book.roster import roster_of
from protocol.day import to_day
from protocol.ids import Position
from protocol.roster_facts import GroupListed, MemberListed
from tests.hub.exports import FILES, rows_of, write_export
from tests.hub.imports import NOTHING, plan

DAY = to_day(date(2025, 12, 17))
OF_GROUPS = ("groups", "members", "savings", "savings_events", "loans", "loan_events")
GROUPS = ("KM-001", "KM-002", "KM-003")
WRONG = ("", "x", "-1", "1.5", "=1+1", "9" * 30, "\u202eabc", "2025-02-30", "1900-01-01", "ZZ", "0", "KM-002")


def _mine(text, number):
    """A name of the good export as the n-th group has it."""
    named = text[:1] in "CLSG" and text[1:].isdigit()
    return f"{text}-{number}" if named else text.replace("KM-001", f"KM-00{number}")


def whole_export():
    """The good export three times over: a group each; (line, group) of every row by table."""
    tables, owners = {}, {}
    for name in FILES:
        header, *rows = rows_of(name)
        copies = range(1, len(GROUPS) + 1) if name in OF_GROUPS else (0,)
        owned = [(number, row) for number in copies for row in rows]
        tables[name] = [
            header,
            *([_mine(cell, number) if number else cell for cell in row] for number, row in owned),
        ]
        owners[name] = [None, *(f"KM-00{number}" if number else None for number, _ in owned)]
    return tables, owners


TABLES, OWNERS = whole_export()
FILLED = sorted(name for name, rows in TABLES.items() if len(rows) > 1)


@st.composite
def corruptions(draw):
    """A table, a row of it from 1 on, and what becomes of that row."""
    name = draw(st.sampled_from(FILLED))
    line = draw(st.integers(1, len(TABLES[name]) - 1))
    column = draw(st.integers(0, len(TABLES[name][0]) - 1))
    return name, line, draw(st.sampled_from([*((column, cell) for cell in WRONG), "cut", "twice", "gone"]))


def spoiled(found):
    """The tables with these corruptions, the groups that they bear on (None: all), every row made wrong."""
    tables: dict[str, Any] = {name: [list(row) for row in rows] for name, rows in TABLES.items()}
    touched: set[str | None] = set()
    wrong = []
    for name, line, change in sorted(found, key=lambda one: one[:2], reverse=True):
        rows = tables[name]
        touched.add(OWNERS[name][line])
        match change:
            case "gone":
                del rows[line]
            case "twice":
                rows.append([*rows[line]])
            case "cut":
                rows[line].pop()
                wrong.append((name, rows[line]))
            case (column, cell):
                rows[line][column] = cell
                touched |= {cell} & {*GROUPS}
                wrong.append((name, rows[line]))
    lines = [(name, nth) for name, bad in wrong for nth, row in enumerate(tables[name], 1) if row is bad]
    return tables, touched, lines


def written(folder, tables):
    texts = {}
    for name, rows in tables.items():
        stream = io.StringIO()
        csv.writer(stream, lineterminator="\n").writerows(rows)
        texts[name] = stream.getvalue()
    return write_export(folder, only=[], **texts)


def tried(folder, branch=NOTHING, logs=None):
    """A plan tried on the books of these logs."""
    books = {group: fold(_placed(log)) for group, log in (logs or {}).items()}
    return plan(folder, branch, lambda group, run: end_run(books.get(group, Book()), run, DAY, "core"))


def _placed(log):
    return ((Position(0, seq), entry) for seq, entry in enumerate(log, 1))


def unsalted(entries):
    """Entries without the hashes that are other ones each time."""
    blank = b"\0" * 32
    found = []
    for entry in entries:
        if isinstance(entry, GroupListed):
            found.append(replace(entry, name=blank))
        elif isinstance(entry, MemberListed):
            texts = {
                field: getattr(entry, field) and blank for field in ("name", "identity", "phone", "address")
            }
            found.append(replace(entry, **texts))
        else:
            found.append(entry)
    return found


def content(log):
    """What a log says, whatever its ordinals and its order: names, facts and signed dues."""
    book = fold(_placed(log))
    return (
        {member.listed.number for member in book.members.values()},
        {account.number: account.balance(book.view(), DAY) for account in book.accounts.values()},
        {book.loans[due.loan].number: due.payable for due in dues(book, DAY)},
        [problem.oddity for problem in book.problems],
    )


def carried_out(made, branch, logs):
    """The branch and its logs after a plan."""
    after = {group: [*log] for group, log in logs.items()}
    for group in made.groups:
        after.setdefault(group.group, []).extend(group.entries)
    words = {text.hash: text.text.decode() for group in made.groups for text in group.texts}
    known = {code: roster.text_of for code, roster in branch.rosters.items()}

    def text_of(group):
        return lambda digest: words.get(digest) or known.get(group, lambda _: None)(digest)

    rosters = {group: roster_of(group, log, text_of(group)) for group, log in after.items()}
    return Branch(rosters, made.directory), after


def test_the_whole_export_is_good(tmp_path):
    made = tried(written(tmp_path, TABLES))
    assert (made.refused, [group.group for group in made.groups]) == ((), list(GROUPS))


@settings(max_examples=max(5, settings().max_examples // 3))
@given(st.lists(corruptions(), min_size=1, max_size=3, unique_by=lambda one: one[:2]))
def test_B21_every_row_has_one_outcome_the_rest_goes_on_and_mending_completes_it(tmp_path_factory, found):
    folder = tmp_path_factory.mktemp("book")
    clean = written(folder / "clean", TABLES)
    tables, touched, wrong = spoiled(found)
    spoilt = written(folder / "spoilt", tables)
    whole, made = tried(clean), tried(spoilt)

    rows = sum(len(rows) - 1 for rows in tables.values())
    told = {(one.table, one.line) for group in made.groups for one in group.planned if one.line}
    refused = {(row.table, row.line) for row in made.refused if row.line}
    assert made.imported + made.refused_rows == rows
    assert (made.unchanged, made.refused_rows) == (0, len(refused))
    assert not told & refused
    in_logs = [name for name in FILLED if name not in {"areas", "points", "programmes"}]
    assert len({place for place in told | refused if place[0] in in_logs}) == sum(
        len(tables[name]) - 1 for name in in_logs
    )

    if None not in touched:
        expected = {one.group: unsalted(one.entries) for one in whole.groups if one.group not in touched}
        assert expected == {
            one.group: unsalted(one.entries) for one in made.groups if one.group not in touched
        }

    branch, logs = carried_out(made, NOTHING, {})
    again = tried(spoilt, branch, logs)
    assert (again.groups, again.imported, again.refused) == ((), 0, made.refused)
    assert (again.unchanged, again.refused_rows) == (made.imported, made.refused_rows)

    if refused.issuperset(wrong):
        mending = tried(clean, branch, logs)
        mended, logs = carried_out(mending, branch, logs)
        _, complete = carried_out(whole, NOTHING, {})
        assert mending.refused == ()
        assert {group: content(log) for group, log in logs.items()} == {
            group: content(log) for group, log in complete.items()
        }
        assert tried(clean, mended, logs).groups == ()
