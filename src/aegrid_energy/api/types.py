"""Strict types at the edge: what they let in can be stored, printed and computed with."""

import re
import unicodedata
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import (
    AfterValidator,
    AllowInfNan,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    StringConstraints,
)

#: The clock of the request that is being checked. Validators get no arguments of ours, and reading the
#: wall clock here would let a test's or a replay's time disagree with the handler's.
request_now: ContextVar[datetime | None] = ContextVar("request_now", default=None)

EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
_FAR: Final = timedelta(days=3653)  # ten years
_LATEST_WITHOUT_CLOCK: Final = datetime(2100, 1, 1, tzinfo=UTC)


class StrictModel(BaseModel):
    """A body: no unknown field, no silent conversion."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Answer(BaseModel):
    """An answer: frozen, and complete (a field without a value says null)."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class StartedBody(Answer):
    """A job that was started; `/api/energy/jobs` says how far it is."""

    job_id: UUID


def _clean(value: str) -> str:
    # PostgreSQL stores neither NUL nor half a surrogate pair; both arrive through JSON escapes.
    if "\x00" in value:
        raise ValueError("must not contain a NUL character")
    if any("\ud800" <= char <= "\udfff" for char in value):
        raise ValueError("must not contain half a surrogate pair")
    return unicodedata.normalize("NFC", value)


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be blank")
    return value


def _in_range(value: datetime) -> datetime:
    now = request_now.get()
    latest = now + _FAR if now is not None else _LATEST_WITHOUT_CLOCK
    if not EARLIEST <= value <= latest:
        raise ValueError(f"must lie between {EARLIEST:%Y-%m-%d} and {latest:%Y-%m-%d}")
    return value.astimezone(UTC)


def _iso_text(value: Any) -> Any:  # noqa: ANN401  # whatever the client sent
    # pydantic would also read numbers as seconds or milliseconds, guessing which; a naive one has no zone.
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not re.match(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d", value):
        raise ValueError("must be an ISO 8601 time with a zone, like 2026-03-01T00:00:00+10:00")
    return value


#: Text of any purpose: NFC, no NUL, at most 2,000 characters.
Text = Annotated[str, StringConstraints(max_length=2000), AfterValidator(_clean)]
#: A name or title: not blank, at most 200 characters.
Name = Annotated[
    str, StringConstraints(min_length=1, max_length=200), AfterValidator(_clean), AfterValidator(_not_blank)
]
#: An e-mail address: whether it exists only a message can tell.
Email = Annotated[
    str,
    StringConstraints(min_length=3, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$"),
    AfterValidator(_clean),
    AfterValidator(str.lower),
]
#: A password or a code: kept as typed but for NFC, so that it can be typed on another keyboard.
Secret = Annotated[str, StringConstraints(min_length=1, max_length=256), AfterValidator(_clean)]
#: How many rows of a list; a chart series has its own cap.
Limit = Annotated[int, Field(ge=1, le=1000)]
#: A key of 32 bits: series, record and other numbers that we gave.
Id32 = Annotated[int, Field(ge=1, le=2**31 - 1)]
#: A key of 63 bits.
Id64 = Annotated[int, Field(ge=1, le=2**63 - 1)]
#: A number that can be stored and added up.
FiniteFloat = Annotated[float, AllowInfNan(allow_inf_nan=False), Field(gt=-1e12, lt=1e12)]
#: An instant with a zone, between 1990 and ten years from now; UTC inside.
Moment = Annotated[AwareDatetime, Strict(strict=False), BeforeValidator(_iso_text), AfterValidator(_in_range)]
#: The name of a tenant in addresses.
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
#: An id; JSON has no type for it, so text is read.
Uuid = Annotated[UUID, Strict(strict=False)]
