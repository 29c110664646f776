"""What a question about consumption is answered with: columns as JSON, CSV or Arrow."""

import io
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray

from aegrid_energy.analytics.buckets import Resolution
from aegrid_energy.api.types import Answer
from aegrid_energy.domain.readings import as_decimal
from aegrid_energy.domain.series import Carrier, Direction, Quantity
from aegrid_energy.domain.spans import Span
from aegrid_energy.domain.zones import at_of
from aegrid_energy.workflows.answer_consumption import ConsumptionAnswer

_RATE_UNIT: Final = {"kWh": "kW", "kvarh": "kvar", "kVAh": "kVA", "MJ": "MJ/h", "m3": "m3/h"}


class UsedMeter(Answer):
    """A meter that counts, and when."""

    meter_id: UUID
    series_no: int | None
    start: datetime | None
    end: datetime | None


class LeftOutMeter(Answer):
    """A meter that does not count, and why."""

    meter_id: UUID
    reason: str


class ConsumptionBody(Answer):
    """Buckets as columns; a gap is null. `mean`, `min`, `max` are rates per hour (kW for kWh)."""

    asset_id: UUID
    carrier: Carrier
    direction: Direction
    quantity: Quantity
    resolution: Resolution
    step_s: int
    unit: str
    rate_unit: str
    zone: str
    carriers: list[Carrier]
    start: list[int]
    mean: list[float | None]
    min: list[float | None]
    max: list[float | None]
    sum: list[float | None]
    coverage: list[float | None]
    estimated_share: list[float | None]
    total: str
    meters_used: list[UsedMeter]
    left_out: list[LeftOutMeter]


def rendered(answer: ConsumptionAnswer, accept: str) -> tuple[bytes, str]:
    """The answer in what the caller accepts, and its media type; JSON unless Arrow or CSV is asked for."""
    if "arrow" in accept:
        return _arrow(answer), "application/vnd.apache.arrow.stream"
    if "text/csv" in accept:
        return _csv(answer), "text/csv; charset=utf-8"
    return _json(answer), "application/json"


def _json(answer: ConsumptionAnswer) -> bytes:
    b = answer.buckets
    body = {
        "asset_id": answer.question.asset_id,
        "carrier": answer.question.carrier,
        "direction": answer.question.direction,
        "quantity": answer.quantity,
        "resolution": answer.resolution,
        "step_s": answer.step_s,
        "unit": answer.unit,
        "rate_unit": _RATE_UNIT.get(answer.unit, answer.unit),
        "zone": answer.site.timezone,
        "carriers": answer.carriers,
        "start": b.start_ms.tolist(),
        "mean": _rounded(b.mean),
        "min": _rounded(b.min),
        "max": _rounded(b.max),
        "sum": _rounded(b.sum),
        "coverage": _rounded(b.coverage, 4),
        "estimated_share": _rounded(b.estimated_share, 4),
        "total": str(as_decimal(int(b.sum_micro.sum()))),
        "meters_used": [
            {"meter_id": use.meter_id, "series_no": use.series_no, **_span(use.span)} for use in answer.used
        ],
        "left_out": [
            {"meter_id": meter_id, "reason": reason}
            for meter_id, reason in dict.fromkeys((o.meter_id, o.reason.value) for o in answer.left_out)
        ],
    }
    return orjson.dumps(body)


def _rounded(values: NDArray[np.float64], places: int = 6) -> list[float | None]:
    known = np.isfinite(values)
    rounded = np.round(np.where(known, values, 0.0), places).tolist()
    return [value if there else None for value, there in zip(rounded, known.tolist(), strict=True)]


def _span(span: Span) -> dict[str, str | None]:
    far = 2**61
    return {
        "start": at_of(span.start_ms).isoformat() if span.start_ms > -far else None,
        "end": at_of(span.end_ms).isoformat() if span.end_ms < far else None,
    }


def _columns(answer: ConsumptionAnswer) -> dict[str, NDArray[Any]]:
    b = answer.buckets
    return {
        "start": b.start_ms.astype("datetime64[ms]"),
        "mean": b.mean,
        "min": b.min,
        "max": b.max,
        "sum": b.sum,
        "coverage": b.coverage,
        "estimated_share": b.estimated_share,
    }


def _arrow(answer: ConsumptionAnswer) -> bytes:
    table = pa.table(
        {
            name: pa.array(column, type=pa.timestamp("ms", "UTC"))
            if name == "start"
            else pa.array(column, from_pandas=True)
            for name, column in _columns(answer).items()
        },
        metadata={"unit": answer.unit, "zone": answer.site.timezone, "resolution": answer.resolution.value},
    )
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def _csv(answer: ConsumptionAnswer) -> bytes:
    rate = _RATE_UNIT.get(answer.unit, answer.unit)
    head = f"start_utc,mean_{rate},min_{rate},max_{rate},sum_{answer.unit},coverage,estimated_share\r\n"
    columns = _columns(answer)
    starts = [at_of(int(ms)).isoformat().replace("+00:00", "Z") for ms in answer.buckets.start_ms]
    numbers = [
        _rounded(columns[name]) for name in ("mean", "min", "max", "sum", "coverage", "estimated_share")
    ]
    rows = (
        ",".join([start, *("" if value is None else repr(value) for value in row)])
        for start, *row in zip(starts, *numbers, strict=True)
    )
    return (head + "\r\n".join(rows) + "\r\n").encode()
