"""What a question about consumption is answered with: columns as JSON, CSV or Arrow."""

import io
from decimal import Decimal
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray

from aegrid_energy.analytics.consumption_answer import Compared, ConsumptionAnswer
from aegrid_energy.analytics.resample import Buckets
from aegrid_energy.domain.readings import MICRO
from aegrid_energy.domain.sentences import sentence
from aegrid_energy.domain.spans import Span
from aegrid_energy.domain.zones import at_of


def rendered(answer: ConsumptionAnswer, accept: str) -> tuple[bytes, str]:
    """The answer in what the caller accepts, and its media type; JSON unless Arrow or CSV is asked for."""
    if "arrow" in accept:
        return _arrow(answer), "application/vnd.apache.arrow.stream"
    if "text/csv" in accept:
        return _csv(answer), "text/csv; charset=utf-8"
    return _json(answer), "application/json"


def _json(answer: ConsumptionAnswer) -> bytes:
    b, shown, places = answer.buckets, answer.shown, answer.shown.places
    body = {
        "asset_id": answer.question.asset_id,
        "point_id": answer.point_id,
        "carrier": answer.question.carrier,
        "direction": answer.question.direction,
        "quantity": answer.quantity,
        "resolution": answer.resolution,
        "step_s": answer.step_s,
        "unit": shown.unit,
        "rate_unit": shown.rate_unit,
        "zone": answer.site.timezone,
        "carriers": answer.carriers,
        "quantities": answer.quantities,
        "start": b.start_ms.tolist(),
        **{name: _rounded(column, places) for name, column in _figures(b, shown.scale).items()},
        "coverage": _rounded(b.coverage, 4),
        "estimated_share": _rounded(b.estimated_share, 4),
        "total": _total(answer),
        "meters_used": [
            {"meter_id": use.meter_id, "series_no": use.series_no, **_span(use.span)} for use in answer.used
        ],
        "left_out": [
            {"meter_id": meter_id, "reason": reason}
            for meter_id, reason in dict.fromkeys((o.meter_id, o.reason.value) for o in answer.left_out)
        ],
        "states": _states(answer),
        "comparison": None if answer.compared is None else _comparison(answer, answer.compared),
    }
    return orjson.dumps(body)


def _figures(buckets: Buckets, scale: Decimal) -> dict[str, NDArray[np.float64]]:
    by = float(scale)
    columns = {"mean": buckets.mean, "min": buckets.min, "max": buckets.max, "sum": buckets.sum}
    return columns if by == 1 else {name: column * by for name, column in columns.items()}


def _total(answer: ConsumptionAnswer) -> str | None:
    """The exact sum of all buckets; where the scale does not end, to as many places as figures have."""
    if not answer.buckets.is_amount:
        return None
    total = Decimal(int(answer.buckets.sum_micro.sum())) / MICRO * answer.shown.scale
    exact = round(total, answer.shown.places).normalize()
    return format(exact, "f") if exact else "0"


def _states(answer: ConsumptionAnswer) -> list[dict[str, Any]] | None:
    if answer.states is None:
        return None
    return [
        {"state": state, "seconds": np.round(seconds, 3).tolist()}
        for state, seconds in zip(answer.states.states.tolist(), answer.states.seconds.T, strict=True)
    ]


def _comparison(answer: ConsumptionAnswer, compared: Compared) -> dict[str, Any]:
    change, places = compared.change, answer.shown.places
    by = float(answer.shown.scale)
    reason = change.reason
    body: dict[str, Any] = {
        "against": compared.against,
        "other_asset_id": compared.other_asset_id,
        "summary": {
            "this": round(change.this * by, places),
            "that": round(change.that * by, places),
            "change_share": None if change.change_share is None else round(change.change_share, 6),
            "coverage_this": round(change.coverage_this, 4),
            "coverage_that": round(change.coverage_that, 4),
            "elapsed_days": change.elapsed_days,
            "common_days": change.common_days,
            "reason": reason,
            "sentence": "" if reason is None else sentence(reason, {"common_days": change.common_days,
                                                                  "elapsed_days": change.elapsed_days}),
        },
        "start": answer.buckets.start_ms.tolist(),
    }  # fmt: skip
    if compared.that_start_ms is not None:
        body["start"] = [start if start >= 0 else None for start in compared.that_start_ms.tolist()]
    columns = _other_columns(answer, compared)
    body |= {name: _rounded(column, places) for name, column in columns.items()}
    if compared.normal is not None:
        body["support"] = compared.normal.support.tolist()
    if compared.buckets is not None:
        body["coverage"] = _rounded(compared.buckets.coverage, 4)
        body["estimated_share"] = _rounded(compared.buckets.estimated_share, 4)
    return body


def _other_columns(answer: ConsumptionAnswer, compared: Compared) -> dict[str, NDArray[np.float64]]:
    """The figures of the other side, in the unit of the answer."""
    if compared.buckets is not None:
        return _figures(compared.buckets, answer.shown.scale * compared.scale)
    band, by = compared.normal, float(answer.shown.scale)
    if band is None:
        return {}
    return {
        "mean": band.mean * by,
        "low": band.low * by,
        "high": band.high * by,
        "sum": band.sum * by,
        "sum_low": band.sum_low * by,
        "sum_high": band.sum_high * by,
    }


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


def _columns(answer: ConsumptionAnswer) -> dict[str, NDArray[np.float64]]:
    """Every column of a table by name, without the start."""
    b, compared = answer.buckets, answer.compared
    columns = _figures(b, answer.shown.scale)
    columns |= {"coverage": b.coverage, "estimated_share": b.estimated_share}
    if answer.states is not None:
        states = zip(answer.states.states.tolist(), answer.states.seconds.T, strict=True)
        columns |= {f"state_{state:g}_s": seconds for state, seconds in states}
    if compared is not None:
        other = _other_columns(answer, compared)
        columns |= {f"{compared.against.value}_{name}": column for name, column in other.items()}
    return columns


def _arrow(answer: ConsumptionAnswer) -> bytes:
    start = pa.array(answer.buckets.start_ms.astype("datetime64[ms]"), type=pa.timestamp("ms", "UTC"))
    columns = {name: pa.array(column, from_pandas=True) for name, column in _columns(answer).items()}
    table = pa.table(
        {"start": start, **columns},
        metadata={
            "unit": answer.shown.unit,
            "zone": answer.site.timezone,
            "resolution": answer.resolution.value,
        },
    )
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def _csv(answer: ConsumptionAnswer) -> bytes:
    shown, columns = answer.shown, _columns(answer)
    heads = ["start_utc", *(_head(name, shown.unit, shown.rate_unit) for name in columns)]
    starts = [at_of(int(ms)).isoformat().replace("+00:00", "Z") for ms in answer.buckets.start_ms]
    numbers = [_rounded(column, shown.places) for column in columns.values()]
    rows = (
        ",".join([start, *("" if value is None else repr(value) for value in row)])
        for start, *row in zip(starts, *numbers, strict=True)
    )
    return (",".join(heads) + "\r\n" + "\r\n".join(rows) + "\r\n").encode()


def _head(name: str, unit: str, rate_unit: str) -> str:
    """The head of a column, with its unit: `sum_kWh`, `normal_low_kW`."""
    if name.endswith(("coverage", "_share", "_s")):
        return name
    is_sum = name.rpartition("sum")[1] == "sum"
    return f"{name}_{unit if is_sum else rate_unit}"
