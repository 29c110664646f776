"""Local days of many series at once: what a table of all sites over years is added up from."""

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.storage import packed
from aegrid_energy.storage.connection import Connection

#: A count of slots fits in 17 bits: 25 hours of seconds are 90,000. Three of them and 12 bits of days make
#: one number, so that a day leaves the database as two numbers instead of five.
_BITS: Final = 17
_MASK: Final = (1 << _BITS) - 1
#: Days that the bits above them hold.
MOST_DAYS: Final = 4_000

#: All days in one string of bytes: arrays cost the database a third more, and a thousand rows would wake the
#: reader a thousand times.
_DAYS: Final = """
    select string_agg(d.days, ''::bytea order by k.row),
           array_send(array_agg(length(d.days)::int8 order by k.row)),
           array_send(array_agg(k.row::int8 order by k.row))
    from unnest(%s, %s, %s) k(series_no, zone_no, row)
    cross join lateral (
        select string_agg(int8send(r.sum)
                          || int8send(((r.local_date - %s)::int8 << 51) | (r.n_valid::int8 << 34)
                                      | (r.n_expected::int8 << 17) | r.n_estimated::int8), ''::bytea) as days
        from rollup_local_day r
        where r.series_no = k.series_no and r.zone_no = k.zone_no
          and r.local_date >= %s and r.local_date < %s) d
    where d.days is not null"""
_DAY: Final = np.dtype([("sum", ">i8"), ("counts", ">i8")])


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelDays:
    """Days with readings, as columns of shape (n,), in no order.

    Args:
        row: Place of the series among those asked for.
        day: Days since the first one asked for.
        total: Sum. [micro]
        n_valid, n_expected, n_estimated: Counts of slots.
    """

    row: NDArray[np.int64]
    day: NDArray[np.int64]
    total: NDArray[np.int64]
    n_valid: NDArray[np.int64]
    n_expected: NDArray[np.int64]
    n_estimated: NDArray[np.int64]


async def panel_days(
    conn: Connection, series_nos: NDArray[np.int64], zone_nos: NDArray[np.int64], first: date, end: date
) -> PanelDays:
    """Local days `[first, end)` of each series in its zone; at most `MOST_DAYS` of them."""
    if (end - first).days > MOST_DAYS:
        raise ValueError("more days than their numbers hold")
    async with packed.packing_cursor(conn) as cursor:
        await cursor.execute(
            _DAYS,
            (
                packed.int4s(series_nos),
                packed.int4s(zone_nos),
                packed.int4s(np.arange(len(series_nos))),
                first,
                first,
                end,
            ),
        )
        found = await cursor.fetchone()
    if found is None or found[0] is None:
        nothing = np.zeros(0, dtype=np.int64)
        return PanelDays(**dict.fromkeys(PanelDays.__dataclass_fields__, nothing))
    days, lengths, rows = found
    each = np.frombuffer(days, dtype=_DAY)
    counts = each["counts"].astype(np.int64)
    return PanelDays(
        row=np.repeat(packed.int8s_of_wire(rows), packed.int8s_of_wire(lengths) // _DAY.itemsize),
        day=counts >> 3 * _BITS,
        total=each["sum"].astype(np.int64),
        n_valid=counts >> 2 * _BITS & _MASK,
        n_expected=counts >> _BITS & _MASK,
        n_estimated=counts & _MASK,
    )
