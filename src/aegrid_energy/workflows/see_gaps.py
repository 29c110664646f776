"""See from when to when readings are missing: the days that lack some, looked into."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np

from aegrid_energy.analytics.quality_matrix import gaps
from aegrid_energy.domain.spans import Span
from aegrid_energy.domain.zones import day_edges, ms_of
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.readings import read_many
from aegrid_energy.workflows.repair_gap import is_repairable
from aegrid_energy.workflows.see_quality import QualityAnswer, SeriesQuality

#: More gaps than that in one answer help nobody; the longest are told.
_MOST_GAPS: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A stretch in which a series has no reading.

    Args:
        series_no: Which series.
        span: From when to when.
        slots: Readings that are missing.
        is_repairable: Whether estimates can be stored there.
    """

    series_no: int
    span: Span
    slots: int
    is_repairable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """The longest gaps, the newest first, and how many more there are."""

    gaps: tuple[Gap, ...]
    left_out: int


async def see_gaps(conn: Connection, answer: QualityAnswer, period: Span, *, now: datetime) -> Gaps:
    """The gaps of every regular series of a matrix; what is not due yet is none.

    Args:
        conn: In the tenant.
        answer: The matrix of the same period.
        period: From when to when; days that it cuts are whole.
        now: What lies ahead of it is not missing.
    """
    zone = answer.site.timezone
    edges = day_edges(zone, period.start_ms, period.end_ms)
    lacking = [row for row in answer.rows if row.series.step_s is not None and row.days.missing.any()]
    found = [gap for row in lacking for gap in await _of_series(conn, row, edges, now)]
    kept = sorted(found, key=lambda gap: gap.span.start_ms - gap.span.end_ms)[:_MOST_GAPS]
    return Gaps(
        gaps=tuple(sorted(kept, key=lambda gap: (-gap.span.start_ms, gap.series_no))),
        left_out=len(found) - len(kept),
    )


async def _of_series(
    conn: Connection, row: SeriesQuality, edges: "np.ndarray[tuple[int], np.dtype[np.int64]]", now: datetime
) -> list[Gap]:
    series, step_ms = row.series, (row.series.step_s or 0) * 1000
    days = np.flatnonzero(row.days.missing > 0)
    span = Span(int(edges[days[0]]), int(edges[days[-1] + 1]))
    readings = (await read_many(conn, [series.series_no], span.start_ms, span.end_ms))[series.series_no]
    return [
        Gap(
            series_no=series.series_no,
            span=one,
            slots=-(-(one.end_ms - one.start_ms) // step_ms),
            is_repairable=is_repairable(series),
        )
        for one in gaps(readings, span, service=row.service, now_ms=ms_of(now))
        # A day that is not due yet may lie between two that lack readings.
        if row.days.missing[int(np.searchsorted(edges, one.start_ms, side="right")) - 1] > 0
    ]
