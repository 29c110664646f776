"""Strict types: what they refuse never reaches a handler."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from aegrid_energy.api.types import (
    Email,
    FiniteFloat,
    Id32,
    Id64,
    Limit,
    Moment,
    Name,
    Slug,
    StrictModel,
    Text,
    Uuid,
    request_now,
)

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


class Sample(StrictModel):
    value: Any = None


def refuses(kind: Any, value: object) -> bool:
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return True
    return False


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        pytest.param(Text, "a\x00b", id="text-with-nul"),
        pytest.param(Text, "\ud800", id="text-with-half-a-pair"),
        pytest.param(Text, "x" * 2001, id="text-too-long"),
        pytest.param(Name, " \t", id="blank-name"),
        pytest.param(Email, "nobody", id="email-without-at"),
        pytest.param(Email, "a b@c", id="email-with-blank"),
        pytest.param(Limit, 0, id="limit-zero"),
        pytest.param(Limit, -1, id="limit-negative"),
        pytest.param(Limit, 1001, id="limit-too-high"),
        pytest.param(Id32, 2**31, id="id32-too-large"),
        pytest.param(Id64, 2**63, id="id64-too-large"),
        pytest.param(FiniteFloat, float("nan"), id="nan"),
        pytest.param(FiniteFloat, float("inf"), id="infinity"),
        pytest.param(FiniteFloat, 1e300, id="absurd-number"),
        pytest.param(Moment, "2026-03-02T01:00:00", id="naive-time"),
        pytest.param(Moment, 1_700_000_000, id="number-as-time"),
        pytest.param(Moment, "1700000000", id="number-text-as-time"),
        pytest.param(Moment, "2026-03-02", id="date-as-time"),
        pytest.param(Moment, "1989-12-31T23:59:59Z", id="before-1990"),
        pytest.param(Moment, "2101-01-01T00:00:00Z", id="after-2100"),
        pytest.param(Moment, "9999-12-31T23:59:59-14:00", id="year-after-the-last"),
        pytest.param(Slug, "Über", id="slug-not-ascii"),
        pytest.param(Slug, "", id="slug-empty"),
        pytest.param(Uuid, "nothing", id="not-a-uuid"),
    ],
)
def test_is_refused(kind: Any, value: object) -> None:
    assert refuses(kind, value)


def test_text_is_kept_in_composed_form() -> None:
    assert TypeAdapter(Name).validate_python("Cafe\u0301") == "Caf\u00e9"


def test_a_time_is_utc_inside() -> None:
    found = TypeAdapter(Moment).validate_python("2026-03-02T11:00:00+10:00")
    assert (found, found.tzinfo) == (NOW, UTC)


def test_the_latest_time_hangs_on_the_clock_of_the_request() -> None:
    latest = NOW + timedelta(days=3653)
    token = request_now.set(NOW)
    try:
        assert not refuses(Moment, latest.isoformat())
        assert refuses(Moment, (latest + timedelta(seconds=1)).isoformat())
    finally:
        request_now.reset(token)


def test_a_body_takes_no_field_that_it_does_not_know() -> None:
    with pytest.raises(ValidationError):
        Sample.model_validate({"value": 1, "is_admin": True})
