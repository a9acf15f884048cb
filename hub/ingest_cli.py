"""``tovay-hub ingest``: what phones without a network sent by carriers, and the answers that go back."""

from collections.abc import Iterable
from pathlib import Path

import rich_click as click

from hub.app import bundle_door
from hub.carried import deliver_in, deliver_out, show_out
from hub.errors import BundleError, HubError
from hub.options import DIRECTORY, ERR, HELP, JSON, PASSPHRASE, hub_of, print_json, reason, say
from hub.service.phones.ingest import Answered, Ingest, Ingested, newest
from hub.wording import sentence


@click.command("ingest")
@click.argument("paths", nargs=-1, required=True, metavar="TỆP…")
@DIRECTORY
@PASSPHRASE
@click.option(
    "--reply", type=click.Path(path_type=Path), metavar="TỆP", help="Tệp ghi các kiện trả lời cho điện thoại."
)
@click.option(
    "--reply-qr",
    type=click.Path(path_type=Path),
    metavar="THƯ_MỤC",
    help="Thư mục ghi các kiện trả lời dưới dạng mã QR (ảnh và trang để chiếu).",
)
@JSON
@HELP
def ingest_command(
    paths: tuple[str, ...],
    directory: Path,
    passphrase_file: Path | None,
    reply: Path | None,
    reply_qr: Path | None,
    *,
    as_json: bool,
) -> int:
    """Nhận kiện do người mang tới: tệp, ảnh mã QR, thư mục, hoặc - để đọc từ máy quét; không cần mạng."""
    brought = deliver_in(paths)
    told: list[str] = [sentence(error.code, **error.shown) for error in brought.faults]
    taken: list[Ingested] = []
    answers: list[Answered] = []
    with hub_of(directory, passphrase_file, sealing=True) as hub:
        door = bundle_door(hub)
        for one in brought.bundles:
            try:
                taken.append(door.take_in(one.raw))
            except HubError as error:
                told.append(f"{one.source}: {reason(error)}")
            else:
                told += _fault(one.source, taken[-1])
        if reply is not None or reply_qr is not None:
            answers = _answers(door, taken, told)
    told += _hand_out(answers, reply, reply_qr)
    if as_json:
        print_json(_plain(taken, answers, told))
    else:
        _tell(taken, answers)
        for line in told:
            ERR.print(line, markup=False, highlight=False, soft_wrap=True)
    return 1 if told else 0


def _answers(door: Ingest, taken: Iterable[Ingested], told: list[str]) -> list[Answered]:
    found: list[Answered] = []
    for opened in newest(taken):
        try:
            found.append(door.answer(opened))
        except HubError as error:
            told.append(f"{opened.request.group}: {reason(error)}")
    return sorted(found, key=lambda one: (one.group, one.ordinal))


def _hand_out(answers: list[Answered], reply: Path | None, reply_qr: Path | None) -> list[str]:
    """Write the answers; returns what could not be written."""
    told = []
    if reply is not None and answers:
        try:
            deliver_out((raw for one in answers for raw in one.bundles), reply)
        except BundleError as error:
            told.append(reason(error))
    for one in answers if reply_qr is not None else ():
        try:
            pages = show_out(one.bundles, _title(one), reply_qr) if reply_qr else []
        except BundleError as error:
            told.append(reason(error))
        else:
            ERR.print(*(f"{_title(one)}: {page}" for page in pages), sep="\n", markup=False, soft_wrap=True)
    return told


def _tell(taken: list[Ingested], answers: list[Answered]) -> None:
    say(f"Đã mở {len(taken)} kiện, {sum(one.count for one in taken)} gói.")
    for one in answers:
        say(f"{_title(one)}: {len(one.bundles)} kiện trả lời.")
        if one.refused:
            say(f"  {len(one.refused)} gói không nhận: {', '.join(one.refused)}.")


def _plain(taken: list[Ingested], answers: list[Answered], told: list[str]) -> object:
    return {
        "taken": [{"group": one.group, "seals": one.count, "fault": one.fault} for one in taken],
        "answers": [
            {"group": one.group, "writer": one.ordinal, "bundles": len(one.bundles), "refused": one.refused}
            for one in answers
        ],
        "faults": told,
    }


def _fault(source: str, one: Ingested) -> list[str]:
    return [] if one.fault is None else [f"{source}: {sentence(one.fault)}"]


def _title(one: Answered) -> str:
    return f"Tổ {one.group}, máy {one.ordinal}"
