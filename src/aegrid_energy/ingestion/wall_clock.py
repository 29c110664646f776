"""Wall clock times of a zone as instants in UTC: hours that do not exist, and hours that come twice."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain.zones import offset_changes, offset_ms

_DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Instants:
    """Wall clock times as instants.

    Args:
        ms: Instants UTC, int64, shape (n,). [ms since the epoch]
        is_missing: The clock skipped this time; its `ms` means nothing, shape (n,).
        is_guessed: The time comes twice and the file holds it once, so the first was taken, shape (n,).
    """

    ms: NDArray[np.int64]
    is_missing: NDArray[np.bool_]
    is_guessed: NDArray[np.bool_]


def instants(wall_ms: NDArray[np.int64], zone: str, series: NDArray[np.integer] | None = None) -> Instants:
    """Instants of wall clock times, in the order of the file.

    A doubled time is told apart by that order: from where the clock goes back (or stands) inside the
    doubled hour, rows belong to its second pass.

    Args:
        wall_ms: Wall clock as if it were UTC, in the order of the file, shape (n,). [ms since the epoch]
        zone: IANA name or fixed offset.
        series: Which meter each row belongs to, shape (n,); None = one.

    Raises:
        InvalidError: `unknown_zone`, `date_out_of_range`.
    """
    nothing = np.zeros(len(wall_ms), dtype=bool)
    if not len(wall_ms):
        return Instants(ms=wall_ms, is_missing=nothing, is_guessed=nothing)
    low, high = int(wall_ms.min()) - _DAY_MS, int(wall_ms.max()) + _DAY_MS
    changes = offset_changes(zone, max(low, 0), high)
    offsets = offset_ms(zone, np.concatenate([[max(low, 0)], changes]))
    before, after = offsets[:-1], offsets[1:]
    passed = np.searchsorted(changes + np.maximum(before, after), wall_ms, side="right")
    ms = wall_ms - offsets[passed]
    reached = np.searchsorted(changes + np.minimum(before, after), wall_ms, side="right")
    between = reached > passed
    if not between.any():
        return Instants(ms=ms, is_missing=nothing, is_guessed=nothing)
    forward = np.concatenate([after > before, [False]])
    is_missing = between & forward[passed]
    is_guessed = between & ~is_missing
    for change in np.unique(passed[is_guessed]).tolist():
        shift = int(before[change] - after[change])
        for rows in _by_series(np.flatnonzero(is_guessed & (passed == change)), series):
            second = _second_pass(wall_ms[rows])
            ms[rows[second]] += shift
            if second.any():
                is_guessed[rows] = False
    return Instants(ms=ms, is_missing=is_missing, is_guessed=is_guessed)


def _by_series(rows: NDArray[np.intp], series: NDArray[np.integer] | None) -> list[NDArray[np.intp]]:
    if series is None:
        return [rows]
    return [rows[series[rows] == one] for one in np.unique(series[rows]).tolist()]


def _second_pass(wall_ms: NDArray[np.int64]) -> NDArray[np.bool_]:
    steps = np.diff(wall_ms)
    if np.count_nonzero(steps < 0) > np.count_nonzero(steps > 0):  # newest first
        back = np.flatnonzero(steps >= 0)
        return np.arange(len(wall_ms)) <= back[0] if len(back) else np.zeros(len(wall_ms), dtype=bool)
    back = np.flatnonzero(steps <= 0)
    return np.arange(len(wall_ms)) > back[0] if len(back) else np.zeros(len(wall_ms), dtype=bool)
