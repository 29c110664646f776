"""What is said on a socket, both ways; every message has a `type`."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from aegrid_energy.api.types import StrictModel

#: `asset:<id>`: the live values of an asset; `meter:<id>`: of one meter; `jobs`: the caller's own.
Topic = Annotated[str, Field(pattern=r"^((asset|meter):[0-9a-fA-F-]{36}|jobs)$", max_length=64)]
MAX_TOPICS = 200


class Subscribe(StrictModel):
    """Start to watch; answered by a snapshot."""

    type: Literal["subscribe"]
    topics: list[Topic] = Field(min_length=1, max_length=MAX_TOPICS)


class Unsubscribe(StrictModel):
    """Stop to watch."""

    type: Literal["unsubscribe"]
    topics: list[Topic] = Field(min_length=1, max_length=MAX_TOPICS)


ClientMessage = Annotated[Subscribe | Unsubscribe, Field(discriminator="type")]


class _Sent(BaseModel):
    model_config = ConfigDict(frozen=True)

    #: Counts the messages of this socket; a gap means: subscribe again.
    seq: int
    #: ISO 8601, UTC.
    sent_at: str


class LiveValue(BaseModel):
    """One value of one asset; the name of the metric carries its unit.

    `meter_id` stands on values of a `meter:` topic, `point_id` on those of a single point of the asset.
    """

    model_config = ConfigDict(frozen=True)

    asset_id: UUID
    metric: str
    at: str
    value: float | None
    quality: str
    meter_id: UUID | None = None
    point_id: UUID | None = None


class Snapshot(_Sent):
    """The state of what was subscribed to, whole."""

    type: Literal["snapshot"] = "snapshot"
    topics: list[str]
    values: list[LiveValue]


class Delta(_Sent):
    """What has changed since; the latest wins, nothing is replayed."""

    type: Literal["delta"] = "delta"
    values: list[LiveValue]


class JobMessage(_Sent):
    """A job of the caller moved on; on subscribing, one for each that is not over."""

    type: Literal["job"] = "job"
    job_id: UUID
    kind: str
    #: The file it is about; empty where it is about none.
    about: str
    status: str
    step: str
    done: int
    total: int | None
    is_cancel_asked: bool
    created_at: str


class Refused(_Sent):
    """A message or topic that is not taken."""

    type: Literal["refused"] = "refused"
    code: str
    detail: str
    topics: list[str] = []


class Bye(_Sent):
    """The server closes; when to come back."""

    type: Literal["bye"] = "bye"
    code: str
    retry_after_s: float


ServerMessage = Annotated[Snapshot | Delta | JobMessage | Refused | Bye, Field(discriminator="type")]
