"""Bodies of the upload door: what is proposed, what a person says about it, and what they confirm."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, model_validator

from aegrid_energy.api.types import Answer, Name, StrictModel, Text, Uuid
from aegrid_energy.domain.series import Carrier, Direction, Kind, Quantity


class UploadState(StrEnum):
    """Where an upload stands."""

    READING = "reading"
    PROPOSED = "proposed"
    LOADING = "loading"
    LOADED = "loaded"
    FAILED = "failed"


class ColumnRole(StrEnum):
    """What a column of a table is."""

    TIME = "time"
    END = "end"
    CLOCK = "clock"
    PERIOD = "period"
    METER = "meter"
    REGISTER = "register"
    UNIT = "unit"
    VALUE = "value"
    QUALITY = "quality"
    SKIP = "skip"


class ChosenRole(StrEnum):
    """What a person may say of a column."""

    TIME = "time"
    END = "end"
    CLOCK = "clock"
    METER = "meter"
    REGISTER = "register"
    UNIT = "unit"
    VALUE = "value"
    QUALITY = "quality"
    SKIP = "skip"


class ValueColumnBody(Answer):
    """What a column of values is taken for; `unit` is empty where nothing tells."""

    meter: str
    register_name: str
    unit: str
    kind: Kind
    quantity: Quantity
    direction: Direction
    carrier: Carrier
    reasons: list[str]


class ColumnBody(Answer):
    """A column of a table and its role; `value` is there for columns of values."""

    name: str
    role: ColumnRole
    value: ValueColumnBody | None


class TableProposalBody(Answer):
    """What a table seems to mean: `assumed` and `questions` wait for a person; `zone` may be empty."""

    layout: str
    columns: list[ColumnBody]
    zone: str
    stamps: str
    step_s: int | None
    date_order: str
    decimal: str
    reasons: list[str]
    assumed: list[str]
    questions: list[str]
    sample: list[list[str]]


class GapsBody(Answer):
    """Stretches without a value inside the period."""

    count: int
    hours: float


class ClockDaysBody(Answer):
    """Local days of 23 or 25 hours inside the period, and those of them (dates) that lack readings."""

    zone: str
    days: int
    wrong: list[str]


class MatchBody(Answer):
    """What a register seems to be; `how` is none where nothing known is like it."""

    how: Literal["nmi", "external_id", "serial", "address", "name", "none"]
    meter_id: UUID | None
    point_id: UUID | None
    name: str | None
    site_id: UUID | None
    site: str | None
    multiplier: float


class FindingBody(Answer):
    """A remark on a register; `is_doubt`: look before you load."""

    code: str
    params: dict[str, Any]
    text: str
    is_doubt: bool


class ProposedMeterBody(Answer):
    """One register of a file as it would be loaded."""

    key: str
    meter: str
    register_name: str
    serial: str
    carrier: Carrier
    direction: Direction
    quantity: Quantity
    unit: str
    kind: Kind
    step_s: int | None
    readings: int
    start: datetime | None
    end: datetime | None
    total: str
    quality: dict[str, int]
    gaps: GapsBody
    clock_days: ClockDaysBody | None
    match: MatchBody
    plausibility: list[FindingBody]


class UploadProblemBody(Answer):
    """What of a file cannot be taken, or was noticed, and where."""

    file: str
    line: int
    column: int
    code: str
    text: str
    refused: str


class UploadedFileBody(Answer):
    """One plain file of an upload.

    `choices` is what was said about it (or remembered from `remembered_at`), `accepted` the questions that
    were answered with yes then; both are still to be confirmed.
    """

    file: str
    format: str
    choices: dict[str, Any]
    remembered_at: datetime | None
    accepted: list[str]
    needs_zone: bool
    suggested_zone: str | None
    proposal: TableProposalBody | None
    meters: list[ProposedMeterBody]
    problems: list[UploadProblemBody]
    more_problems: int


class ProposedSiteBody(Answer):
    """A site proposed for registers that match nothing, by their keys."""

    key: str
    name: str
    timezone: str | None
    reason: str
    meters: list[str]


class SameFileBody(Answer):
    """An import of the same bytes as a file of the upload, or all of it where that is one file."""

    file: str
    import_id: UUID
    file_name: str
    status: str
    started_at: datetime


class UploadSummaryBody(Answer):
    """An upload; `job_id` reads or loads it."""

    id: UUID
    name: str
    sha256: str
    size_bytes: int
    state: UploadState
    revision: int
    created_by: str
    created_at: datetime
    expires_at: datetime
    job_id: UUID | None


class UploadBody(UploadSummaryBody):
    """An upload with what is proposed; `import_ids` is filled once it is loaded."""

    already_loaded: list[SameFileBody]
    files: list[UploadedFileBody]
    sites: list[ProposedSiteBody]
    import_ids: list[UUID]


class UploadsBody(Answer):
    """Uploads that the caller may see, newest first."""

    uploads: list[UploadSummaryBody]


class FileChoicesForm(StrictModel):
    """What is said about one file; what is left out is proposed anew."""

    file: Text
    meter: Name | None = None
    zone: Annotated[Text, Field(max_length=64)] | None = None
    unit: Annotated[Text, Field(max_length=32)] | None = None
    interval_s: Annotated[int, Field(ge=1, le=86_400)] | None = None
    kind: Annotated[Kind, Field(strict=False)] | None = None
    layout: Literal["long", "wide"] | None = None
    columns: (
        Annotated[dict[Name, Annotated[ChosenRole, Field(strict=False)]], Field(max_length=5_000)] | None
    ) = None
    lenient: bool = False


class ChoicesForm(StrictModel):
    """What is said about files of an upload; files that are left out keep what was said before."""

    files: Annotated[list[FileChoicesForm], Field(max_length=1_000)]


class ConfirmedFileForm(StrictModel):
    """A file whose proposal is confirmed, with each of its questions that is answered with yes."""

    file: Text
    accepted: Annotated[tuple[Text, ...], Field(max_length=1_000, strict=False)] = ()


class MeterAction(StrEnum):
    """What becomes of a register."""

    MATCH = "match"
    CREATE = "create"
    SKIP = "skip"


class DecisionForm(StrictModel):
    """What becomes of one register, by its key."""

    key: Name
    action: Annotated[MeterAction, Field(strict=False)]
    meter_id: Uuid | None = None
    point_id: Uuid | None = None
    site_id: Uuid | None = None
    site_key: Name | None = None
    name: Name | None = None

    @model_validator(mode="after")
    def _one_place(self) -> "DecisionForm":
        if self.site_id is not None and self.site_key is not None:
            raise ValueError("give site_id or site_key, not both")
        return self


class NewSiteForm(StrictModel):
    """A site that the load makes; decisions name it by its key."""

    key: Name
    name: Name
    timezone: Annotated[Text, Field(min_length=1, max_length=64)]
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] = "AU"
    region: Annotated[Text, Field(max_length=10)] = ""
    address: Text = ""
    external_id: Name | None = None


class LoadForm(StrictModel):
    """What is confirmed: a revision of the proposal, and a decision for every register of it."""

    revision: Annotated[int, Field(ge=0, le=2**31 - 1)]
    files: Annotated[tuple[ConfirmedFileForm, ...], Field(max_length=1_000, strict=False)] = ()
    meters: Annotated[list[DecisionForm], Field(max_length=5_000)]
    new_sites: Annotated[tuple[NewSiteForm, ...], Field(max_length=1_000, strict=False)] = ()


class UploadJobBody(Answer):
    """A job that reads or loads an upload."""

    id: UUID
    job_id: UUID
