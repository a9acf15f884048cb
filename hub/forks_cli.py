"""``tovay-hub`` for what contradicts itself: ``forks``, ``resolve-fork``, ``reopen-phone``, ``evidence``."""

from pathlib import Path

import rich_click as click

from hub.corrections_cli import BY, CONFIRMED, DRY, ONE_GROUP, Asked, decide, signed_on
from hub.errors import SettingsError, StoreError
from hub.options import DIRECTORY, HELP, JSON, PASSPHRASE, hub_of, print_json, say
from hub.service.forks.choosing import ForkChoice, contradicted_counts
from hub.service.forks.listed import Fork, forks, revoked_dong, sums
from hub.service.forks.proving import Contradiction, Wanted, contradictions, one_of
from hub.service.forks.reopening import reopen
from hub.service.forks.wording import (
    CONTRADICTIONS,
    aside_told,
    contradiction_told,
    counts_told,
    fork_told,
    revoked_told,
)
from hub.wording import sentence
from provisioning.usage import GROUP, Whole, Word

_WRITER = Whole(1, 2**31 - 1)
_EPOCH = Whole(0, 2**31 - 1)
_SEQ = Whole(1, 2**53)
_HASH = Word("dấu", "[0-9a-f]{8,64}", "từ 8 đến 64 chữ số 0–9, a–f, như tovay-hub forks in ra")
_KIND = Word("loại", "|".join(CONTRADICTIONS), f"chọn một trong: {', '.join(CONTRADICTIONS)}")


@click.command("forks")
@DIRECTORY
@click.option("--group", type=GROUP, help="Chỉ xem một tổ; không ghi thì xem mọi tổ.")
@JSON
@HELP
def forks_command(directory: Path, group: str | None, *, as_json: bool) -> int:
    """Liệt kê mọi chỗ rẽ nhánh và mâu thuẫn có chữ ký: hai bên, số tiền, dòng nào đã vào sổ."""
    with hub_of(directory) as hub:
        codes = hub.groups.codes() if group is None else (group,)
        found: list[Fork] = []
        proved: list[Contradiction] = []
        damaged = []
        revoked: dict[str, int] = {}
        for code in codes:
            try:
                state = hub.groups.load(code)
                proved += contradictions(hub.store, state, hub.groups.trust)
            except StoreError:
                damaged.append(code)
            else:
                found += forks(state)
                revoked |= {code: above} if (above := revoked_dong(state)) else {}
    unresolved = any(not fork.is_resolved for fork in found)
    if as_json:
        told = [_named(one) for one in proved]
        aside = {"unresolved": unresolved, "revoked_dong": revoked, "damaged": damaged}
        print_json({"forks": found, "contradictions": told, **aside})
        return 1 if unresolved or damaged else 0
    for fork in found:
        say(*fork_told(fork))
    say(*(contradiction_told(one.proved) for one in proved))
    say(*(f"Tổ {code}: {sentence('damaged')}" for code in damaged))
    if not (found or proved or damaged or revoked):
        say("Không có rẽ nhánh hay mâu thuẫn nào.")
    for code in codes:
        _tell_aside(code, sum(sums(fork for fork in found if fork.group == code).values()), revoked.get(code))
    return 1 if unresolved or damaged else 0


@click.command("resolve-fork")
@DIRECTORY
@PASSPHRASE
@ONE_GROUP
@click.option("--writer", type=_WRITER, metavar="SỐ", required=True, help="Số của máy trong tổ.")
@click.option("--epoch", type=_EPOCH, metavar="SỐ", default=0, show_default=True, help="Kỳ sổ của máy.")
@click.option("--seq", type=_SEQ, metavar="SỐ", required=True, help="Dòng mà từ đó hai bên khác nhau.")
@click.option("--hash", "start", type=_HASH, required=True, help="Dấu của bên được chọn tại dòng đó.")
@click.option(
    "--paper",
    type=click.Path(path_type=Path),
    metavar="TỆP",
    help="Tệp biên bản kèm theo; sổ chỉ giữ dấu vân tay của tệp.",
)
@BY
@CONFIRMED
@DRY
@JSON
@HELP
def resolve_fork_command(  # noqa: PLR0913 (one argument per option)
    directory: Path,
    passphrase_file: Path | None,
    group: str,
    *,
    writer: int,
    epoch: int,
    seq: int,
    start: str,
    paper: Path | None,
    by: str,
    confirmed_by: str,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Chọn bên được tính của một chỗ rẽ nhánh; bên kia vẫn được giữ, dòng đã hạch toán không đổi."""
    asked = Asked(directory, passphrase_file, group, signed_on(by, confirmed_by, paper), dry_run, as_json)
    done = decide(asked, ForkChoice(writer, epoch, seq, start))
    if as_json:
        return
    say(*counts_told(contradicted_counts(done)))
    aside = sum(sums(forks(done.state)).values())
    if aside and not dry_run:
        say(aside_told(aside))


@click.command("reopen-phone")
@DIRECTORY
@PASSPHRASE
@ONE_GROUP
@click.option("--writer", type=_WRITER, metavar="SỐ", required=True, help="Số của máy trong tổ.")
@BY
@CONFIRMED
@JSON
@HELP
def reopen_command(
    directory: Path,
    passphrase_file: Path | None,
    group: str,
    *,
    writer: int,
    by: str,
    confirmed_by: str,
    as_json: bool,
) -> None:
    """Mở kỳ sổ mới cho máy đang ở trong tay tổ nhưng mất một phần sổ. Nghi có bản sao thì phải thu hồi."""
    with hub_of(directory, passphrase_file, sealing=True) as hub:
        done = reopen(hub.groups, group, writer, by, confirmed_by)
    admitted = done.admitted
    if as_json:
        left = None if admitted.left is None else {"seq": admitted.left.seq, "head": admitted.left.head.hex()}
        numbers = {"first_receipt": admitted.first_receipt, "last_receipt": admitted.last_receipt}
        print_json({"changed": done.is_new, "epoch": admitted.epoch, "left": left, **numbers})
        return
    if not done.is_new:
        say(f"Kỳ {admitted.epoch} của máy số {writer} đã mở từ trước và máy chưa dùng; không có gì thay đổi.")
        return
    left_at = 0 if admitted.left is None else admitted.left.seq
    say(
        f"Đã mở kỳ {admitted.epoch} cho máy số {writer} của tổ {group}.",
        f"Kỳ trước dừng ở dòng {left_at} đã nhận liền mạch; dòng nào của kỳ trước về sau vẫn được nhận.",
        f"Số biên lai mới: từ {admitted.first_receipt} đến {admitted.last_receipt}.",
    )
    if done.was_forked:
        say("LƯU Ý: sổ của máy này có rẽ nhánh. Nếu có thể còn bản sao khác, hãy thu hồi và cấp máy mới.")


@click.command("evidence")
@DIRECTORY
@ONE_GROUP
@click.option("--kind", type=_KIND, help="Loại mâu thuẫn, như tovay-hub forks in ra.")
@click.option("--writer", type=_WRITER, metavar="SỐ", help="Số của máy trong tổ.")
@click.option("--epoch", type=_EPOCH, metavar="SỐ", help="Kỳ sổ.")
@click.option("--seq", type=_SEQ, metavar="SỐ", help="Dòng mâu thuẫn.")
@click.option("--out", type=click.Path(path_type=Path), metavar="TỆP", required=True, help="Tệp ghi ra.")
@HELP
def evidence_command(
    directory: Path,
    group: str,
    *,
    kind: str | None,
    writer: int | None,
    epoch: int | None,
    seq: int | None,
    out: Path,
) -> None:
    """Ghi ra một tệp chứng cứ mà ai có dấu vân tay của khóa gốc cũng kiểm chứng được bằng tovay-verify."""
    with hub_of(directory) as hub:
        found = contradictions(hub.store, hub.groups.load(group), hub.groups.trust)
        one = one_of(found, Wanted(kind, writer, epoch, seq), group)
    try:
        out.write_bytes(one.file)
    except OSError as error:
        raise SettingsError("unwritable", path=out) from error
    say(contradiction_told(one.proved), f"Đã ghi chứng cứ vào {out}.")


def _tell_aside(code: str, forked: int, revoked: int | None) -> None:
    if forked:
        say(f"Tổ {code}. {aside_told(forked)}")
    if revoked:
        say(f"Tổ {code}. {revoked_told(revoked)}")


def _named(found: Contradiction) -> dict[str, object]:
    proved = found.proved
    writer = None if proved.signer is None else proved.signer.ordinal
    return {
        "kind": proved.kind,
        "group": proved.log.group,
        "writer": writer,
        "epoch": proved.log.epoch,
        "seq": proved.seq,
        "hashes": [side.hash.hex() for side in proved.sides],
    }
