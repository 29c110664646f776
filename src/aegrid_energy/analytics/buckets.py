"""The fixed ladder of chart buckets, and where their edges lie in a zone."""

from enum import StrEnum
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.zones import day_edges, month_edges, offset_changes, offset_ms

#: More points than any screen has pixels; the limit of one chart answer.
MAX_POINTS: Final = 4_000
#: The limit of an answer in raw values: a year at 5 min is 105,120.
MAX_RAW: Final = 120_000


class Resolution(StrEnum):
    """Lengths a chart may ask for, finest first."""

    RAW = "raw"
    MINUTES_5 = "5m"
    MINUTES_15 = "15m"
    MINUTES_30 = "30m"
    HOUR = "1h"
    DAY = "1d"
    MONTH = "1mo"

    @property
    def nominal_s(self) -> int:
        """Length of one bucket, the longest one where they differ; 0 for raw. [s]."""
        return _NOMINAL_S[self]


_NOMINAL_S: Final[dict[Resolution, int]] = {
    Resolution.RAW: 0,
    Resolution.MINUTES_5: 300,
    Resolution.MINUTES_15: 900,
    Resolution.MINUTES_30: 1_800,
    Resolution.HOUR: 3_600,
    Resolution.DAY: 86_400,
    Resolution.MONTH: 31 * 86_400,
}


def pick_resolution(from_ms: int, to_ms: int, points: int, native_step_s: int) -> Resolution:
    """The finest resolution of the ladder that the data has and that fits into `points`.

    Args:
        from_ms: Start of the period. [ms]
        to_ms: End of the period, exclusive. [ms]
        points: Most buckets wanted, 1 to 4,000.
        native_step_s: Length of an interval of the data; 0 where unknown. [s]

    Returns:
        RAW where every interval fits; MONTH where even days do not.

    Raises:
        InvalidError: `points_out_of_range`, `empty_period`.

    >>> day = 86_400_000
    >>> pick_resolution(0, 7 * day, 1_000, 300), pick_resolution(0, 365 * day, 4_000, 300)
    (<Resolution.MINUTES_15: '15m'>, <Resolution.DAY: '1d'>)
    """
    if not 1 <= points <= MAX_POINTS:
        raise InvalidError("points_out_of_range", points=points, limit=MAX_POINTS)
    if to_ms <= from_ms:
        raise InvalidError("empty_period", first_ms=from_ms, last_ms=to_ms)
    span_s = (to_ms - from_ms) / 1000
    if native_step_s and span_s / native_step_s <= points:
        return Resolution.RAW
    for rung in Resolution:
        # One bucket more where the period starts inside of one: days are cut locally.
        extra = 1 if rung.nominal_s >= Resolution.DAY.nominal_s else 0
        if rung.nominal_s >= max(native_step_s, 1) and span_s / rung.nominal_s + extra <= points:
            return rung
    return Resolution.MONTH


def check_resolution(resolution: Resolution, native_step_s: int) -> None:
    """Refuse a resolution finer than the data.

    Raises:
        InvalidError: `resolution_finer_than_data`, with the native step and the finest rung that works.
    """
    if resolution is not Resolution.RAW and resolution.nominal_s < native_step_s:
        finest = next((r for r in Resolution if r.nominal_s >= native_step_s), Resolution.RAW)
        raise InvalidError(
            "resolution_finer_than_data",
            resolution=resolution.value,
            native_step_s=native_step_s,
            finest=finest.value,
        )


def bucket_edges(resolution: Resolution, zone: str, from_ms: int, to_ms: int) -> NDArray[np.int64]:
    """Edges of the buckets of a period; the first and the last are cut to it, so that sums stay its own.

    Buckets follow the wall clock: an hour of Adelaide starts at half past in UTC. A jump of the clock is
    an edge, so a doubled hour is two buckets and Lord Howe's half hour one short bucket.

    Args:
        resolution: Any but RAW, whose edges are the data's own.
        zone: Zone of the site.
        from_ms: Start. [ms]
        to_ms: End, exclusive. [ms]

    Returns:
        Strictly ascending, shape (buckets + 1,). [ms]

    Raises:
        InvalidError: `raw_has_no_buckets`, `too_many_buckets`, and those of the zone.
    """
    if resolution is Resolution.RAW:
        raise InvalidError("raw_has_no_buckets")
    if resolution is Resolution.MONTH:
        edges = month_edges(zone, from_ms, to_ms)
    elif resolution is Resolution.DAY:
        edges = day_edges(zone, from_ms, to_ms)
    else:
        if (to_ms - from_ms) // (resolution.nominal_s * 1000) > MAX_RAW:
            raise InvalidError("too_many_buckets", resolution=resolution.value, limit=MAX_RAW)
        edges = _clock_edges(resolution.nominal_s * 1000, zone, from_ms, to_ms)
    inner = edges[(edges > from_ms) & (edges < to_ms)]
    return np.concatenate([[from_ms], inner, [to_ms]]).astype(np.int64)


def _clock_edges(step_ms: int, zone: str, from_ms: int, to_ms: int) -> NDArray[np.int64]:
    breaks = [from_ms, *offset_changes(zone, from_ms, to_ms).tolist(), to_ms]
    offsets = offset_ms(zone, np.array(breaks[:-1], dtype=np.int64))
    pieces: list[NDArray[np.int64]] = []
    for (low, high), offset in zip(pairwise(breaks), offsets.tolist(), strict=True):
        first = (low + offset) // step_ms * step_ms - offset + step_ms
        pieces += [np.array([low]), np.arange(first, high, step_ms, dtype=np.int64)]
    return np.concatenate([*pieces, np.array([to_ms])])
