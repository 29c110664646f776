"""The rows of the long CSV as Parquet: for years at once, smaller and quicker to read."""

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from aegrid_energy.domain.quality import has_value, spelled
from aegrid_energy.simulation.history import Reported
from aegrid_energy.simulation.long_csv import spelled_unit

#: `pyarrow.Array`; the library ships no types of its own.
_Column: TypeAlias = Any

#: Names of all quality bytes, so that a byte is its own dictionary index.
_QUALITIES: Final = [spelled(code) for code in range(256)]


def as_parquet(reported: Iterable[Reported]) -> bytes:
    """A Parquet file with the columns of `as_csv`; what is null has no value.

    One file should hold one kind (intervals, counters, gauges): nothing in it tells them apart.

    Args:
        reported: Any series, at least one.
    """
    series = [one for one in reported if len(one.readings)]
    quality = np.concatenate([one.readings.quality for one in series])
    table = pa.table(
        {
            "time": pa.array(
                np.concatenate([one.readings.start_ms for one in series]), type=pa.timestamp("ms", "UTC")
            ),
            "meter": _repeated(series, lambda one: one.external_id),
            "register": _repeated(series, lambda one: one.register),
            "value": pa.array(
                np.concatenate([one.readings.floats for one in series]), mask=~has_value(quality)
            ),
            "unit": _repeated(series, spelled_unit),
            "quality": pa.DictionaryArray.from_arrays(pa.array(quality), pa.array(_QUALITIES)),
        }
    )
    out = BytesIO()
    parquet.write_table(table, out)
    return out.getvalue()


def _repeated(series: list[Reported], word: Callable[[Reported], str]) -> _Column:
    """One word a series, on each of its rows."""
    index = np.repeat(np.arange(len(series), dtype=np.int32), [len(one.readings) for one in series])
    return pa.DictionaryArray.from_arrays(pa.array(index), pa.array([word(one) for one in series]))
