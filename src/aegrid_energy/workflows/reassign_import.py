"""The right file on the wrong meter: take the load back and give its readings to another meter."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from psycopg import Rollback

from aegrid_energy.domain.errors import InvalidError, NotFoundError
from aegrid_energy.domain.ids import new_id
from aegrid_energy.domain.meter import Meter
from aegrid_energy.domain.readings import Readings
from aegrid_energy.domain.series import Series
from aegrid_energy.domain.zones import ms_of
from aegrid_energy.storage.announce import announce_readings
from aegrid_energy.storage.block_plan import Sent
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.imports import (
    Import,
    describe_import,
    find_import,
    finish_import,
    series_of_import,
)
from aegrid_energy.storage.nouns import list_meters, list_sites
from aegrid_energy.storage.owners import multipliers_of
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.readings import Held, read_held
from aegrid_energy.storage.readings_store import store
from aegrid_energy.storage.record import write_record
from aegrid_energy.storage.series import SeriesKey, find_or_create, list_series
from aegrid_energy.storage.sources import Outcome, SourceKey, open_import, open_sources
from aegrid_energy.storage.validity import settle_validity
from aegrid_energy.workflows.derive_intervals import derive_intervals
from aegrid_energy.workflows.try_again import try_again
from aegrid_energy.workflows.undo_import import UndoReport, take_back_within


@dataclass(frozen=True, slots=True, kw_only=True)
class ReassignReport:
    """What reassigning did: the undo, and the load that stands now."""

    undo: UndoReport
    import_id: UUID
    added: int
    changed: int
    unchanged: int
    outranked: int


async def reassign_import(
    pool: Pool,
    tenant_no: int,
    import_id: UUID,
    *,
    meter_id: UUID,
    actor: str,
    now: datetime,
    is_dry_run: bool = False,
) -> ReassignReport:
    """Move what still stands of a load to another meter, in one transaction; a dry run is undone at its end.

    What something later touched stays where it is, as with every undo.

    Raises:
        NotFoundError: `import_not_found`, `meter_not_found`.
        InvalidError: `reassign_several_meters`, `reassign_same_meter`, `reassign_other_carrier`,
            `meter_is_virtual`, `reassign_with_multipliers`.
        ConflictError: As `take_back_import`.
        RefusedError: As `take_back_import`.
    """

    async def attempt() -> ReassignReport:
        reports: list[ReassignReport] = []
        async with transaction(pool, tenant_no) as conn, conn.transaction() as inner:
            reports.append(await _reassign(conn, tenant_no, import_id, meter_id, actor=actor, now=now))
            if is_dry_run:
                raise Rollback(inner)
        return reports[0]

    return await try_again(attempt)


async def _reassign(
    conn: Connection, tenant_no: int, import_id: UUID, meter_id: UUID, *, actor: str, now: datetime
) -> ReassignReport:
    load = await find_import(conn, import_id)
    if load is None:
        raise NotFoundError("import_not_found")
    meters = {meter.id: meter for meter in await list_meters(conn)}
    touched = await series_of_import(conn, import_id)
    target = await _target(conn, {one.meter_id for one in touched}, meter_id, meters)
    sources = await _sources_of(conn, import_id)
    held = {
        one.series_no: (await read_held(conn, [one.series_no], ms_of(one.first_at), ms_of(one.last_at) + 1))[
            one.series_no
        ]
        for one in touched
    }
    undo = await take_back_within(
        conn, tenant_no, import_id, actor=actor, now=now, reason=f"reassigned to meter {target.name}"
    )
    moved_id = new_id(now)
    await _open(conn, load, moved_id, actor=actor)
    numbers = dict(
        zip(
            sources,
            await open_sources(
                conn, [replace(key, import_id=moved_id, actor=actor) for key in sources.values()]
            ),
            strict=True,
        )
    )
    outcomes = await _store(conn, held, target, numbers, import_id=moved_id)
    # Intervals of counters are not moved: the other meter's are computed from its own readings.
    derived = await derive_intervals(conn, outcomes, import_id=moved_id)
    await settle_validity(conn, [*outcomes, *derived.outcomes])
    await finish_import(conn, moved_id, status="done", problems=derived.problems, now=now)
    await write_record(
        conn, now=now, actor=actor, action="import_reassigned", object_kind="import", object_id=import_id,
        detail={"meter_id": str(meter_id), "import_id": str(moved_id)},
    )  # fmt: skip
    await announce_readings(conn, tenant_no, {**outcomes, **derived.outcomes})
    return ReassignReport(
        undo=undo,
        import_id=moved_id,
        added=sum(o.added for o in outcomes.values()),
        changed=sum(o.changed for o in outcomes.values()),
        unchanged=sum(o.unchanged for o in outcomes.values()),
        outranked=sum(o.outranked for o in outcomes.values()),
    )


async def _target(
    conn: Connection, owners: set[UUID | None], meter_id: UUID, meters: dict[UUID, Meter]
) -> Meter:
    target = meters.get(meter_id)
    if target is None:
        raise NotFoundError("meter_not_found")
    if target.is_virtual:
        raise InvalidError("meter_is_virtual", meter=target.name)
    owner = next(iter(owners)) if len(owners) == 1 else None
    if owner is None:
        raise InvalidError("reassign_several_meters", meters=len(owners))
    if owner == meter_id:
        raise InvalidError("reassign_same_meter", meter=target.name)
    if meters[owner].carrier is not target.carrier:
        raise InvalidError(
            "reassign_other_carrier", held=meters[owner].carrier.value, asked=target.carrier.value
        )
    # Stored readings are multiplied already: what the other meter's ratios would make of them is not known.
    if await multipliers_of(conn, owner) or await multipliers_of(conn, meter_id):
        raise InvalidError("reassign_with_multipliers", meter=target.name)
    return target


async def _sources_of(conn: Connection, import_id: UUID) -> dict[int, SourceKey]:
    rows = await conn.execute(
        """select source_no, provider, kind, actor, file, sha256, first_row, last_row,
                  case when update_time <> received_at then update_time end
           from source where import_id = %s and kind <> 'derived' order by source_no""",
        (import_id,),
    )
    return {
        row[0]: SourceKey(
            import_id=import_id,
            provider=row[1],
            kind=row[2],
            actor=row[3],
            file=row[4],
            sha256=row[5],
            first_row=row[6],
            last_row=row[7],
            update_ms=None if row[8] is None else ms_of(row[8]),
        )
        for row in await rows.fetchall()
    }


async def _open(conn: Connection, load: Import, moved_id: UUID, *, actor: str) -> None:
    await open_import(
        conn,
        moved_id,
        kind=load.kind,
        actor=actor,
        file_name=load.file_name,
        note=f"reassigned from {load.id}",
    )
    await describe_import(
        conn, moved_id, sha256=load.sha256, size_bytes=load.size_bytes, format_name=load.format
    )


async def _store(
    conn: Connection, held: dict[int, Held], target: Meter, numbers: dict[int, int], *, import_id: UUID
) -> dict[int, Outcome]:
    by_no = {one.series_no: one for one in await list_series(conn, series_nos=held)} if held else {}
    sites = await list_sites(conn, [target.site_id]) if target.site_id else []
    old = np.array(sorted(numbers), dtype=np.int32)
    new = np.array([numbers[number] for number in sorted(numbers)], dtype=np.int32)
    sent: list[Sent] = []
    for number, readings in held.items():
        part = _part(readings, old, new)
        if part is None:
            continue
        key = _key(by_no[number], target, sites[0].timezone if sites else by_no[number].zone)
        (other,) = await find_or_create(conn, [key])
        sent.append(Sent(series_no=other, readings=part[0], source_no=part[1]))
    return await store(conn, sent, import_id=import_id) if sent else {}


def _part(
    held: Held, old: NDArray[np.int32], new: NDArray[np.int32]
) -> tuple[Readings, NDArray[np.int32]] | None:
    """What the load still holds, with the sources that say it from now on."""
    ours = np.isin(held.source_no, old)
    if not ours.any():
        return None
    r = held.readings
    kept = Readings(
        start_ms=r.start_ms[ours],
        micro=r.micro[ours],
        quality=r.quality[ours],
        step_s=r.step_s,
        duration_ms=_durations(r, ours),
    )
    return kept, new[np.searchsorted(old, held.source_no[ours])]


def _durations(readings: Readings, ours: NDArray[np.bool_]) -> NDArray[np.int64] | None:
    if readings.step_s:
        return None
    if readings.duration_ms is None:
        return np.zeros(int(ours.sum()), dtype=np.int64)
    return readings.duration_ms[ours]


def _key(series: Series, target: Meter, zone: str) -> SeriesKey:
    return SeriesKey(
        meter_id=target.id,
        register=series.register,
        quantity=series.quantity,
        direction=series.direction,
        kind=series.kind,
        step_s=series.step_s,
        phase_s=series.phase_s,
        zone=zone,
        rhythm=target.rhythm,
    )
