"""``tovay-edge evidence``: what this phone can prove against anyone who signed two histories."""

from pathlib import Path

import rich_click as click
from msgspec import Struct

from edge import proving
from edge.errors import Fault, InputError
from edge.exchange_wording import evidence_found
from edge.terminal import Asked, common, opened, show


class Written(Struct, frozen=True):
    """The files that were written, and the root that their readers must know, in hexadecimal."""

    files: tuple[str, ...]
    fingerprint: str


@click.command("evidence")
@click.option("--out", type=click.Path(path_type=Path), metavar="TỆP", required=True, help="Tệp ghi ra.")
@common
def write_evidence(asked: Asked, out: Path) -> None:
    """Ghi ra chứng cứ khi chi nhánh hoặc một máy đã ký hai sổ khác nhau; kiểm chứng bằng tovay-verify."""
    with opened(asked) as phone:
        found, root = proving.evidence(phone), proving.trusted(phone)
    files = tuple(out if no == 1 else out.with_name(f"{out.name}.{no}") for no in range(1, len(found) + 1))
    try:
        for file, raw in zip(files, found, strict=True):
            file.write_bytes(raw)
    except OSError as error:
        raise InputError(Fault.CANNOT_WRITE, file=str(out)) from error
    written = Written(tuple(map(str, files)), root.hex())
    told = evidence_found(written.files, root.hex(" ", 4))
    show(asked, written, lambda console, _: console.print("\n".join(told), soft_wrap=True))
