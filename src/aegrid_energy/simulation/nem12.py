"""The portfolio's market meters as NEM12 files, as a meter data provider would send them.

Source of the record layouts: AEMO, Meter Data File Format Specification NEM12 & NEM13.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import groupby, pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.quality import NULL, RANK_MASK, Quality
from aegrid_energy.domain.readings import MICRO
from aegrid_energy.domain.zones import at_of
from aegrid_energy.simulation.frame import DAY_MS, HOUR_MS, MARKET_OFFSET_MS
from aegrid_energy.simulation.history import Reported
from aegrid_energy.simulation.portfolio import SimulatedPortfolio
from aegrid_energy.simulation.register import MeterRow

#: Method and reason of each rank: like-day substitution, estimate of a scheduled read, a silent meter.
_METHODS: Final = {
    Quality.ACTUAL.code: ("A", ""),
    Quality.FINAL_SUBSTITUTED.code: ("F14", "76"),
    Quality.SUBSTITUTED.code: ("S14", "76"),
    Quality.ESTIMATED.code: ("E52", "76"),
    NULL: ("N", ""),
}
_UNITS: Final = {"kWh": "KWH", "kvarh": "KVARH"}


def market_meters(simulated: SimulatedPortfolio) -> frozenset[str]:
    """External ids of the meters that a NEM12 file can carry: those with an NMI."""
    return frozenset(meter.external_id for meter in simulated.meters if meter.nmi)


def as_nem12(simulated: SimulatedPortfolio, reported: Iterable[Reported], *, created_ms: int) -> bytes:
    """A NEM12 file of whole market days.

    Days at either end that are not whole are left out: the file knows no half days. A slot without a
    reading inside is null (`N`).

    Args:
        simulated: The portfolio.
        reported: Electricity of meters with an NMI, registers of one meter together.
        created_ms: When the file was made, ms since the epoch UTC.

    Raises:
        InvalidError: `no_nmi` for a series of a meter without one.
    """
    meters = {meter.external_id: meter for meter in simulated.meters}
    lines = [f"100,NEM12,{_stamp(created_ms)[:12]},SIMMDP,BANKSIA"]
    for name, series in groupby(reported, key=lambda one: one.external_id):
        meter = meters.get(name)
        if meter is None or not meter.nmi:
            raise InvalidError("no_nmi", meter=name)
        for one in series:
            lines.extend(_register(meter, one, created_ms))
    lines.append("900")
    return ("\r\n".join(lines) + "\r\n").encode("ascii")


def _register(meter: MeterRow, one: Reported, created_ms: int) -> Iterator[str]:
    step_s = one.readings.step_s
    if step_s is None or not len(one.readings):
        return
    configuration = "".join(register.register for register in meter.registers)
    next_read = f"{at_of(created_ms + MARKET_OFFSET_MS) + timedelta(days=30):%Y%m%d}"
    yield (
        f"200,{meter.nmi},{configuration},{one.register},{one.register},N1,{meter.serial or 'UNMETERED'},"
        f"{_UNITS[one.unit]},{step_s // 60},{next_read}"
    )
    slots = 86_400 // step_s
    first, micro, quality, is_whole = _by_day(one, slots)
    template = "300,%s," + "%.3f," * slots
    for index in range(len(micro)):
        if not is_whole[index]:
            continue
        day = (first + index) * DAY_MS - MARKET_OFFSET_MS
        # Read the morning after, or later the same day where the file is made earlier.
        update = _stamp(min(day + DAY_MS + 6 * HOUR_MS, created_ms))
        row = template % (f"{at_of(day + MARKET_OFFSET_MS):%Y%m%d}", *(micro[index] / MICRO).tolist())
        ranks = quality[index]
        if (ranks == ranks[0]).all():
            method, reason = _METHODS[int(ranks[0])]
            yield f"{row}{method},{reason},,{update},{update}"
        else:
            yield f"{row}V,,,{update},{update}"
            yield from _runs(ranks)


def _by_day(one: Reported, slots: int) -> tuple[int, NDArray[np.int64], NDArray[np.uint8], NDArray[np.bool_]]:
    """First market day, values and ranks by day and slot, and which days to write."""
    start = one.readings.start_ms + MARKET_OFFSET_MS
    first = int(start[0] // DAY_MS)
    days = int(start[-1] // DAY_MS) - first + 1
    place = (start - first * DAY_MS) * slots // DAY_MS
    micro = np.zeros(days * slots, dtype=np.int64)
    quality = np.full(days * slots, NULL, dtype=np.uint8)
    micro[place] = one.readings.micro
    quality[place] = one.readings.quality & RANK_MASK
    is_whole = np.ones(days, dtype=bool)
    is_whole[0] = int(place[0]) == 0
    is_whole[-1] &= int(place[-1]) == days * slots - 1
    return first, micro.reshape(days, slots), quality.reshape(days, slots), is_whole


def _runs(ranks: NDArray[np.uint8]) -> Iterator[str]:
    """400 records: runs of one quality, intervals counted from 1."""
    edges = [0, *(np.flatnonzero(np.diff(ranks)) + 1).tolist(), len(ranks)]
    for begin, end in pairwise(edges):
        method, reason = _METHODS[int(ranks[begin])]
        yield f"400,{begin + 1},{end},{method},{reason},"


def _stamp(at_ms: int) -> str:
    return f"{at_of(at_ms + MARKET_OFFSET_MS):%Y%m%d%H%M%S}"
