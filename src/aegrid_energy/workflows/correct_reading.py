"""Put a person's value in the place of a reading, if it still holds what the person saw."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from aegrid_energy.domain.errors import ConflictError, InvalidError, NotFoundError
from aegrid_energy.domain.ids import new_id
from aegrid_energy.domain.series import Series
from aegrid_energy.domain.zones import at_of
from aegrid_energy.storage.announce import announce_readings
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.imports import finish_import
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.readings import read_held
from aegrid_energy.storage.readings_correct import Correction, correct
from aegrid_energy.storage.readings_history import Version, history
from aegrid_energy.storage.readings_store import lock_series
from aegrid_energy.storage.record import write_record
from aegrid_energy.storage.series import list_series
from aegrid_energy.storage.sources import SourceKey, open_import, open_source
from aegrid_energy.workflows.derive_intervals import derive_spans
from aegrid_energy.workflows.try_again import try_again


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Who put a version there, and when."""

    source_no: int
    kind: str
    provider: str
    actor: str
    file: str
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingHistory:
    """One reading with every version of it, the newest first, and who said each."""

    series: Series
    start_ms: int
    duration_ms: int
    versions: tuple[Version, ...]
    said: dict[int, Said]

    @property
    def etag(self) -> str:
        """Hash of what stands: value, quality, source; the same until one of them changes."""
        now = self.versions[0]
        facts = f"{self.series.series_no}:{self.start_ms}:{now.micro}:{now.quality}:{now.source_no}"
        return f'"{hashlib.sha256(facts.encode()).hexdigest()[:32]}"'


async def see_reading(conn: Connection, series_no: int, start_ms: int) -> ReadingHistory:
    """A reading with its history.

    Raises:
        NotFoundError: `reading_not_found`: no such series, or nothing was ever received there.
    """
    series = await list_series(conn, series_nos=[series_no]) if series_no < 2**31 else []
    if not series:
        raise NotFoundError("reading_not_found")
    try:
        versions = await history(conn, series_no, start_ms)
    except InvalidError as error:  # an instant between the slots, or beyond every calendar
        raise NotFoundError("reading_not_found") from error
    if not versions or versions[0].until_ms is not None:
        raise NotFoundError("reading_not_found")
    held = (await read_held(conn, [series_no], start_ms, start_ms + 1))[series_no].readings
    duration_ms = (series[0].step_s or 0) * 1000
    if held.duration_ms is not None and len(held):
        duration_ms = int(held.duration_ms[0])
    return ReadingHistory(
        series=series[0],
        start_ms=start_ms,
        duration_ms=duration_ms,
        versions=tuple(versions),
        said=await _said(conn, {n for v in versions for n in (v.source_no, v.replaced_by) if n is not None}),
    )


async def _said(conn: Connection, source_nos: set[int]) -> dict[int, Said]:
    rows = await conn.execute(
        "select source_no, kind, provider, actor, file, received_at from source where source_no = any(%s)",
        (sorted(source_nos),),
    )
    return {
        row[0]: Said(
            source_no=row[0], kind=row[1], provider=row[2], actor=row[3], file=row[4], received_at=row[5]
        )
        for row in await rows.fetchall()
    }


async def correct_reading(
    pool: Pool,
    tenant_no: int,
    seen: ReadingHistory,
    *,
    micro: int | None,
    reason: str,
    is_expected: Callable[[str], bool],
    actor: str,
    now: datetime,
) -> ReadingHistory:
    """Correct one reading.

    Args:
        pool: As the app role.
        tenant_no: Whose.
        seen: The reading, as `see_reading` found it.
        micro: The new value; None takes the reading out.
        reason: Why, in the person's words.
        is_expected: Whether the caller saw what this ETag names.
        actor: The person.
        now: When.

    Raises:
        NotFoundError: `reading_not_found`: it has gone meanwhile.
        ConflictError: `reading_changed`, or somebody kept changing the same readings.
        InvalidError: `reason_missing`, and those of the store.
    """

    async def attempt() -> ReadingHistory:
        async with transaction(pool, tenant_no) as conn:
            # The lock first: what is compared with the caller's ETag must still stand when we write.
            await lock_series(conn, [seen.series.series_no])
            held = await see_reading(conn, seen.series.series_no, seen.start_ms)
            _expect(is_expected, held)
            return await _correct(conn, tenant_no, held, micro=micro, reason=reason, actor=actor, now=now)

    return await try_again(attempt)


def _expect(is_expected: Callable[[str], bool], held: ReadingHistory) -> None:
    if not is_expected(held.etag):
        raise ConflictError("reading_changed")


async def _correct(
    conn: Connection,
    tenant_no: int,
    held: ReadingHistory,
    *,
    micro: int | None,
    reason: str,
    actor: str,
    now: datetime,
) -> ReadingHistory:
    number = held.series.series_no
    import_id = new_id(now)
    await open_import(conn, import_id, kind="correction", actor=actor, note=reason)
    source = SourceKey(import_id=import_id, provider=actor, kind="correction", actor=actor)
    source_no = await open_source(conn, source)
    correction = Correction(
        series_no=number,
        start_ms=np.array([held.start_ms], dtype=np.int64),
        micro=None if micro is None else np.array([micro], dtype=np.int64),
    )
    await correct(conn, correction, source_no=source_no, reason=reason)
    span = {number: (held.start_ms, held.start_ms)}
    derived = await derive_spans(conn, span, import_id=import_id, reason=reason)
    await finish_import(conn, import_id, status="done", problems=derived.problems, now=now)
    await write_record(
        conn, now=now, actor=actor, action="reading_corrected", object_kind="series", object_id=number,
        detail={"start": at_of(held.start_ms).isoformat(), "reason": reason, "import_id": str(import_id)},
    )  # fmt: skip
    await announce_readings(conn, tenant_no, [number, *derived.outcomes])
    return await see_reading(conn, number, held.start_ms)
