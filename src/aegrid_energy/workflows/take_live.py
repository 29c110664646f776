"""Take live readings: small batches, often, straight into the hot rows.

One import and one source stand for all that a sender sends on a day (UTC), so that a gateway that reports
every second does not make a list of its own. Which series a name means is remembered for a minute.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

import numpy as np

from aegrid_energy.domain.errors import ConflictError, RefusedError
from aegrid_energy.domain.problems import Problem
from aegrid_energy.ingestion.parsed import ParsedFile, Register
from aegrid_energy.storage.announce import announce_readings
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.hot import Live, store_live
from aegrid_energy.storage.imports import is_undone, open_live_import, refuse_live
from aegrid_energy.storage.multipliers import have_ratios
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.retention import kept_from
from aegrid_energy.storage.series import find_or_create
from aegrid_energy.storage.sources import Outcome
from aegrid_energy.storage.validity import settle_validity
from aegrid_energy.workflows.derive_intervals import derive_intervals
from aegrid_energy.workflows.load_readings import (
    Target,
    homeless,
    multiplied,
    owner_of,
    series_key,
    unfollowed,
)
from aegrid_energy.workflows.refuse_times import without_wrong_times
from aegrid_energy.workflows.try_again import try_again

_REMEMBERED_S: Final = 60.0
_Name = tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveReport:
    """What became of a batch."""

    import_id: UUID
    outcomes: dict[int, Outcome]
    problems: tuple[Problem, ...]


@dataclass(slots=True, kw_only=True)
class LiveTaker:
    """Takes the live readings of one process."""

    pool: Pool
    _series: dict[_Name, tuple[float, int]] = field(default_factory=dict)
    _sources: dict[str, tuple[UUID, int]] = field(default_factory=dict)
    _keeping: dict[int, tuple[float, datetime | None]] = field(default_factory=dict)

    async def take(
        self, tenant_no: int, parsed: ParsedFile, *, actor: str, target: Target, now: datetime
    ) -> LiveReport:
        """Store a batch; acknowledged means committed.

        Args:
            tenant_no: Whose.
            parsed: The batch; registers whose meter is unknown are refused, the others are stored.
            actor: Who sends it.
            target: Zone of series without a site.
            now: Time of receipt.

        Raises:
            ConflictError: Somebody else kept changing the same readings.
            UnavailableError: The database is away; nothing was stored.
        """
        said = f"live:{tenant_no}:{actor}:{now:%Y-%m-%d}"

        async def attempt() -> LiveReport:
            source = await self._source(tenant_no, said, actor)
            found: dict[_Name, tuple[float, int]] = {}
            async with transaction(self.pool, tenant_no) as conn:
                kept = without_wrong_times(
                    parsed, now=now, keep_from=await self._kept_from(conn, tenant_no, now)
                )
                report = await self._take(conn, tenant_no, kept, source, target, now, found)
                if await is_undone(conn, source[0]):  # taken back since: the rest of the day is another load
                    self._sources.pop(said, None)
                    raise ConflictError("import_moved")
            self._series.update(found)  # only once they are committed
            return report

        return await try_again(attempt)

    async def _kept_from(self, conn: Connection, tenant_no: int, now: datetime) -> datetime | None:
        known = self._keeping.get(tenant_no)
        if known is None or known[0] <= time.monotonic():
            known = (time.monotonic() + _REMEMBERED_S, await kept_from(conn, now=now))
            self._keeping[tenant_no] = known
        return known[1]

    async def _take(
        self,
        conn: Connection,
        tenant_no: int,
        parsed: ParsedFile,
        source: tuple[UUID, int],
        target: Target,
        now: datetime,
        found: dict[_Name, tuple[float, int]],
    ) -> LiveReport:
        import_id, source_no = source
        problems = list(parsed.problems)
        parts: list[tuple[int, Register]] = []
        remembered: dict[_Name, int] = {}
        for one in parsed.registers:
            name = (
                tenant_no, one.meter, one.register, one.carrier, one.quantity, one.direction, one.kind,
                one.readings.step_s,
            )  # fmt: skip
            known = self._series.get(name)
            if known and known[0] > time.monotonic():
                parts.append((known[1], one))
                remembered[name] = known[1]
                continue
            owner = await owner_of(conn, one, target, is_nmi=False, now=now)
            if owner is None or owner.is_virtual:
                problems.append(homeless(parsed, one, is_virtual=owner is not None))
                continue
            try:
                changed = await multiplied(conn, tenant_no, owner, one, now=now)
            except RefusedError as error:
                problems.append(unfollowed(parsed, one, error))
                continue
            number = (await find_or_create(conn, [series_key(changed, owner, target, "live")]))[0]
            if changed is one:  # a meter with a multiplier is looked at each time
                found[name] = (time.monotonic() + _REMEMBERED_S, number)
            parts.append((number, changed))
        outcomes = await store_live(conn, _live(parts, source_no), import_id=import_id) if parts else {}
        # The locks of the series are ours from here on: who recomputes them has done so, or comes after us.
        if remembered and await have_ratios(conn, list(remembered.values())):
            for name in remembered:
                self._series.pop(name, None)
            raise ConflictError("series_busy")
        await refuse_live(conn, import_id, problems)
        derived = await derive_intervals(conn, outcomes, import_id=import_id, is_live=True)
        if len(remembered) < len(parts):  # series that were looked up again may be new to their register
            await settle_validity(conn, [*outcomes, *derived.outcomes])
        await announce_readings(conn, tenant_no, {**outcomes, **derived.outcomes})
        return LiveReport(import_id=import_id, outcomes=outcomes, problems=(*problems, *derived.problems))

    async def _source(self, tenant_no: int, said: str, actor: str) -> tuple[UUID, int]:
        known = self._sources.get(said)
        if known is None:
            async with transaction(self.pool, tenant_no) as conn:
                known = await open_live_import(conn, said, actor=actor)
            self._sources[said] = known
        return known


def _live(parts: Sequence[tuple[int, Register]], source_no: int) -> Live:
    readings = [one.readings for _, one in parts]
    has_length = any(r.duration_ms is not None and r.step_s is None for r in readings)
    return Live(
        series_no=np.concatenate(
            [np.full(len(r), n, dtype=np.int64) for (n, _), r in zip(parts, readings, strict=True)]
        ),
        start_ms=np.concatenate([r.start_ms for r in readings]),
        micro=np.concatenate([r.micro for r in readings]),
        quality=np.concatenate([r.quality for r in readings]),
        source_no=source_no,
        duration_ms=np.concatenate(
            [
                r.duration_ms if r.duration_ms is not None else np.full(len(r), -1, dtype=np.int64)
                for r in readings
            ]
        )
        if has_length
        else None,
    )
