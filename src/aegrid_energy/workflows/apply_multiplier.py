"""Bring stored readings to the multipliers that the register says, wherever those have changed.

Readings are multiplied on their way in. When a ratio is entered later, or put right, what was stored before
is divided by the old ratio and multiplied by the new one, exactly, and the history of each reading keeps
both. Loads do the same first for the meters they bring, so it does not matter who comes first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

import numpy as np

from aegrid_energy.domain import quality as q
from aegrid_energy.domain.errors import ConflictError, RefusedError
from aegrid_energy.domain.ids import new_id
from aegrid_energy.domain.readings import Readings
from aegrid_energy.domain.sentences import sentence
from aegrid_energy.domain.series import Kind, Series
from aegrid_energy.domain.spans import Span, overlap
from aegrid_energy.ingestion.multipliers import Change, Ratio, changes_between, rescaled
from aegrid_energy.storage.announce import announce_readings
from aegrid_energy.storage.block_plan import Sent
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.imports import finish_import
from aegrid_energy.storage.jobs import open_job
from aegrid_energy.storage.multipliers import (
    ChangeRow,
    RatioRow,
    changes_of,
    keep_applied,
    keep_changes,
    lock_ratios,
    may_recompute,
    newest_source,
    ratios_of,
    sources_again,
)
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.readings import Held, read_held
from aegrid_energy.storage.readings_store import lock_series, store
from aegrid_energy.storage.record import write_record
from aegrid_energy.storage.register import SheetOutcome
from aegrid_energy.storage.series import list_series
from aegrid_energy.storage.sources import open_import
from aegrid_energy.workflows.derive_intervals import derive_spans
from aegrid_energy.workflows.run_jobs import Work
from aegrid_energy.workflows.try_again import try_again

JOB: Final = "apply_multipliers"
_KIND: Final = "multiplier"
#: Who recomputes where a load comes before the job: whoever changed the register is in its record.
_ACTOR: Final = "register"
#: What is computed from other series, or was never multiplied.
_NOT_OURS: Final = frozenset({Kind.INSTANT})
_FIRST_MS: Final = 0
_LAST_MS: Final = 2**42


@dataclass(frozen=True, slots=True, kw_only=True)
class Recomputed:
    """What became of one meter.

    Args:
        readings: Stored readings that hold another value now.
        series: Series that changed, intervals of counters among them.
    """

    readings: int = 0
    series: frozenset[int] = frozenset()


async def ratios_in_force(
    conn: Connection, tenant_no: int, meter_id: UUID, *, now: datetime
) -> tuple[Ratio, ...]:
    """The ratios to multiply new readings of a meter by; what is stored of it follows them from here on.

    Raises:
        RefusedError: `multiplier_not_exact`, `multiplier_too_large`: what is stored cannot follow.
        ConflictError: Somebody else kept changing the same readings.
    """
    await lock_ratios(conn, meter_id, alone=False)
    said, applied = await ratios_of(conn, meter_id)
    if said != applied:
        if not await may_recompute(conn, meter_id):
            raise ConflictError("series_busy")
        async with conn.transaction():  # a refusal leaves the rest of the load standing
            await recompute_meter(conn, tenant_no, meter_id, actor=_ACTOR, now=now)
    return _ratios(said)


async def recompute_meter(
    conn: Connection, tenant_no: int, meter_id: UUID, *, actor: str, now: datetime, rederives: bool = False
) -> Recomputed:
    """Bring the stored readings of a meter to the multipliers of the register; again changes nothing.

    Args:
        conn: In a transaction of the tenant.
        tenant_no: Whose.
        meter_id: The meter.
        actor: Who has it done.
        now: When.
        rederives: Compute the intervals of all its counters again too: an exchange or a limit was entered.

    Raises:
        RefusedError: `multiplier_not_exact`, `multiplier_too_large`: nothing of this meter was changed.
        ConflictError: Somebody else kept changing the same readings.
    """
    await lock_ratios(conn, meter_id, alone=True)
    said, applied = await ratios_of(conn, meter_id)
    changes = changes_between(_ratios(applied), _ratios(said))
    series = [one for one in await list_series(conn, owners=[meter_id]) if one.kind not in _NOT_OURS]
    await lock_series(conn, [one.series_no for one in series])
    count, touched = 0, dict[int, tuple[int, int]]()
    floor = await newest_source(conn)
    for change in changes:
        for number, (moved, span) in (await _rescale(conn, series, change, actor)).items():
            count += moved
            first, last = touched.get(number, span)
            touched[number] = min(first, span[0]), max(last, span[1])
    if said != applied:
        await keep_applied(conn, meter_id, said)
        await keep_changes(conn, meter_id, [_row(change, floor) for change in changes])
    spans = {**touched}
    if rederives:
        spans |= {one.series_no: (_FIRST_MS, _LAST_MS) for one in series if one.kind is Kind.CUMULATIVE}
    derived = await _derive(conn, spans, changes, actor, now)
    if count:
        await write_record(
            conn, now=now, actor=actor, action="multiplier_applied", object_kind="meter", object_id=meter_id,
            detail={"readings": count, "changes": [_spelled(change) for change in changes]},
        )  # fmt: skip
    changed = frozenset(touched) | derived
    if changed:
        await announce_readings(conn, tenant_no, changed)
    return Recomputed(readings=count, series=changed)


async def follow_changes(conn: Connection, spans: Mapping[int, tuple[int, int]], *, actor: str) -> None:
    """Bring readings that came back, because what stood over them was taken back, to the ratios of now.

    Args:
        conn: In the transaction that brought them back; holds the locks of the series.
        spans: First and last instant of what may have come back, by series. [ms]
        actor: Who took back.

    Raises:
        RefusedError: `multiplier_not_exact`, `multiplier_too_large`: what came back cannot follow.
    """
    owned: dict[UUID, list[Series]] = {}
    for one in await list_series(conn, series_nos=spans) if spans else []:
        if one.meter_id is not None and one.kind not in _NOT_OURS:
            owned.setdefault(one.meter_id, []).append(one)
    for meter_id, series in owned.items():
        low = min(spans[one.series_no][0] for one in series)
        high = max(spans[one.series_no][1] for one in series) + 1
        came_back = _CameBack()
        for row in await changes_of(conn, meter_id):
            came_back.floor = row.source_floor
            for part in overlap(row.span, [Span(low, high)]):
                change = Change(span=part, old=Fraction(row.old), new=Fraction(row.new))
                await _rescale(conn, series, change, actor, came_back)


@dataclass(slots=True)
class _CameBack:
    """Sources that a change concerns: those up to its floor, and those that followed an earlier one."""

    floor: int = 0
    followed: set[int] = field(default_factory=set)


async def _rescale(
    conn: Connection,
    series: Sequence[Series],
    change: Change,
    actor: str,
    came_back: _CameBack | None = None,
) -> dict[int, tuple[int, tuple[int, int]]]:
    """Count, first and last instant of what a change moved, by series; of all readings, or what came back."""
    low, high = max(change.span.start_ms, _FIRST_MS), min(change.span.end_ms, _LAST_MS)
    held = await read_held(conn, [one.series_no for one in series], low, high)
    # One live source stands for a whole day, before and after a change: what came back of it is not told.
    skipped = await _sources_of_kinds(conn, held, ["derived"] if came_back is None else ["derived", "live"])
    if came_back is not None:
        named = {int(number) for one in held.values() for number in np.unique(one.source_no)}
        newer = [n for n in sorted(named - came_back.followed) if n > came_back.floor]
        skipped = np.union1d(skipped, newer).astype(np.int32)
    sent: list[Sent] = []
    moved: dict[int, tuple[int, tuple[int, int]]] = {}
    for one in series:
        part = _new_values(held[one.series_no], one, change, skipped)
        if part is None:
            continue
        readings, source_no = part
        again = await sources_again(conn, source_no, kind=_KIND, actor=actor)
        if came_back is not None:
            came_back.followed.update(np.unique(again).tolist())
        sent.append(Sent(series_no=one.series_no, readings=readings, source_no=again))
        span = int(readings.start_ms[0]), int(readings.start_ms[-1])
        moved[one.series_no] = len(readings), span
    if sent:
        await store(conn, sent, reason=f"multiplier {_spelled(change)}")
    return moved


def _new_values(
    held: Held, series: Series, change: Change, skipped: "np.ndarray[tuple[int], np.dtype[np.int32]]"
) -> tuple[Readings, "np.ndarray[tuple[int], np.dtype[np.int32]]"] | None:
    readings = held.readings
    ours = readings.valid & (readings.micro != 0) & ~np.isin(held.source_no, skipped)
    if series.kind is not Kind.CUMULATIVE:
        # What a person says was used was used; what they read off a counter was read before the ratio.
        ours &= (readings.quality & q.CORRECTED) == 0
    if not ours.any():
        return None
    starts = readings.start_ms[ours]
    new = Readings(
        start_ms=starts,
        micro=rescaled(starts, readings.micro[ours], change),
        quality=readings.quality[ours],
        step_s=readings.step_s,
        duration_ms=None if readings.duration_ms is None else readings.duration_ms[ours],
    )
    return new, held.source_no[ours]


async def _sources_of_kinds(
    conn: Connection, held: Mapping[int, Held], kinds: Sequence[str]
) -> "np.ndarray[tuple[int], np.dtype[np.int32]]":
    """Sources of these kinds; intervals that were computed from counters follow those."""
    named = {int(number) for one in held.values() for number in np.unique(one.source_no)}
    cursor = await conn.execute(
        "select source_no from source where source_no = any(%s) and kind = any(%s)",
        (sorted(named), list(kinds)),
    )
    return np.array([row[0] for row in await cursor.fetchall()], dtype=np.int32)


async def _derive(
    conn: Connection,
    spans: Mapping[int, tuple[int, int]],
    changes: Sequence[Change],
    actor: str,
    now: datetime,
) -> frozenset[int]:
    counters = [
        one.series_no
        for one in (await list_series(conn, series_nos=spans) if spans else [])
        if one.kind is Kind.CUMULATIVE
    ]
    if not counters:
        return frozenset()
    why = "; ".join(f"multiplier {_spelled(change)}" for change in changes) or "the register changed"
    import_id = new_id(now)
    await open_import(conn, import_id, kind="derived", actor=actor, note=why)
    derived = await derive_spans(
        conn, {number: spans[number] for number in counters}, import_id=import_id, reason=why
    )
    await finish_import(conn, import_id, status="done", problems=derived.problems, now=now)
    return frozenset(derived.outcomes)


def _ratios(rows: Sequence[RatioRow]) -> tuple[Ratio, ...]:
    return tuple(Ratio(span=row.span, factor=Fraction(row.factor)) for row in rows)


def _row(change: Change, floor: int) -> ChangeRow:
    old, new = (Decimal(f.numerator) / Decimal(f.denominator) for f in (change.old, change.new))
    return ChangeRow(span=change.span, old=old, new=new, source_floor=floor)


def _spelled(change: Change) -> str:
    return f"{float(change.old):g} -> {float(change.new):g}"


async def schedule_recomputation(
    conn: Connection,
    tenant_no: int,
    sheets: Mapping[str, Sequence[Mapping[str, str]]],
    outcomes: Mapping[str, SheetOutcome],
    *,
    actor: str,
    now: datetime,
) -> UUID | None:
    """A job that brings readings to the installs that were just loaded; None where none of them changed."""
    outcome = outcomes.get("installs")
    if outcome is None or not (outcome.added or outcome.changed):
        return None
    names = sorted({row.get("meter", "").strip() for row in sheets["installs"]})
    cursor = await conn.execute(
        "select id from energy_meters where external_id = any(%s) order by id", (names,)
    )
    meters = [row[0] for row in await cursor.fetchall()]
    return await open_recomputation(conn, tenant_no, meters, actor=actor, now=now)


async def open_recomputation(
    conn: Connection, tenant_no: int, meters: Sequence[UUID], *, actor: str, now: datetime
) -> UUID:
    """A job that brings the readings of meters to what the register says of their devices."""
    job_id = new_id(now)
    await open_job(
        conn, job_id, tenant_no=tenant_no, kind=JOB, actor=actor, args={"meters": [str(m) for m in meters]}
    )
    return job_id


async def apply_multipliers_job(work: Work) -> dict[str, Any]:
    """Recompute meters as a job, each in a transaction of its own; a second run finds the first one's done.

    A meter whose readings cannot follow is named in the result with the reason; the others are done.

    Raises:
        ConflictError: Somebody else kept changing the same readings.
    """
    meters = [UUID(meter) for meter in work.job.args["meters"]]
    readings, refused = 0, dict[str, str]()
    for done, meter_id in enumerate(meters):
        await work.progress("recomputing", done, len(meters))

        async def attempt(meter_id: UUID = meter_id) -> Recomputed:
            async with transaction(work.pool, work.tenant_no) as conn:
                return await recompute_meter(
                    conn, work.tenant_no, meter_id, actor=work.job.created_by, now=work.now(), rederives=True
                )

        try:
            readings += (await try_again(attempt)).readings
        except RefusedError as error:
            refused[str(meter_id)] = sentence(error.code, error.params)
    return {"meters": len(meters), "readings": readings, "refused": refused}
