"""Series: the identity of what is stored, and how its readings lie in blocks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from psycopg import AsyncCursor
from psycopg.rows import class_row, dict_row

from aegrid_energy.domain.errors import NotFoundError
from aegrid_energy.domain.series import Direction, Kind, Quantity, Rhythm, Series
from aegrid_energy.domain.units import CANONICAL
from aegrid_energy.storage import packed
from aegrid_energy.storage.block import Grid, span_hours
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.zones import zone_numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesKey:
    """What makes a series the one it is, and how to open it where it is new.

    Args:
        meter_id, point_id, site_id: The owner, exactly one of them.
        register: Name of the register in its source.
        quantity, direction, kind: What it counts.
        step_s: Length of an interval; None where irregular. [s]
        phase_s: Where its slots start in the epoch's grid: hourly readings of a half-hour zone have 1800. [s]
        zone: Zone of the local days it is added up by.
        rhythm: How often data is expected.
        scale_exp: Decimals its blocks try first, 0 to 6; see `decimals_of`.
        derived_from: The register that this series was computed from.
    """

    register: str
    quantity: Quantity
    direction: Direction
    kind: Kind
    step_s: int | None
    zone: str
    meter_id: UUID | None = None
    point_id: UUID | None = None
    site_id: UUID | None = None
    phase_s: int = 0
    rhythm: Rhythm = Rhythm.MONTHLY_FILE
    scale_exp: int = 3
    derived_from: int | None = None

    @property
    def owner(self) -> UUID | None:
        """Meter, point or site."""
        return self.meter_id or self.point_id or self.site_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How the readings of a series lie: its grid, the decimals it prefers, the days it is added up by."""

    series_no: int
    grid: Grid | None
    zone: str
    zone_no: int
    scale_exp: int
    kind: Kind

    @property
    def is_register(self) -> bool:
        """Whether values are readings of a register, which do not add up."""
        return self.kind is Kind.CUMULATIVE

    @property
    def span_h(self) -> int:
        """Whole hours a block covers."""
        return self.grid.span_h if self.grid else span_hours(None)


_IDENTITY = """s.tenant_no = current_tenant_no()
    and coalesce(s.meter_id, s.point_id, s.site_id) = k.owner and s.register = k.register
    and s.quantity = k.quantity and s.direction = k.direction and s.kind = k.kind
    and coalesce(s.step_s, 0) = coalesce(k.step_s, 0) and s.phase_s = k.phase_s"""

_KEYS = """unnest(%(meter)s::uuid[], %(point)s::uuid[], %(site)s::uuid[], %(owner)s::uuid[],
    %(register)s::text[],
    %(quantity)s::text[], %(direction)s::text[], %(kind)s::text[], %(unit)s::text[], %(step)s::int[],
    %(phase)s::int[], %(scale)s::int2[], %(zone)s::int[], %(rhythm)s::text[],
        %(derived)s::int[]) with ordinality
    as k(meter_id, point_id, site_id, owner, register, quantity, direction, kind, unit, step_s,
         phase_s, scale_exp, zone_no, rhythm, derived_from, n)"""

_COLUMNS = """s.series_no, s.tenant_no, s.meter_id, s.point_id, s.site_id, s.register, s.quantity,
    s.direction,
    s.kind, s.unit, s.step_s, s.phase_s, s.valid_from, s.valid_to, s.derived_from, s.rhythm, z.name as zone"""


async def find_or_create(conn: Connection, keys: Sequence[SeriesKey]) -> list[int]:
    """Number of the series of each key, in their order; those that are new are opened.

    Raises:
        InvalidError: `unknown_zone`, `step_not_regular`.
    """
    for key in keys:
        span_hours(key.step_s)
    zones = await zone_numbers(conn, (key.zone for key in keys))
    params = _columns_of(keys, zones)
    found = await _numbers(conn, params)
    if len(found) < len(keys):
        # Two loaders may open the same series at once: the second waits, inserts nothing and finds it.
        await conn.execute(
            f"""insert into series (meter_id, point_id, site_id, register, quantity, direction, kind, unit,
                                    step_s, phase_s, scale_exp, zone_no, rhythm, derived_from)
                select k.meter_id, k.point_id, k.site_id, k.register, k.quantity, k.direction, k.kind, k.unit,
                       k.step_s, k.phase_s, k.scale_exp, k.zone_no, k.rhythm, k.derived_from
                from {_KEYS} where not exists (select from series s where {_IDENTITY})
                order by k.n on conflict do nothing""",
            params,
        )
        found = await _numbers(conn, params)
    return [found[n] for n in range(len(keys))]


def _columns_of(keys: Sequence[SeriesKey], zones: dict[str, int]) -> dict[str, list[Any]]:
    return {
        "meter": [k.meter_id for k in keys],
        "point": [k.point_id for k in keys],
        "site": [k.site_id for k in keys],
        "owner": [k.owner for k in keys],
        "register": [k.register for k in keys],
        "quantity": [k.quantity.value for k in keys],
        "direction": [k.direction.value for k in keys],
        "kind": [k.kind.value for k in keys],
        "unit": [CANONICAL[k.quantity] for k in keys],
        "step": [k.step_s for k in keys],
        "phase": [k.phase_s for k in keys],
        "scale": [k.scale_exp for k in keys],
        "zone": [zones[k.zone] for k in keys],
        "rhythm": [k.rhythm.value for k in keys],
        "derived": [k.derived_from for k in keys],
    }


async def _numbers(conn: Connection, params: dict[str, list[Any]]) -> dict[int, int]:
    rows = await conn.execute(
        f"select k.n - 1, s.series_no from {_KEYS} join series s on {_IDENTITY}", params
    )
    return {int(n): int(number) for n, number in await rows.fetchall()}


async def list_series(
    conn: Connection,
    *,
    owners: Iterable[UUID] | None = None,
    series_nos: Iterable[int] | None = None,
) -> list[Series]:
    """Series of some meters, points or sites, or by number; all of the tenant where neither is given."""
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            f"""select {_COLUMNS} from series s join zone z using (zone_no)
                where s.tenant_no = current_tenant_no()
                  and (%(owners)s::uuid[] is null or s.meter_id = any(%(owners)s)
                       or s.point_id = any(%(owners)s)
                       or s.site_id = any(%(owners)s))
                  and (%(numbers)s::int[] is null or s.series_no = any(%(numbers)s))
                order by s.series_no""",
            {
                "owners": None if owners is None else list(owners),
                "numbers": None if series_nos is None else list(series_nos),
            },
        )
        return [_series(row) for row in await cursor.fetchall()]


def _series(row: dict[str, Any]) -> Series:
    words: dict[str, Any] = {
        "quantity": Quantity(row["quantity"]),
        "direction": Direction(row["direction"]),
        "kind": Kind(row["kind"]),
        "rhythm": Rhythm(row["rhythm"]),
    }
    return Series(**{**row, **words})


@dataclass(frozen=True, slots=True, kw_only=True)
class _LayoutRow:
    series_no: int
    step_s: int | None
    phase_s: int
    zone: str
    zone_no: int
    scale_exp: int
    kind: str


async def layouts(conn: Connection, series_nos: Iterable[int]) -> dict[int, Layout]:
    """How series lie, by number.

    Raises:
        NotFoundError: `series_not_found` for the first that this tenant does not have.
    """
    wanted = sorted(set(series_nos))
    return await answered_layouts(await ask_layouts(conn, wanted), wanted)


async def ask_layouts(conn: Connection, series_nos: Iterable[int]) -> AsyncCursor[_LayoutRow]:
    """Ask for layouts inside a pipeline; `answered_layouts` takes the answer afterwards."""
    return await conn.cursor(row_factory=class_row(_LayoutRow)).execute(
        """select s.series_no, s.step_s, s.phase_s, z.name as zone, s.zone_no, s.scale_exp, s.kind
           from series s join zone z using (zone_no)
           where s.series_no = any(%s) and s.tenant_no = current_tenant_no()""",
        (sorted(set(series_nos)),),
    )


async def answered_layouts(asked: AsyncCursor[_LayoutRow], series_nos: Iterable[int]) -> dict[int, Layout]:
    """The answer to `ask_layouts`; see `layouts`."""
    held = {row.series_no: _layout(row) for row in await asked.fetchall()}
    for number in sorted(set(series_nos)):
        if number not in held:
            raise NotFoundError("series_not_found", series_no=number)
    return held


def _layout(row: _LayoutRow) -> Layout:
    return Layout(
        series_no=row.series_no,
        grid=None if row.step_s is None else Grid(row.step_s, row.phase_s),
        zone=row.zone,
        zone_no=row.zone_no,
        scale_exp=row.scale_exp,
        kind=Kind(row.kind),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutColumns:
    """How many series lie, as columns of shape (k,), ascending by number; where objects cost too much.

    Args:
        series_no: Their numbers.
        step_s: Length of an interval, 0 where irregular. [s]
        phase_s: Offset of the slots. [s]
        zone_no: Zone of the local days.
        is_register: Whether values do not add up.
        zones: Name of each zone.
    """

    series_no: NDArray[np.int64]
    step_s: NDArray[np.int64]
    phase_s: NDArray[np.int64]
    zone_no: NDArray[np.int64]
    is_register: NDArray[np.bool_]
    zones: dict[int, str]


async def layout_columns(conn: Connection, series_nos: NDArray[np.int64]) -> LayoutColumns:
    """How series lie.

    Args:
        conn: In a transaction of the tenant.
        series_nos: Numbers, ascending, none twice, shape (k,).

    Raises:
        NotFoundError: `series_not_found` for the first that this tenant does not have.
    """
    async with packed.packing_cursor(conn) as cursor:
        await cursor.execute(
            """with held as (
                   select series_no, coalesce(step_s, 0) as step_s, phase_s, zone_no,
                          (kind = 'cumulative')::int4 as is_register
                   from series where series_no = any(%s) and tenant_no = current_tenant_no()
                       order by series_no)
               select array_send(array_agg(series_no)), array_send(array_agg(step_s)),
                   array_send(array_agg(phase_s)),
                      array_send(array_agg(zone_no)), array_send(array_agg(is_register)),
                      (select array_agg(zone_no || ' ' || name) from zone
                          where zone_no in (select zone_no from held))
               from held""",
            (packed.int4s(series_nos),),
        )
        row = await cursor.fetchone()
    if row is None or row[0] is None:
        raise NotFoundError("series_not_found", series_no=int(series_nos[0]))
    held, step_s, phase_s, zone_no, is_register = (packed.int4s_of_wire(column) for column in row[:5])
    for missing in np.setdiff1d(series_nos, held).tolist():
        raise NotFoundError("series_not_found", series_no=missing)
    return LayoutColumns(
        series_no=held,
        step_s=step_s,
        phase_s=phase_s,
        zone_no=zone_no,
        is_register=is_register.astype(np.bool_),
        zones={int(number): name for number, _, name in (text.partition(" ") for text in row[5])},
    )


async def list_counters(conn: Connection, series_nos: Iterable[int]) -> list[Series]:
    """Those of some series that are counters of meters."""
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            f"""select {_COLUMNS} from series s join zone z using (zone_no)
                where s.series_no = any(%s) and s.tenant_no = current_tenant_no()
                  and s.kind = 'cumulative' and s.meter_id is not null order by s.series_no""",
            (list(series_nos),),
        )
        return [_series(row) for row in await cursor.fetchall()]


async def derived_series(conn: Connection, series_nos: Iterable[int]) -> dict[int, Series]:
    """The series that was computed from each of these registers; those without one are left out."""
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            f"""select {_COLUMNS} from series s join zone z using (zone_no)
                where s.derived_from = any(%s) and s.tenant_no = current_tenant_no() order by s.series_no""",
            (list(series_nos),),
        )
        return {int(row["derived_from"]): _series(row) for row in await cursor.fetchall()}


async def mark_derived(conn: Connection, series_no: int, derived_from: int) -> None:
    """Say of a series that was there before what it is computed from."""
    await conn.execute(
        """update series set derived_from = %s
           where series_no = %s and tenant_no = current_tenant_no() and derived_from is null""",
        (derived_from, series_no),
    )
