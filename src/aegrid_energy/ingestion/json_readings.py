"""JSON and NDJSON readings: the series form, the readings form; every refusal says where."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Final, cast

import numpy as np

from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.problems import Problem
from aegrid_energy.domain.quality import NULL
from aegrid_energy.domain.readings import MICRO, MICRO_LIMIT, Readings
from aegrid_energy.domain.series import AMOUNTS, Carrier, Direction, Kind
from aegrid_energy.domain.units import Unit, unit_of
from aegrid_energy.domain.zones import ms_of
from aegrid_energy.ingestion.choices import Choices
from aegrid_energy.ingestion.columns import carrier_of, direction_of, meaning
from aegrid_energy.ingestion.parsed import ParsedFile, Register
from aegrid_energy.ingestion.quality_words import quality_of_word
from aegrid_energy.ingestion.series_of_rows import usual_step_s
from aegrid_energy.ingestion.sniff import decoded
from aegrid_energy.ingestion.table_meaning import side_of

#: Values in one file, all series together.
_MOST: Final = 10_000_000
#: Problems listed one by one; more are counted.
_LISTED: Final = 100
_FUTURE_MS: Final = 5 * 60_000
_LONGEST_NAME: Final = 80
_DAY_S: Final = 86_400

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


class _RefusedError(Exception):
    """One object is refused; never leaves this file."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code)
        self.code = code
        self.text = text


@dataclass(slots=True, kw_only=True)
class _Rows:
    """Readings of one register as they come.

    Args:
        unit: What they are in.
        kind: What they are.
        step_s: Length of the intervals, where said. [s]
        rows: Start (ms), micro, quality byte, in the order of the file.
    """

    unit: Unit
    kind: Kind
    step_s: int | None
    rows: list[tuple[int, int, int]] = field(default_factory=list)


def read_json(data: bytes, file: str, choices: Choices) -> ParsedFile:
    """Readings of a JSON or NDJSON file.

    Forms: `{"series": NAME, "start": AT, "step_s": N, "unit": U, "values": [..], "quality": [..]}` (with
    `"meter"` and `"register"` in place of `"series"`, if wanted), `{"readings": [{"meter", "register", "at",
    "value", "unit", "quality"}]}`, a list of such objects, or one reading or series a line. Times carry an
    offset; numbers may be JSON numbers or decimal texts.
    """
    reader = _Reader(file, choices)
    name = "json"
    text = decoded(data)
    if text is None:
        reader.refuse(0, "not_text", "The file holds bytes that are no text.", "the whole file")
    elif _is_lines(text):
        name = "ndjson"
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                reader.document(line, number)
    else:
        reader.document(text, 1)
    return ParsedFile(
        file=file, format=name, registers=tuple(reader.registers()), problems=tuple(reader.listed())
    )


def _is_lines(text: str) -> bool:
    first, _, rest = text.lstrip().partition("\n")
    return first.rstrip().endswith("}") and rest.lstrip().startswith("{")


class _Reader:
    """One file on its way."""

    def __init__(self, file: str, choices: Choices) -> None:
        self.file = file
        self.choices = choices
        self.series: dict[tuple[str, str, str, int | None], _Rows] = {}
        self.problems: list[Problem] = []
        self.unlisted = 0
        self.count = 0
        self.repeats = 0

    def refuse(self, line: int, code: str, text: str, refused: str, column: int = 0) -> None:
        """List a problem, or count it where there are too many to list."""
        if len(self.problems) >= _LISTED:
            self.unlisted += 1
            return
        self.problems.append(
            Problem(file=self.file, line=line, column=column, code=code, text=text, refused=refused)
        )

    def document(self, text: str, line: int) -> None:
        """Take in one JSON text that starts on a line of the file."""
        try:
            # Decimals come as texts of digits, so that no float stands between the file and the reading.
            parsed = cast("Json", json.loads(text, parse_float=Decimal, parse_constant=_constant))
        except json.JSONDecodeError as error:
            where = line + error.lineno - 1
            self.refuse(where, "bad_json", f"This is no JSON: {error.msg}.", "the whole text", error.colno)
            return
        except (RecursionError, ValueError, _RefusedError) as error:
            code, words = (error.code, error.text) if isinstance(error, _RefusedError) else _too_much(error)
            self.refuse(line, code, words, "the whole text")
            return
        for place, item in _items(parsed):
            self.item(item, line, place)

    def item(self, item: Json, line: int, place: str) -> None:
        """Take in one series or one reading."""
        try:
            if not isinstance(item, dict):
                _refuse_shape()
            elif "values" in item:
                self.take_series(item)
            else:
                self.take_reading(item)
        except _RefusedError as error:
            self.refuse(
                line, error.code, f"{place}: {error.text}" if place else error.text, place or "the object"
            )

    def take_series(self, item: dict[str, Json]) -> None:
        """The series form: regular values from a start."""
        values, marks = item["values"], item.get("quality")
        if not isinstance(values, list):
            raise _RefusedError("bad_shape", '"values" is no list.')
        if marks is not None and (not isinstance(marks, list) or len(marks) != len(values)):
            raise _RefusedError("bad_shape", '"quality" is no list as long as "values".')
        step_s = item.get("step_s", self.choices.interval_s)
        if not isinstance(step_s, int) or isinstance(step_s, bool) or not 0 < step_s <= _DAY_S:
            raise _RefusedError("bad_step", '"step_s" is no whole number of seconds from 1 to 86400.')
        self.reckon(len(values))
        start = _at(item.get("start"), "start")
        rows = self.rows_of(item, step_s)
        self.in_time(start)
        self.in_time(start + (len(values) - 1) * step_s * 1000)
        for index, value in enumerate(values):
            byte = _quality(marks[index] if isinstance(marks, list) else None)
            micro, byte = _micro(value, rows.unit, byte, f'"values"[{index}]')
            rows.rows.append((start + index * step_s * 1000, micro, byte))

    def take_reading(self, item: dict[str, Json]) -> None:
        """The readings form: one value at a time."""
        self.reckon(1)
        at = _at(item.get("at"), "at")
        self.in_time(at)
        if "value" not in item:
            raise _RefusedError("bad_shape", 'It has neither "value" nor "values".')
        rows = self.rows_of(item, None)
        micro, byte = _micro(item["value"], rows.unit, _quality(item.get("quality")), '"value"')
        rows.rows.append((at, micro, byte))

    def reckon(self, count: int) -> None:
        """Keep the file under its cap."""
        self.count += count
        if self.count > _MOST:
            raise _RefusedError(
                "file_too_large", f"The file has more than {_MOST:,} values. Send it in parts."
            )

    def in_time(self, at: int) -> None:
        """Refuse what is from the future or older than readings are kept."""
        if at > self.choices.now_ms + _FUTURE_MS:
            raise _RefusedError("in_the_future", "It has readings from the future.")
        if at < self.choices.oldest_ms:
            raise _RefusedError("too_old", "It has readings older than readings are kept.")

    def rows_of(self, item: dict[str, Json], step_s: int | None) -> _Rows:
        """Where readings of an object go."""
        meter = _name(item, "meter") or _name(item, "series") or self.choices.meter
        if not meter:
            raise _RefusedError("no_meter", 'It names no "meter" and no "series".')
        register = _name(item, "register")
        spelled = _name(item, "unit") or self.choices.unit
        try:
            unit = unit_of(spelled)
        except InvalidError:
            raise _RefusedError("unknown_unit", f"The unit '{spelled[:30]}' is not known.") from None
        kind = _kind(_name(item, "kind"), unit, self.choices)
        key = (meter, register, f"{unit.code} {kind.value}", step_s)
        found = self.series.get(key)
        if found is None:
            found = self.series[key] = _Rows(unit=unit, kind=kind, step_s=step_s)
        return found

    def registers(self) -> Iterator[Register]:
        """One register a meter, register, unit and step."""
        for (meter, register, _, _), rows in self.series.items():
            if rows.rows:
                yield self.register(meter, register, rows)

    def register(self, meter: str, register: str, rows: _Rows) -> Register:
        """Rows as readings: in order of time, the later of two sendings standing."""
        start, micro, byte = (np.array(part, dtype=np.int64) for part in zip(*rows.rows, strict=True))
        order = np.argsort(start, kind="stable")
        start, micro, byte = start[order], micro[order], byte[order]
        last = np.append(start[1:] != start[:-1], True)
        self.repeats += int(np.count_nonzero(~last))
        start, micro, byte = start[last], micro[last], byte[last]
        step_s = rows.step_s or self.choices.interval_s or usual_step_s(start)
        on_grid = step_s is not None and _DAY_S % step_s == 0 and bool((start % (step_s * 1000) == 0).all())
        duration = None
        if not on_grid and rows.kind is Kind.INTERVAL:
            usual = (step_s or 3600) * 1000
            gaps = np.append(np.diff(start), usual)
            duration = np.where(gaps > usual * 1.5, usual, gaps) if step_s else gaps
        words = meaning(register)
        return Register(
            meter=meter,
            register=register or rows.unit.quantity.value,
            carrier=carrier_of(rows.unit.quantity, words, meaning(meter)) or Carrier.OTHER,
            quantity=rows.unit.quantity,
            direction=side_of(register, direction_of(words, meaning(""))) if register else Direction.IMPORT,
            kind=rows.kind,
            unit=rows.unit.canonical,
            readings=Readings(
                start_ms=start,
                micro=micro,
                quality=byte.astype(np.uint8),
                step_s=step_s if on_grid else None,
                duration_ms=duration,
            ),
        )

    def listed(self) -> list[Problem]:
        """All problems, with how many more there were."""
        listed = list(self.problems)
        if self.unlisted:
            listed.append(
                Problem(
                    file=self.file, line=0, column=0, code="more_problems",
                    text=f"{self.unlisted:,} more objects were refused.",
                    refused=f"{self.unlisted:,} objects",
                )
            )  # fmt: skip
        if self.repeats:
            text = f"{self.repeats:,} readings repeat a time that comes again later: the later stands."
            listed.append(Problem(file=self.file, line=0, column=0, code="repeated_times", text=text))
        return listed


def _refuse_shape() -> None:
    raise _RefusedError("bad_shape", "An object with a series or a reading was expected.")


def _constant(name: str) -> Json:
    raise _RefusedError("value_not_finite", f"{name} is no number.")


def _too_much(error: BaseException) -> tuple[str, str]:
    if isinstance(error, RecursionError):
        return "too_deep", "The text is nested too deep."
    return "bad_json", "The text holds a number that is too long to be one."


def _items(parsed: Json) -> Iterator[tuple[str, Json]]:
    """Series and readings of a document, and where each stands in it."""
    if isinstance(parsed, list):
        for index, item in enumerate(parsed):
            yield f"[{index}]", item
    elif isinstance(parsed, dict) and isinstance(parsed.get("readings"), list):
        for index, item in enumerate(cast("list[Json]", parsed["readings"])):
            yield f'"readings"[{index}]', {**_shared(parsed), **item} if isinstance(item, dict) else item
    elif isinstance(parsed, dict) and isinstance(parsed.get("series"), list):
        for index, item in enumerate(cast("list[Json]", parsed["series"])):
            yield f'"series"[{index}]', item
    else:
        yield "", parsed


def _shared(parsed: dict[str, Json]) -> dict[str, Json]:
    """What a document says once for all its readings."""
    return {key: parsed[key] for key in ("meter", "register", "unit", "kind") if key in parsed}


def _name(item: dict[str, Json], key: str) -> str:
    value = item.get(key)
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if abs(value) < 10**_LONGEST_NAME else ""
    if not isinstance(value, str) or len(value) > _LONGEST_NAME or not value.strip():
        raise _RefusedError("bad_name", f'"{key}" is no text of 1 to {_LONGEST_NAME} characters.')
    if not value.isprintable():
        raise _RefusedError("bad_name", f'"{key}" holds characters that cannot be printed (NUL, line ends).')
    return value.strip()


def _at(value: Json, key: str) -> int:
    if not isinstance(value, str) or len(value) > 40:
        raise _RefusedError("bad_time", f'"{key}" is no time like 2026-01-31T00:30:00Z.')
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise _RefusedError("bad_time", f'"{key}" is no time like 2026-01-31T00:30:00Z.') from None
    if at.tzinfo is None:
        raise _RefusedError("naive_time", f'"{key}" has no zone: add Z or an offset like +10:00.')
    try:
        return ms_of(at)
    except (OverflowError, InvalidError):
        raise _RefusedError("bad_time", f'"{key}" is out of range.') from None


def _kind(word: str, unit: Unit, choices: Choices) -> Kind:
    if not word:
        is_amount = unit.quantity in AMOUNTS
        return (choices.kind or Kind.INTERVAL) if is_amount else Kind.INSTANT
    try:
        return Kind(word)
    except ValueError:
        raise _RefusedError("bad_kind", f"The kind '{word[:30]}' is none of {', '.join(Kind)}.") from None


def _quality(value: Json) -> int:
    if value is None:
        return 0
    byte = quality_of_word(value) if isinstance(value, str) and len(value) <= 60 else None
    if byte is None:
        raise _RefusedError("bad_quality", f"The quality {str(value)[:30]!r} is not known.")
    return byte


def _micro(value: Json, unit: Unit, byte: int, where: str) -> tuple[int, int]:
    """Micro and quality byte of one value; null is the rank of no value."""
    if value is None or (byte & 7) == NULL:
        return 0, NULL
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise _RefusedError("bad_value", f"{where} is no number.")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise _RefusedError("bad_value", f"{where} is no number: {str(value)[:30]!r}.") from None
    if not number.is_finite():
        raise _RefusedError("value_not_finite", f"{where} is not finite.")
    # Checked before it is multiplied out: 1e999999 would be a number of a million digits.
    if number.adjusted() > 30 or abs(number) * Decimal(float(unit.factor)) > MICRO_LIMIT // MICRO:
        raise _RefusedError("value_out_of_range", f"{where} is larger than any meter counts.")
    if number.adjusted() < -30:
        number = Decimal(0)
    factor, offset = unit.factor, unit.offset
    scaled = number.as_integer_ratio()
    exact = (
        scaled[0] * factor.numerator * offset.denominator + offset.numerator * scaled[1] * factor.denominator
    ) * MICRO
    return _rounded(exact, scaled[1] * factor.denominator * offset.denominator), byte


def _rounded(numerator: int, denominator: int) -> int:
    """The nearest whole number, halves to even."""
    whole, rest = divmod(numerator, denominator)
    twice = rest * 2
    return whole + (1 if twice > denominator or (twice == denominator and whole % 2) else 0)
