"""Readings as JSON: the `series` form and the `readings` form, and what they say once they are checked."""

from typing import Annotated, Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray
from pydantic import Field, TypeAdapter, ValidationError

from aegrid_energy.api.types import Id32, Moment, Name, StrictModel
from aegrid_energy.domain import quality as q
from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.readings import Readings
from aegrid_energy.domain.series import AMOUNTS, Carrier, Direction, Kind
from aegrid_energy.domain.units import to_canonical, unit_of
from aegrid_energy.domain.zones import ms_of
from aegrid_energy.ingestion.parsed import ParsedFile, Register


class SeriesForm(StrictModel):
    """Regular readings of one series: by its number, or by meter and register."""

    series: Id32 | None = None
    meter: Name | None = None
    register_name: Name = Field(default="E1", alias="register")
    direction: Direction = Field(default=Direction.IMPORT, strict=False)
    start: Moment
    step_s: Annotated[int, Field(ge=1, le=86_400)]
    unit: Name
    values: Annotated[list[float | None], Field(min_length=1, max_length=1_100_000)]
    quality: Annotated[list[str], Field(max_length=1_100_000)] | None = None


class ReadingForm(StrictModel):
    """One reading of a meter or point."""

    meter: Name
    register_name: Name = Field(default="", alias="register")
    at: Moment
    value: float | None
    unit: Name
    kind: Kind = Field(default=Kind.INSTANT, strict=False)
    step_s: Annotated[int, Field(ge=1, le=86_400)] | None = None
    quality: Name | None = None


class ReadingsForm(StrictModel):
    """Readings one by one, of any meters and points."""

    readings: Annotated[list[ReadingForm], Field(min_length=1, max_length=100_000)]


_SERIES: Final = TypeAdapter(SeriesForm)
_READINGS: Final = TypeAdapter(ReadingsForm)


def form_of(body: bytes) -> SeriesForm | ReadingsForm:
    """The form that a JSON body is.

    Raises:
        InvalidError: `invalid_body` with line and column, `invalid_field` with the field.
    """
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidError("invalid_body", line=error.lineno, column=error.colno, reason=error.msg) from error
    if not isinstance(content, dict):
        raise InvalidError("invalid_body", line=1, column=1, reason="an object is expected")
    adapter = _READINGS if "readings" in content else _SERIES
    try:
        return adapter.validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InvalidError("invalid_field", field=where, reason=first["msg"]) from error


def of_series(form: SeriesForm, meter: str, register: str, direction: Direction) -> ParsedFile:
    """A series as what a file would say.

    Args:
        form: What was sent.
        meter: Its meter, or that of the series which it names by number.
        register: The same of the register.
        direction: The same of the direction.

    Raises:
        InvalidError: `unknown_unit`, `value_out_of_range`, `invalid_field`.
    """
    unit = unit_of(form.unit)
    values = np.array([np.nan if v is None else v for v in form.values], dtype=np.float64)
    quality = _qualities(form.quality, values)
    micro = to_canonical(np.where(np.isnan(values), 0.0, values), unit)
    start = ms_of(form.start) + np.arange(len(values), dtype=np.int64) * (form.step_s * 1000)
    regular = 86_400 % form.step_s == 0
    readings = Readings(
        start_ms=start,
        micro=np.where(q.has_value(quality), micro, 0),
        quality=quality,
        step_s=form.step_s if regular else None,
        duration_ms=None if regular else np.full(len(start), form.step_s * 1000, dtype=np.int64),
    )
    is_amount = unit.quantity in AMOUNTS
    return ParsedFile(
        file="api",
        format="json",
        registers=(
            Register(
                meter=meter,
                register=register,
                carrier=Carrier.OTHER,
                quantity=unit.quantity,
                direction=direction,
                kind=Kind.INTERVAL if is_amount else Kind.INSTANT,
                unit=unit.canonical,
                readings=readings,
            ),
        ),
    )


def _qualities(spelled: list[str] | None, values: NDArray[np.float64]) -> NDArray[np.uint8]:
    if spelled is not None and len(spelled) != len(values):
        raise InvalidError("invalid_field", field="quality", reason="needs one word for each value")
    try:
        told = np.array([q.parsed(word) for word in spelled], dtype=np.uint8) if spelled else None
    except KeyError as error:
        raise InvalidError(
            "invalid_field", field="quality", reason=f"{error.args[0]!r} is no quality"
        ) from error
    quality = told if told is not None else np.zeros(len(values), dtype=np.uint8)
    return np.where(np.isnan(values), q.NULL, quality).astype(np.uint8)


def of_readings(form: ReadingsForm) -> ParsedFile:
    """Readings one by one as what a file would say, by meter, register, unit and kind.

    Raises:
        InvalidError: `unknown_unit`, `value_out_of_range`, `invalid_field`.
    """
    grouped: dict[tuple[Any, ...], list[tuple[int, float | None, str | None]]] = {}
    for one in form.readings:
        key = (one.meter, one.register_name, one.unit, one.kind, one.step_s)
        grouped.setdefault(key, []).append((ms_of(one.at), one.value, one.quality))
    registers: list[Register] = []
    for (meter, register, unit_name, said_kind, step_s), rows in grouped.items():
        unit = unit_of(unit_name)
        latest = {at: (value, word) for at, value, word in rows}  # of two for one instant the later stands
        starts = np.array(sorted(latest), dtype=np.int64)
        values = np.array(
            [np.nan if latest[at][0] is None else latest[at][0] for at in starts.tolist()], dtype=np.float64
        )
        words = [latest[at][1] or "actual" for at in starts.tolist()]
        quality = _qualities(words, values)
        micro = to_canonical(np.where(np.isnan(values), 0.0, values), unit)
        is_amount = unit.quantity in AMOUNTS
        kind = said_kind
        if is_amount and kind is Kind.INSTANT:
            kind = Kind.INTERVAL if step_s else Kind.CUMULATIVE
        if step_s is not None and (86_400 % step_s or (np.diff(starts) % (step_s * 1000)).any()):
            raise InvalidError("invalid_field", field="step_s", reason="readings do not lie on one grid")
        registers.append(
            Register(
                meter=meter,
                register=register or ("E1" if is_amount else ""),
                carrier=Carrier.OTHER,
                quantity=unit.quantity,
                direction=Direction.IMPORT,
                kind=kind,
                unit=unit.canonical,
                readings=Readings(
                    start_ms=starts,
                    micro=np.where(q.has_value(quality), micro, 0),
                    quality=quality,
                    step_s=step_s,
                    duration_ms=None if step_s else np.zeros(len(starts), dtype=np.int64),
                ),
            )
        )
    return ParsedFile(file="api", format="json", registers=tuple(registers))
