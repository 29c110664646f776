"""Small series for the tests of this folder, written as a person would."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from aegrid_energy.domain.quality import NULL
from aegrid_energy.domain.readings import MICRO, Readings
from aegrid_energy.domain.zones import ms_of


def ms(text: str) -> int:
    """An instant written with its offset, in ms."""
    return ms_of(datetime.fromisoformat(text))


def regular(
    start: str | int, step_s: int, values: Sequence[float | None], quality: Sequence[int] | None = None
) -> Readings:
    """A regular series; None is a null slot."""
    first = ms(start) if isinstance(start, str) else start
    codes = quality if quality is not None else [0] * len(values)
    return Readings(
        start_ms=first + np.arange(len(values), dtype=np.int64) * step_s * 1000,
        micro=np.array([0 if v is None else round(v * MICRO) for v in values], dtype=np.int64),
        quality=np.array(
            [NULL if v is None else c for v, c in zip(values, codes, strict=True)], dtype=np.uint8
        ),
        step_s=step_s,
    )


def irregular(
    rows: Sequence[tuple[str, float]],
    lengths_s: Sequence[int] | None = None,
    quality: Sequence[int] | None = None,
) -> Readings:
    """Readings at their own times."""
    return Readings(
        start_ms=np.array([ms(at) for at, _ in rows], dtype=np.int64),
        micro=np.array([round(v * MICRO) for _, v in rows], dtype=np.int64),
        quality=np.array(quality if quality is not None else [0] * len(rows), dtype=np.uint8),
        step_s=None,
        duration_ms=None if lengths_s is None else np.array(lengths_s, dtype=np.int64) * 1000,
    )
