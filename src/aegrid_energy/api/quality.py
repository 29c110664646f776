"""Quality: which data of an asset is there, day by day."""

from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Final
from uuid import UUID

import numpy as np
from fastapi import APIRouter, Query
from numpy.typing import NDArray

from aegrid_energy.analytics.freshness import Freshness
from aegrid_energy.api.errors import DECLARED
from aegrid_energy.api.policy import AskingContext, AskingPermit
from aegrid_energy.api.types import Answer, Moment
from aegrid_energy.domain.series import Carrier, Direction, Kind, Quantity, Rhythm
from aegrid_energy.domain.spans import Span
from aegrid_energy.domain.zones import at_of, ms_of
from aegrid_energy.storage.import_touches import touching_imports
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.scopes import path_of_asset
from aegrid_energy.workflows.repair_gap import is_repairable
from aegrid_energy.workflows.see_gaps import Gaps, see_gaps
from aegrid_energy.workflows.see_newest import Newest, see_newest
from aegrid_energy.workflows.see_quality import SeriesQuality, see_quality

router = APIRouter(tags=["quality"], responses=DECLARED)

_TOUCHES: Final = 20


class QualityRow(Answer):
    """One series; every array has one entry a day, counts are of slots. Irregular series expect nothing."""

    series_no: int
    meter_id: UUID | None
    point_id: UUID | None
    name: str
    carrier: Carrier | None
    register_name: str
    quantity: Quantity
    direction: Direction
    kind: Kind
    unit: str
    step_s: int | None
    rhythm: Rhythm
    expected: list[int]
    valid: list[int]
    missing: list[int]
    estimated: list[int]
    suspect: list[int]
    completeness: list[float | None]
    late: list[bool]
    awaited: list[bool]
    #: Days whose every reading is the same, and not zero.
    stuck: list[bool]
    newest_end: datetime | None
    freshness: Freshness
    is_repairable: bool


class GapBody(Answer):
    """A stretch in which a series has no reading, and whether estimates can be stored there."""

    series_no: int
    start: datetime
    end: datetime
    slots: int
    is_repairable: bool


class TouchBody(Answer):
    """A load that brought or changed readings of these series in the period."""

    id: UUID
    kind: str
    file_name: str
    format: str
    status: str
    note: str
    started_at: datetime
    added: int
    changed: int
    series_nos: list[int]


class QualityBody(Answer):
    """Series by local days of the site."""

    asset_id: UUID
    zone: str
    dates: list[date]
    rows: list[QualityRow]
    #: The longest, the newest first; empty where they are not asked for.
    gaps: list[GapBody]
    gaps_left_out: int
    #: The newest loads that touched the rows, at most 20; asked for with the gaps.
    touched_by: list[TouchBody]


@router.get("/api/energy/quality")
async def get_quality(
    permit: AskingPermit,
    context: AskingContext,
    asset: Annotated[UUID, Query()],
    start: Annotated[Moment, Query(alias="from")],
    end: Annotated[Moment, Query(alias="to")],
    meter: Annotated[UUID | None, Query()] = None,
    gaps: Annotated[bool, Query()] = False,
) -> QualityBody:
    """Every series of an asset and of what hangs below it, by local day; those of one `meter` alone.

    With `gaps`, from when to when readings are missing, and which loads touched the period.
    """
    tenant_no, now = permit.actor.tenant_no, context.now()
    async with transaction(context.pool, tenant_no) as conn:
        permit.on(await path_of_asset(conn, tenant_no, asset, on=now.date()))
        period = Span(ms_of(start), ms_of(end))
        answer = await see_quality(conn, asset, period, now=now)
        if meter is not None:
            answer = replace(answer, rows=tuple(r for r in answer.rows if r.series.meter_id == meter))
        found = await see_gaps(conn, answer, period, now=now) if gaps else Gaps(gaps=(), left_out=0)
        numbers = [row.series.series_no for row in answer.rows]
        touches = await touching_imports(conn, numbers, start, end, limit=_TOUCHES) if gaps else []
        newest = await see_newest(conn, [row.series for row in answer.rows], now=now)
    return QualityBody(
        asset_id=asset,
        zone=answer.site.timezone,
        dates=answer.dates.astype("datetime64[D]").tolist(),
        rows=[_row(row, newest[row.series.series_no]) for row in answer.rows],
        gaps=[
            GapBody(
                series_no=one.series_no,
                start=at_of(one.span.start_ms),
                end=at_of(one.span.end_ms),
                slots=one.slots,
                is_repairable=one.is_repairable,
            )
            for one in found.gaps
        ],
        gaps_left_out=found.left_out,
        touched_by=[TouchBody.model_validate(one) for one in touches],
    )


def _row(row: SeriesQuality, seen: tuple[Newest | None, Freshness]) -> QualityRow:
    days = row.days
    newest, state = seen
    share = days.completeness
    return QualityRow(
        series_no=row.series.series_no,
        meter_id=row.series.meter_id,
        point_id=row.series.point_id,
        name=row.name,
        carrier=row.carrier,
        register_name=row.series.register,
        quantity=row.series.quantity,
        direction=row.series.direction,
        kind=row.series.kind,
        unit=row.series.unit,
        step_s=row.series.step_s,
        rhythm=row.series.rhythm,
        expected=_whole(days.expected),
        valid=_whole(days.valid),
        missing=_whole(days.missing),
        estimated=_whole(days.estimated),
        suspect=_whole(days.suspect),
        completeness=[round(x, 4) if np.isfinite(x) else None for x in share.tolist()],
        late=days.late.tolist(),
        awaited=days.awaited.tolist(),
        stuck=row.stuck.tolist(),
        newest_end=None if newest is None else newest.end,
        freshness=state,
        is_repairable=is_repairable(row.series),
    )


def _whole(counts: NDArray[np.float64]) -> list[int]:
    return counts.astype(np.int64).tolist()
