"""Readings as a long CSV file: one reading a row, UTC, unit and quality spelled out."""

from collections.abc import Iterable
from typing import Final

import numpy as np

from aegrid_energy.domain.quality import has_value, spelled
from aegrid_energy.domain.readings import MICRO, Readings
from aegrid_energy.domain.series import Quantity
from aegrid_energy.simulation.history import Reported

HEADER: Final = "time,meter,register,value,unit,quality"


def as_csv(reported: Iterable[Reported]) -> bytes:
    """A CSV file; what is null has an empty value.

    One file should hold one kind (intervals, counters, gauges): nothing in it tells them apart.

    Args:
        reported: Any series.
    """
    parts = [HEADER, *(part for one in reported if len(one.readings) for part in _rows(one))]
    return ("\n".join(parts) + "\n").encode("ascii")


def spelled_unit(one: Reported) -> str:
    """The unit as files spell it: a bare % would be read as a share, not as humidity."""
    return "%rh" if one.quantity is Quantity.HUMIDITY else one.unit


def _rows(one: Reported) -> list[str]:
    readings = one.readings
    times = np.datetime_as_string(readings.start_ms.astype("datetime64[ms]"), unit="s").tolist()
    template = f"%.{_places(readings)}f"
    values = [template % value for value in (readings.micro / MICRO).tolist()]
    for index in np.flatnonzero(~has_value(readings.quality)).tolist():
        values[index] = ""
    words = {code: f",{spelled_unit(one)},{spelled(code)}" for code in np.unique(readings.quality).tolist()}
    middle = f"Z,{one.external_id},{one.register},"
    if len(words) == 1:
        tail = next(iter(words.values()))
        return [f"{time}{middle}{value}{tail}" for time, value in zip(times, values, strict=True)]
    tails = [words[code] for code in readings.quality.tolist()]
    return [f"{time}{middle}{value}{tail}" for time, value, tail in zip(times, values, tails, strict=True)]


def _places(readings: Readings) -> int:
    """The fewest decimals that show every value exactly."""
    return next((places for places in range(6) if not (readings.micro % 10 ** (6 - places)).any()), 6)
