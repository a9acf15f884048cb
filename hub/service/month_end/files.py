"""A month end from file to file: Parquet or Arrow in, the next month's input out, batch by batch (B25).

Memory holds one batch, however long the file. The result takes its name when it is whole: before, and after a
failure, it is not there.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Protocol

import msgspec
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet
from msgspec import Meta, Struct

from calc.kernel import BLOCK_ROWS
from calc.month_end_batch import close_batch
from calc.month_end_columns import Rates, Refusal, Sums, misfits, result_schema
from hub.errors import SettingsError
from protocol.day import Day, to_day

ENDINGS = (".parquet", ".arrow")
"""Parquet, or Arrow's IPC file; which one a file is, its name says."""

Ppm = Annotated[int, Meta(ge=0, lt=2**31)]


class RatesFile(Struct, frozen=True, forbid_unknown_fields=True):
    """``rates.toml``: new rates in ppm by terms and day, and surcharge factors in ppm by day."""

    terms: dict[str, dict[date, Ppm]]
    overdue_factors: dict[date, Ppm] = {}


class Ended(Struct, frozen=True):
    """What a month end did: counts and totals, and every row that was refused, in order."""

    sums: Sums
    refusals: tuple[Refusal, ...]


class Source(Struct, frozen=True):
    """Rows of a file: their columns, how many there are, and a walk over them in small batches."""

    schema: pa.Schema
    rows: int
    batches: Callable[[], Iterator[pa.RecordBatch]]


def rates_of(path: Path) -> Rates:
    """What ``rates.toml`` says; raises SettingsError when it cannot be read or says something else."""
    try:
        told = msgspec.convert(msgspec.toml.decode(path.read_bytes()), RatesFile, str_keys=True)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise SettingsError("bad_settings", path=path, where="") from error
    terms = {name: {to_day(on): ppm for on, ppm in rates.items()} for name, rates in told.terms.items()}
    return Rates(terms, {to_day(on): factor for on, factor in told.overdue_factors.items()})


@contextmanager
def rows_of(path: Path) -> Iterator[Source]:
    """The rows of a file; raises SettingsError when it cannot be read or has other columns."""
    with _refused("columns_unreadable", path), pa.memory_map(str(path)) as mapped:
        source = _parquet(mapped) if path.suffix == ".parquet" else _arrow(mapped)
        odd = misfits(source.schema)
        if odd:
            raise SettingsError("columns_misfit", path=path, columns=", ".join(odd))
        yield source


def end_month(
    source: Source, out: Path, to: Day, rates: Rates | None, advance: Callable[[int], object]
) -> Ended:
    """Close all rows at ``to`` and write those that were answered; ``advance`` hears of every batch.

    Raises:
        SettingsError: the result cannot be written; then there is none.
    """
    sums, refusals, before = Sums(), list[Refusal](), 0
    partial = out.with_name(f"{out.name}.partial")
    try:
        with _refused("unwritable", out):
            writer = _writer(partial, out.suffix, result_schema(source.schema))
        try:
            for batch in source.batches():
                answered = close_batch(batch, to, rates, before=before)
                with _refused("unwritable", out):
                    writer.write_batch(answered.rows)
                sums += answered.sums
                refusals.extend(answered.refusals)
                before += len(batch)
                advance(len(batch))
        finally:
            with _refused("unwritable", out):
                writer.close()
        with _refused("unwritable", out):
            partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)
    return Ended(sums, tuple(refusals))


class _Writer(Protocol):
    """What Arrow's two kinds of writers have in common."""

    def write_batch(self, batch: pa.RecordBatch) -> None: ...
    def close(self) -> None: ...


def _parquet(mapped: pa.MemoryMappedFile) -> Source:
    found = pyarrow.parquet.ParquetFile(mapped)
    return Source(
        found.schema_arrow, found.metadata.num_rows, lambda: found.iter_batches(batch_size=BLOCK_ROWS)
    )


def _arrow(mapped: pa.MemoryMappedFile) -> Source:
    found = pyarrow.ipc.open_file(mapped)

    def batches() -> Iterator[pa.RecordBatch]:
        for number in range(found.num_record_batches):
            batch = found.get_batch(number)
            for row in range(0, len(batch), BLOCK_ROWS):
                yield batch.slice(row, BLOCK_ROWS)

    rows = sum(len(found.get_batch(number)) for number in range(found.num_record_batches))
    return Source(found.schema, rows, batches)


def _writer(path: Path, ending: str, schema: pa.Schema) -> _Writer:
    writer: _Writer = (
        pyarrow.parquet.ParquetWriter(path, schema, compression="zstd")
        if ending == ".parquet"
        else pyarrow.ipc.new_file(str(path), schema)
    )
    return writer


@contextmanager
def _refused(code: str, path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, pa.ArrowException) as error:
        raise SettingsError(code, path=path) from error
