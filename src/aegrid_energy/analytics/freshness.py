"""Whether data arrives as it should, measured against the rhythm it is delivered in."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from aegrid_energy.domain.series import Rhythm

_MINUTE_MS: Final = 60_000
_HOUR_MS: Final = 60 * _MINUTE_MS
_DAY_MS: Final = 24 * _HOUR_MS


class Freshness(StrEnum):
    """How the newest reading stands against the rhythm."""

    LIVE = "live"  # as it should be; for a daily file too
    LATE = "late"  # overdue: worth a look
    STALE = "stale"  # overdue for long: figures of now do not count on it
    ENDED = "ended"  # nothing more is expected


@dataclass(frozen=True, slots=True)
class Patience:
    """Ages of the newest reading. [ms].

    Args:
        due_ms: Up to here it is live.
        stale_ms: From here it is stale.
    """

    due_ms: int
    stale_ms: int


#: A daily file of day D comes by noon of D + 1; a monthly one by the tenth of the month after.
PATIENCE: Final[dict[Rhythm, Patience]] = {
    Rhythm.LIVE: Patience(15 * _MINUTE_MS, 24 * _HOUR_MS),
    Rhythm.DAILY_FILE: Patience(36 * _HOUR_MS, 7 * _DAY_MS),
    Rhythm.MONTHLY_FILE: Patience(41 * _DAY_MS, 75 * _DAY_MS),
    Rhythm.ENDED: Patience(0, 0),
}
#: A live series with long intervals is due after three of them, at the least.
_STEPS: Final = 3


def freshness(
    rhythm: Rhythm,
    newest_end_ms: int | None,
    now_ms: int,
    *,
    step_s: int | None = None,
    stale_after_s: int | None = None,
    service_end_ms: int | None = None,
) -> Freshness:
    """The state of a series.

    Args:
        rhythm: How it is delivered.
        newest_end_ms: End of the newest valid interval, or the newest instant; None: never any. [ms]
        now_ms: Now. [ms]
        step_s: Length of an interval; None where irregular. [s]
        stale_after_s: A point's own limit, which stands before the rhythm's. [s]
        service_end_ms: When the meter goes out of service; None is open. [ms]
    """
    out_of_service = service_end_ms is not None and service_end_ms <= now_ms
    if rhythm is Rhythm.ENDED or out_of_service:
        return Freshness.ENDED
    if newest_end_ms is None:
        return Freshness.STALE
    age_ms = now_ms - newest_end_ms
    patience = PATIENCE[rhythm]
    due_ms = max(patience.due_ms, _STEPS * step_s * 1000 if step_s and rhythm is Rhythm.LIVE else 0)
    stale_ms = max(patience.stale_ms, due_ms)
    if stale_after_s is not None:
        stale_ms = stale_after_s * 1000
        due_ms = min(due_ms, stale_ms)
    if age_ms <= due_ms:
        return Freshness.LIVE
    return Freshness.LATE if age_ms <= stale_ms else Freshness.STALE


def arrives_by(rhythm: Rhythm, day_end_ms: int) -> int:
    """When a day's data should have arrived at the latest. [ms].

    An age is counted from the newest reading, so a day's own wait is what is left of it when the delivery
    before has been used up: half a day for daily files, the whole for monthly ones.
    """
    wait = {Rhythm.LIVE: 15 * _MINUTE_MS, Rhythm.DAILY_FILE: 12 * _HOUR_MS}.get(rhythm, 41 * _DAY_MS)
    return day_end_ms + wait
