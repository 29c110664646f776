"""The record of what was done in the tenant."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query

from aegrid_energy.api.errors import DECLARED
from aegrid_energy.api.policy import AskingActor, AskingContext
from aegrid_energy.api.types import Answer, Id64, Limit
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.record import list_record

router = APIRouter(tags=["people"], responses=DECLARED)


class RecordAnswer(Answer):
    """A line of the record."""

    record_no: int
    at: datetime
    actor: str
    action: str
    object_kind: str
    object_id: str
    detail: dict[str, Any]


class RecordPage(Answer):
    """Lines of the record, newest first; `next_before` asks for the page after, null at the end."""

    lines: list[RecordAnswer]
    next_before: int | None


@router.get("/api/energy/record")
async def get_record(
    actor: AskingActor,
    context: AskingContext,
    limit: Annotated[Limit, Query()] = 100,
    before: Annotated[Id64 | None, Query()] = None,
) -> RecordPage:
    """Who did what, newest first."""
    async with transaction(context.pool, actor.tenant_no) as database:
        rows = await list_record(database, limit=limit, before=before)
    return RecordPage(
        lines=[RecordAnswer.model_validate(row) for row in rows],
        next_before=rows[-1].record_no if len(rows) == limit else None,
    )
