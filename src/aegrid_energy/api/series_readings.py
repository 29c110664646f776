"""The readings of a series one by one, with their ids: what a person looks through before correcting one."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query

from aegrid_energy.api.errors import DECLARED
from aegrid_energy.api.policy import AskingContext, AskingPermit
from aegrid_energy.api.repair import hold_to_series
from aegrid_energy.api.types import Answer, Id32, Moment
from aegrid_energy.domain import quality as q
from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.reading_id import reading_id
from aegrid_energy.domain.readings import as_decimal
from aegrid_energy.domain.series import Kind
from aegrid_energy.domain.zones import at_of, ms_of
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.readings import read
from aegrid_energy.workflows.repair_gap import find_series

router = APIRouter(tags=["consumption"], responses=DECLARED)

_MOST_DAYS: Final = 32
_MOST_READINGS: Final = 10_000


class SeriesReading(Answer):
    """One reading; `value` is an exact decimal, null where a provider said that there is none."""

    id: UUID
    start: datetime
    value: str | None
    quality: str


class SeriesReadingsBody(Answer):
    """Readings of a series in the order of time; slots that were never received are left out."""

    series_no: int
    register_name: str
    kind: Kind
    unit: str
    step_s: int | None
    zone: str
    readings: list[SeriesReading]


@router.get("/api/energy/series/{series_no}/readings")
async def get_series_readings(
    series_no: Id32,
    permit: AskingPermit,
    context: AskingContext,
    start: Annotated[Moment, Query(alias="from")],
    end: Annotated[Moment, Query(alias="to")],
) -> SeriesReadingsBody:
    """Every reading of a series over a day or so, as it is stored, with the id that a correction names."""
    first_ms, end_ms = ms_of(start), ms_of(end)
    if end_ms <= first_ms:
        raise InvalidError("empty_period")
    if end_ms - first_ms > _MOST_DAYS * 86_400_000:
        raise InvalidError("too_many_days", limit=_MOST_DAYS)
    async with transaction(context.pool, permit.actor.tenant_no) as conn:
        series = await find_series(conn, series_no)
        await hold_to_series(conn, series, permit, context.now())
        held = await read(conn, series_no, first_ms, end_ms)
    if len(held) > _MOST_READINGS:
        raise InvalidError("too_many_values", limit=_MOST_READINGS)
    columns = (held.start_ms, held.micro, held.quality, held.valid)
    return SeriesReadingsBody(
        series_no=series_no,
        register_name=series.register,
        kind=series.kind,
        unit=series.unit,
        step_s=series.step_s,
        zone=series.zone,
        readings=[
            SeriesReading(
                id=reading_id(series_no, at_ms),
                start=at_of(at_ms),
                value=str(as_decimal(micro)) if known else None,
                quality=q.spelled(code),
            )
            for at_ms, micro, code, known in zip(*(one.tolist() for one in columns), strict=True)
        ],
    )
