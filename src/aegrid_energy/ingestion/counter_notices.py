"""What people read of a counter that wrapped, fell, leapt or was exchanged."""

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np

from aegrid_energy.domain.problems import Problem
from aegrid_energy.domain.readings import as_decimal
from aegrid_energy.ingestion.counters import CounterNotice

_TEXTS: Final[Mapping[str, str]] = {
    "counter_wrapped": "The counter began again at its end; what it counted over that is kept.",
    "counter_reset": "The counter fell to nearly nothing and goes on from there: the interval is suspect.",
    "counter_fell": "The counter fell by {step}; what was used meanwhile is unknown.",
    "counter_wrap_or_reset": (
        "The counter fell by {step} near where it may begin again. Say in the register where it does "
        "(wraps_at of its install); until then the interval is unknown."
    ),
    "counter_glitch": "The counter fell by {step} and came back: that reading is kept and not counted.",
    "counter_spike": "The counter rose by {step}, more than can flow: that reading is kept and not counted.",
    "counter_jumped": "The counter rose by {step}, more than can flow, and goes on: the interval is unknown.",
    "meter_exchanged": (
        "The meter was exchanged. Its last and first reading in the register tell what was used meanwhile."
    ),
    "counter_resolution": "The counter is too large for its number format: it moves in steps of {step}.",
}


def problems_of_counter(
    notices: Iterable[CounterNotice], *, register: str, unit: str, first_ms: int, last_ms: int
) -> list[Problem]:
    """Notices of the readings between two instants, in words; those around them were told before.

    Args:
        notices: What the engine noticed.
        register: The counter.
        unit: Its canonical unit.
        first_ms: The first instant. [ms]
        last_ms: The last instant. [ms]
    """
    return [
        Problem(
            file="",
            line=0,
            column=0,
            code=notice.code,
            text=f"{register} at {np.datetime64(notice.at_ms, 'ms')}Z: "
            + _TEXTS[notice.code].format(step=f"{as_decimal(abs(notice.step_micro))} {unit}"),
        )
        for notice in notices
        if first_ms <= notice.at_ms <= last_ms
    ]
