"""Parquet and Arrow IPC as a table."""

from typing import Final

import pyarrow as pa
from pyarrow import parquet

from aegrid_energy.ingestion.archive import MOST_UNPACKED
from aegrid_energy.ingestion.arrow import Column
from aegrid_energy.ingestion.table import MOST_CELLS, MOST_COLUMNS, Table, unique_names
from aegrid_energy.ingestion.unreadable import UnreadableError

#: Rows that a file may claim before anything of it is unpacked.
_MOST_ROWS: Final = 50_000_000


def parquet_table(data: bytes, file: str) -> Table:
    """The table in a Parquet file.

    Raises:
        UnreadableError: it is damaged, or claims to be larger than the caps.
    """
    try:
        # Page checksums, where the writer put them, find damage that would else read as other numbers.
        opened = parquet.ParquetFile(pa.BufferReader(data), page_checksum_verification=True)
        about = opened.metadata
        unpacked = sum(about.row_group(index).total_byte_size for index in range(about.num_row_groups))
        _check(about.num_rows, about.num_columns)
        if unpacked > MOST_UNPACKED or unpacked < 0:
            raise UnreadableError(
                "table_too_large", f"The table unpacks to more than {MOST_UNPACKED >> 20} MiB."
            )
        read = opened.read(use_threads=False)
    except _BROKEN as error:
        raise UnreadableError("damaged", f"The Parquet file cannot be read: {_reason(error)}") from None
    return _table(read, file, "parquet")


def arrow_table(data: bytes, file: str) -> Table:
    """The table in an Arrow IPC file or stream.

    Raises:
        UnreadableError: it is damaged, or larger than the caps.
    """
    try:
        source = pa.BufferReader(data)
        reader = pa.ipc.open_file(source) if data[:6] == b"ARROW1" else pa.ipc.open_stream(source)
        read = reader.read_all()
        _check(read.num_rows, read.num_columns)
        # Offsets inside a hostile file may point anywhere: check them before a kernel follows them.
        read.validate(full=True)
    except _BROKEN as error:
        raise UnreadableError("damaged", f"The Arrow file cannot be read: {_reason(error)}") from None
    return _table(read, file, "arrow")


_BROKEN: Final = (pa.ArrowException, OSError, ValueError, KeyError, OverflowError, TypeError, IndexError)


def _check(rows: int, columns: int) -> None:
    if columns > MOST_COLUMNS:
        raise UnreadableError("too_many_columns", f"The table has more than {MOST_COLUMNS} columns.")
    if rows > _MOST_ROWS or rows * columns > MOST_CELLS or rows < 0:
        raise UnreadableError(
            "table_too_large", f"The table has more than {MOST_CELLS:,} cells. Send it in parts."
        )


def _table(read: Column, file: str, name: str) -> Table:
    try:
        columns = tuple(_plain(column) for column in read.columns)
    except _BROKEN as error:
        raise UnreadableError("damaged", f"The file cannot be read: {_reason(error)}") from None
    return Table(
        file=file,
        format=name,
        names=unique_names([str(column) for column in read.column_names]),
        columns=columns,
    )


def _plain(column: Column) -> Column:
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
    if pa.types.is_string_view(column.type):
        column = column.cast(pa.large_string())
    whole = column.combine_chunks()
    return whole if isinstance(whole, pa.Array) else pa.concat_arrays(whole.chunks)


def _reason(error: BaseException) -> str:
    return " ".join(str(error).split())[:160] or type(error).__name__
