"""Repair a gap: propose estimates for the readings that are missing, and store them if a person says so."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.analytics.gap_fill import FillMethod, exact, fill_quality, filled
from aegrid_energy.domain import quality as q
from aegrid_energy.domain.errors import ConflictError, InvalidError, NotFoundError
from aegrid_energy.domain.ids import new_id
from aegrid_energy.domain.readings import Readings, as_decimal
from aegrid_energy.domain.series import AMOUNTS, Kind, Series
from aegrid_energy.domain.spans import Span, span_of
from aegrid_energy.domain.zones import at_of, local_date_of, ms_of
from aegrid_energy.ingestion.multipliers import Ratio, multiplied
from aegrid_energy.storage.announce import announce_readings
from aegrid_energy.storage.block_plan import Sent
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.holidays import holidays_of
from aegrid_energy.storage.imports import describe_import, finish_import
from aegrid_energy.storage.multipliers import ratios_of
from aegrid_energy.storage.nouns import list_meters
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.readings import read_held
from aegrid_energy.storage.readings_store import lock_series, store
from aegrid_energy.storage.record import write_record
from aegrid_energy.storage.series import list_series
from aegrid_energy.storage.sources import SourceKey, open_import, open_source
from aegrid_energy.workflows.try_again import try_again

#: Who says estimates: one provider for all of them, so that whatever another one sends is weighed by quality.
PROVIDER: Final = "estimate"
_MOST_DAYS: Final = 400
#: Eight Sundays before the gap, of which some may lack data.
_LOOK_BACK_MS: Final = 70 * 86_400_000
#: Known readings that are told on both sides of the gap, so that a picture shows how it fits.
_AROUND_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """What is to be repaired, and how.

    Args:
        period: Where readings may be missing.
        method: How they are estimated.
        total: What the missing ones together held, where that is known. [unit of the series]
    """

    period: Span
    method: FillMethod
    total: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Estimates for a gap.

    Args:
        series: Of which series.
        start_ms: Starts of the estimates, ascending, shape (k,). [ms]
        micro: The estimates, shape (k,).
        missing: Readings that are missing in the period, whether or not they can be estimated.
        excluded: Of the readings there, those that a person took out: they stay out.
        known: Readings around the gap, a day to each side.
    """

    series: Series
    start_ms: NDArray[np.int64]
    micro: NDArray[np.int64]
    missing: int
    excluded: int
    known: Readings

    @property
    def total(self) -> Decimal:
        """Sum of the estimates, exact, in the unit of the series."""
        return as_decimal(int(self.micro.sum()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """A proposal, and the load that stored it; None for a dry run."""

    proposal: Proposal
    import_id: UUID | None


def is_repairable(series: Series) -> bool:
    """Whether estimates can be stored in a series: it has slots, and is not computed from a counter."""
    regular = series.kind in {Kind.INTERVAL, Kind.INSTANT} and series.step_s is not None
    return regular and series.derived_from is None


async def find_series(conn: Connection, series_no: int) -> Series:
    """The series.

    Raises:
        NotFoundError: `series_not_found`.
    """
    found = await list_series(conn, series_nos=[series_no]) if series_no < 2**31 else []
    if not found:
        raise NotFoundError("series_not_found")
    return found[0]


async def propose_repair(conn: Connection, series: Series, repair: Repair, *, now: datetime) -> Proposal:
    """Estimates for what is missing; nothing that is known is touched.

    Raises:
        InvalidError: `repair_of_kind`, `repair_of_derived`, `repair_total_missing`, `repair_total_of_gauge`,
            `empty_period`, `too_many_days`, `value_out_of_range`.
    """
    _check(series, repair)
    span, step_ms = repair.period, (series.step_s or 0) * 1000
    low_ms, high_ms = span.start_ms - _LOOK_BACK_MS, span.end_ms + _AROUND_MS
    held = (await read_held(conn, [series.series_no], low_ms, high_ms))[series.series_no].readings
    slots = await _expected(conn, series, span, now)
    known_ms = held.start_ms[held.valid]
    out_ms = held.start_ms[~held.valid & ((held.quality & q.CORRECTED) != 0)]
    missing = slots[~np.isin(slots, known_ms)]
    excluded = np.isin(missing, out_ms)
    missing = missing[~excluded]
    first, last = local_date_of(series.zone, np.array([low_ms, high_ms], dtype=np.int64))
    days = first.astype("datetime64[D]").item(), last.astype("datetime64[D]").item() + timedelta(days=1)
    site_id = await _site_of(conn, series, now)
    holidays = await holidays_of(conn, site_id, series.zone, *days) if site_id else frozenset()
    values = filled(held, missing, repair.method, zone=series.zone, holidays=holidays, total=repair.total)
    told = np.isfinite(values)
    total = repair.total if repair.method is FillMethod.KNOWN_TOTAL else None
    micro = exact(values[told], total=total) if told.any() else np.zeros(0, dtype=np.int64)
    around = (held.start_ms >= span.start_ms - _AROUND_MS - step_ms) & held.valid
    return Proposal(
        series=series,
        start_ms=missing[told],
        micro=await _as_multiplied(conn, series, missing[told], micro),
        missing=len(missing),
        excluded=int(excluded.sum()),
        known=Readings(
            start_ms=held.start_ms[around],
            micro=held.micro[around],
            quality=held.quality[around],
            step_s=held.step_s,
        ),
    )


async def repair_gap(
    pool: Pool, tenant_no: int, series: Series, repair: Repair, *, reason: str, actor: str, now: datetime
) -> Repaired:
    """Store estimates for what is missing, as a load of its own that can be taken back.

    Estimates rank below everything that anybody measured or substituted, and count as said at the start of
    the gap: whatever is sent for these slots afterwards, or was sent late, stands instead.

    Raises:
        InvalidError: `reason_missing`, and those of `propose_repair`.
        ConflictError: `repair_nothing_missing`, `repair_nothing_known`, or somebody kept changing the series.
    """
    if not reason.strip():
        raise InvalidError("reason_missing")

    async def attempt() -> Repaired:
        async with transaction(pool, tenant_no) as conn:
            # The lock first: what is missing now must still be missing when we write.
            await lock_series(conn, [series.series_no])
            proposal = await propose_repair(conn, series, repair, now=now)
            if not proposal.missing:
                raise ConflictError("repair_nothing_missing")
            if not len(proposal.micro):
                raise ConflictError("repair_nothing_known")
            import_id = await _store(conn, proposal, repair, reason=reason.strip(), actor=actor, now=now)
            await announce_readings(conn, tenant_no, [series.series_no])
            return Repaired(proposal=proposal, import_id=import_id)

    return await try_again(attempt)


def _check(series: Series, repair: Repair) -> None:
    if not is_repairable(series):
        raise InvalidError("repair_of_kind" if series.derived_from is None else "repair_of_derived")
    if repair.period.end_ms <= repair.period.start_ms:
        raise InvalidError("empty_period")
    if repair.period.end_ms - repair.period.start_ms > _MOST_DAYS * 86_400_000:
        raise InvalidError("too_many_days", limit=_MOST_DAYS)
    if repair.method is FillMethod.KNOWN_TOTAL:
        if repair.total is None:
            raise InvalidError("repair_total_missing")
        if series.kind is not Kind.INTERVAL or series.quantity not in AMOUNTS:
            raise InvalidError("repair_total_of_gauge")


async def _as_multiplied(
    conn: Connection, series: Series, start_ms: NDArray[np.int64], micro: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The nearest values that the meter could have said: a multiplier that changes later divides exactly."""
    if series.meter_id is None:
        return micro
    _, applied = await ratios_of(conn, series.meter_id)
    said = micro.copy()
    for one in applied:
        low, high = np.searchsorted(start_ms, [one.span.start_ms, one.span.end_ms])
        said[low:high] = np.rint(micro[low:high] / float(one.factor))
    ratios = [Ratio(span=one.span, factor=Fraction(one.factor)) for one in applied]
    return multiplied(start_ms, said, ratios)


async def _expected(conn: Connection, series: Series, span: Span, now: datetime) -> NDArray[np.int64]:
    """Starts of the readings that should be there: in service, and over."""
    step_ms, phase_ms = (series.step_s or 0) * 1000, series.phase_s * 1000
    service = span_of(series.valid_from, series.valid_to)
    low, high = max(span.start_ms, service.start_ms), min(span.end_ms, service.end_ms, ms_of(now))
    if series.meter_id is not None:
        for meter in await list_meters(conn):
            if meter.id == series.meter_id:
                low, high = max(low, meter.service.start_ms), min(high, meter.service.end_ms)
    first = -(-(low - phase_ms) // step_ms) * step_ms + phase_ms
    starts = np.arange(first, max(first, high), step_ms, dtype=np.int64)
    return starts[starts + step_ms <= high]


async def _site_of(conn: Connection, series: Series, now: datetime) -> UUID | None:
    if series.site_id is not None:
        return series.site_id
    row = await (
        await conn.execute(
            """select a.site_id from meter_assignment m join assets a on a.id = m.asset_id
               where m.meter_id = %(meter)s and (m.valid_to is null or m.valid_to > %(now)s)
               union all
               select a.site_id from point p join assets a on a.id = p.asset_id where p.id = %(point)s
               limit 1""",
            {"meter": series.meter_id, "point": series.point_id, "now": now},
        )
    ).fetchone()
    return row[0] if row else None


async def _store(
    conn: Connection, proposal: Proposal, repair: Repair, *, reason: str, actor: str, now: datetime
) -> UUID:
    series = proposal.series
    import_id = new_id(now)
    await open_import(conn, import_id, kind="correction", actor=actor, note=reason)
    await describe_import(
        conn, import_id, sha256=None, size_bytes=None, format_name=f"repair:{repair.method.value}"
    )
    source = SourceKey(
        import_id=import_id,
        provider=PROVIDER,
        kind="correction",
        actor=actor,
        update_ms=repair.period.start_ms,
    )
    source_no = await open_source(conn, source)
    readings = Readings(
        start_ms=proposal.start_ms,
        micro=proposal.micro,
        quality=np.full(len(proposal.micro), fill_quality(repair.method), dtype=np.uint8),
        step_s=series.step_s,
    )
    sent = Sent(series_no=series.series_no, readings=readings, source_no=source_no)
    await store(conn, [sent], import_id=import_id, reason=reason)
    await finish_import(conn, import_id, status="done", problems=(), now=now)
    await write_record(
        conn,
        now=now,
        actor=actor,
        action="gap_repaired",
        object_kind="series",
        object_id=series.series_no,
        detail={
            "from": at_of(repair.period.start_ms).isoformat(),
            "to": at_of(repair.period.end_ms).isoformat(),
            "method": repair.method.value,
            "readings": len(proposal.micro),
            "total": str(proposal.total),
            "reason": reason,
            "import_id": str(import_id),
        },
    )
    return import_id
