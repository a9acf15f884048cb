"""One collection day, told with the real programs: from the members' hands to the settled transaction day.

    python examples/collection_day.py            # plays the story in a folder that is removed at the end
    python examples/collection_day.py --keep     # leaves the branch, the phones and the running hub behind
    python examples/collection_day.py --store couchdb   # the hub's documents are on a CouchDB

The hub and the phones are separate processes that talk HTTP over loopback. Everything is as a branch would do
it by hand; the README shows the same commands. The clock is a rehearsal clock in December 2025.
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

from cast import Branch, Phone, found_branch
from rich.console import Console
from stage import Couch, Hub, LossyLine, Stage, StoryError
from table import WIDTH, causes, dong, picture, reconciliation

SAMPLE = Path(__file__).parent / "kinh_mon"
GROUP = "KM-001"
DAY = "2025-12-17"
LEADER, DEPUTY = "leader", "deputy"
MISSING_RECEIPT = 162_740
console = Console(highlight=False)
wide = Console(highlight=False, width=max(WIDTH, console.width))


class Day:
    """What the chapters share: the stage, the branch, its hub, and the two phones."""

    def __init__(self, folder: Path) -> None:
        self.stage = Stage(folder)
        self.hub = Hub(self.stage, folder / "branch")
        self.couch: Couch | None = None
        self.branch: Branch
        self.leader: Phone
        self.deputy: Phone

    @property
    def phones(self) -> tuple[Phone, Phone]:
        """The leader's and the deputy's."""
        return self.leader, self.deputy


def main(words: list[str]) -> int:
    """Play the story; exit status 0 when everything went as told, 1 otherwise."""
    wishes = _wishes(words)
    folder = Path(tempfile.mkdtemp(prefix="tovay-"))
    day = Day(folder)
    started = time.monotonic()
    try:
        found(day, wishes)
        enrol(day)
        for chapter in (
            collect_offline,
            kill_a_phone,
            meanwhile_at_the_branch,
            come_back,
            close_and_count,
            settle,
        ):
            chapter(day)
        show(day, wishes)
    except StoryError as error:
        console.print("[bold red]The story broke off.[/]")
        print(error)
        return 1
    finally:
        if not wishes.keep:
            day.hub.stop()
            if day.couch is not None:
                day.couch.stop()
            shutil.rmtree(folder)
    if wishes.keep:
        print(day.branch.logins(day.hub, day.phones, GROUP, DAY))
    took = time.monotonic() - started
    console.print(
        f"\n[bold green]The day is settled. Every đồng of difference has its owner.[/] ({took:.0f} s)"
    )
    return 0


def found(day: Day, wishes: argparse.Namespace) -> None:
    """The offline root, the branch's keys and store, and the loan book of Kinh Môn."""
    _chapter("2 December: a branch is founded, its loan book imported")
    day.stage.now = "2025-12-03T08:00:00+07:00"
    if wishes.store == "couchdb":
        day.couch = Couch(day.stage.folder, stays=wishes.keep)
    day.branch = found_branch(day.stage, day.hub.url, *(day.couch.words if day.couch else ()))
    store = f"databases at {day.couch.url}" if day.couch else "SQLite store"
    _tell(f"offline root key, branch authority, hub key and {store} made")
    sample = SAMPLE if wishes.groups is None else _full_sample(day, wishes.groups)
    report = day.branch.ask("import-book", sample)
    _tell(f"imported {report['groups']} groups, {report['entries']} signed entries")
    again = day.branch.ask("import-book", sample)
    _check(again["entries"] == 0, "the same export a second time adds nothing")
    day.hub.start()
    _tell(f"the hub listens at {day.hub.url}")


def enrol(day: Day) -> None:
    """Two phones with one-time vouchers; six digits are compared by two people."""
    _chapter("Two phones of group KM-001 are enrolled")
    day.leader = day.branch.enrol(LEADER, GROUP, day.hub.url)
    day.deputy = day.branch.enrol(DEPUTY, GROUP, day.hub.url)
    for phone in day.phones:
        _tell(f"the {phone.role}'s phone has the book: {len(phone.ask('members')['members'])} members")
    day.hub.stop()
    _tell("the network is gone: the hub is stopped")


def collect_offline(day: Day) -> None:
    """At the doors, with no network: the kinds of payment that happen in a real hamlet."""
    _chapter("10 to 15 December: the leader and the deputy collect offline")
    leader, deputy = day.phones
    day.stage.now = "2025-12-10T08:30:00+07:00"
    leader.collect(3, "--full", tell="full due of two loans")
    leader.collect(2, "--full", tell="full due; the branch is about to learn of a repayment")
    leader.collect(4, "--amount", 500_000, tell="a part of what is due")
    leader.collect(9, "--amount", 1_000_000, tell="more than is due")
    leader.collect(5, "--full", "--savings", 50_000, tell="full due, and savings")
    leader.run("visit", 12, "--outcome", "promised", "--promise", "20/12/2025", "--promised", 142_685)
    _tell("Sùng A Páo has nothing today and promises 142.685 đ for 20/12")
    loan = leader.ask("show", 6)["loans"][0]
    leader.run("transfer", 6, loan["loan"], "--amount", loan["asked_dong"], "--to", "interest", "--yes")
    leader.run("transfer", 6, loan["loan"], "--amount", 2_000_000, "--to", "principal", "--yes")
    _tell("Hoàng Văn Vượng pays interest and 2.000.000 đ of principal out of savings")
    wrong = leader.collect(8, "--amount", 126_740, tell="typed wrong …")
    leader.run("void", wrong, "--reason", "mistyped", "--yes")
    leader.collect(8, "--full", tell="… voided, and written again")
    day.stage.now = "2025-12-11T17:00:00+07:00"
    deputy.collect(10, "--full", tell="full due")
    deputy.collect(13, "--full", tell="full due of a loan that is partly overdue")
    deputy.collect(3, "--full", tell="this household has paid the leader already: nobody here can know")
    deputy.collect(14, "--savings", 60_000, tell="savings only")


def kill_a_phone(day: Day) -> None:
    """SIGKILL at ever later moments of saving; what was shown as saved must be there, once."""
    _chapter("The deputy's phone dies in the middle of saving")
    began = time.monotonic()
    before = day.deputy.receipts()
    one_command = time.monotonic() - began
    words = day.deputy.words("collect", 11, "--full", "--yes")
    shown, kills = False, 0
    while not shown and day.deputy.receipts() == before:
        delay = one_command * (0.55 + 0.15 * kills)
        shown = day.stage.kill_after("tovay-edge", *words, delay_s=delay, shown="Đã lưu")
        kills += 1
    after = day.deputy.receipts()
    _check(after[: len(before)] == before, f"killed {kills} times; every receipt shown as saved is there")
    _check(len(after) == len(before) + 1, "the receipt of Mạc Thị Kim Liên is there exactly once")


def meanwhile_at_the_branch(day: Day) -> None:
    """A repayment at the counter, and a rate decision signed late with an earlier effective date."""
    _chapter("15 December: what the branch learns meanwhile")
    day.stage.now = "2025-12-15T09:00:00+07:00"
    report = day.branch.ask("import-book", SAMPLE / "late")
    _tell("Vũ Văn Tịnh repaid 10.000.000 đ of principal at the counter on 12/12")
    _tell("Decision 2654/QĐ-TTg, signed 04/12, takes 2 points off from 01/10 on")
    _check(report["entries"] > 0, f"{report['entries']} new signed entries; no old one is edited")


def come_back(day: Day) -> None:
    """The network returns; one reply is lost on purpose, and the retry changes nothing."""
    _chapter("16 December: the network is back")
    day.stage.now = "2025-12-16T18:00:00+07:00"
    line = LossyLine(day.hub.address)
    day.hub.start(behind=line.hub_address)
    lost = day.leader.attempt("sync")
    _check(lost.returncode != 0, "the leader sends; the hub stores; the reply is lost on the way")
    stored = day.branch.ask("status")
    answer = day.leader.ask("sync")
    same = day.branch.ask("status")
    _check(stored == same, "the retry changes nothing at the branch")
    _check(answer["waiting"] == 0, "and now the leader's phone has the acknowledgement")
    day.hub.stop()
    line.close()
    day.hub.start()
    _check(day.deputy.ask("sync")["waiting"] == 0, "the deputy's phone is acknowledged too")


def close_and_count(day: Day) -> None:
    """Both rounds are closed and signed; the teller's bundle is short by one receipt."""
    _chapter("17 December: the rounds are closed, the teller counts")
    day.stage.now = "2025-12-17T07:30:00+07:00"
    handed_in = 0
    for phone in day.phones:
        expected = phone.ask("status")["cash"]["expected_dong"]
        phone.run("close-round", "--counted", expected, "--yes")
        phone.run("sync")
        handed_in += expected
        _tell(f"the {phone.role} signs a round of {dong(expected)} đ")
    counted = handed_in - MISSING_RECEIPT
    count = day.branch.ask("count", *_the_day(), "--counted", counted, "--by", "GDV01")
    _check(
        count["cash"]["count"]["difference_dong"] == -MISSING_RECEIPT,
        f"expected {dong(handed_in)} đ, counted {dong(counted)} đ",
    )


def settle(day: Day) -> None:
    """The controller settles; the phones see the result; everything is verified again from its bytes."""
    _chapter("The day is settled")
    people = ("--by", "KSV01", "--confirmed-by", "GDV01")
    settled = day.branch.ask("settle", *_the_day(), *people)
    counts = ", ".join(f"{count} {state}" for state, count in settled["entries"].items() if count)
    _tell(
        f"{counts}; a shortage of {dong(MISSING_RECEIPT)} đ is owed by {settled['cash']['owed_by']['name']}"
    )
    again = day.branch.ask("settle", *_the_day(), *people)
    _check(not again["changed"], "settling again changes nothing")
    for phone in day.phones:
        phone.run("sync")
        phases = [entry["phase"] for entry in phone.ask("status")["entries"] if entry["receipt_no"]]
        seen = ", ".join(f"{phases.count(phase)} {phase}" for phase in sorted(set(phases)))
        _tell(f"the {phone.role}'s phone shows its receipts: {seen}")


def show(day: Day, wishes: argparse.Namespace) -> None:
    """The table of the day, the statement 13/TD, and the verdict of fsck."""
    _chapter("What everybody can see now")
    found = day.branch.ask("status", *_the_day())
    wide.print(reconciliation(found))
    console.print("Each đồng of Δ_book has its cause:")
    for cause in causes(found):
        console.print(f"  {cause}", soft_wrap=True)
    if wishes.picture:
        picture(found, wishes.picture)
    if wishes.report:
        wishes.report.write_text(json.dumps(found, ensure_ascii=False, indent=1))
    statement = day.stage.folder / "13TD.csv"
    day.branch.run("statement", *_the_day(), "--format", "csv", "--out", statement)
    print(day.branch.run("statement", *_the_day()))
    _tell(f"the statement 13/TD as CSV has {len(statement.read_text(encoding='utf-8').splitlines())} lines")
    verdict = day.branch.ask("fsck")
    _check(
        not verdict["faults"],
        "fsck: every chain, seal, acceptance, posting and total verified from its bytes",
    )


def _the_day() -> tuple[str, ...]:
    return "--group", GROUP, "--day", DAY


def _full_sample(day: Day, groups: int) -> Path:
    folder = day.stage.folder / "export"
    day.stage.run(sys.executable, SAMPLE / "generate.py", "--groups", groups, "--out", folder)
    return folder


def _wishes(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="One collection day, told with the real programs.")
    parser.add_argument(
        "--keep", action="store_true", help="leave the hub running, print where everything is"
    )
    parser.add_argument(
        "--groups", type=int, help="import a generated branch of that many groups (268: Kinh Môn)"
    )
    parser.add_argument(
        "--store", choices=("sqlite", "couchdb"), default="sqlite", help="where the hub's documents are"
    )
    parser.add_argument("--report", type=Path, help="write the day's reconciliation as JSON")
    parser.add_argument("--picture", type=Path, help="write the day's table as SVG")
    return parser.parse_args(words)


def _chapter(title: str) -> None:
    console.print(f"\n[bold]{title}[/]")


def _tell(what: str) -> None:
    console.print(f"  [green]✓[/] {what}", soft_wrap=True)


def _check(holds: bool, what: str) -> None:  # noqa: FBT001 (a condition, then its sentence)
    if not holds:
        raise StoryError(f"expected, and not so: {what}")
    _tell(what)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
