"""The record of what was done in the tenant."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query

from aegrid_energy.api.errors import DECLARED
from aegrid_energy.api.policy import AskingActor, AskingContext
from aegrid_energy.api.types import Answer, Id64, Limit
from aegrid_energy.storage.import_names import actor_names
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.record import list_record

router = APIRouter(tags=["people"], responses=DECLARED)


class RecordAnswer(Answer):
    """A line of the record."""

    record_no: int
    at: datetime
    actor: str
    #: For people; empty where nobody has that name any more.
    actor_name: str
    action: str
    object_kind: str
    object_id: str
    #: The person it was done to; empty where it was something else.
    object_name: str
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
        people = [f"account:{row.object_id}" for row in rows if row.object_kind == "person"]
        names = await actor_names(database, [*people, *(row.actor for row in rows)])
    return RecordPage(
        lines=[
            RecordAnswer(
                record_no=row.record_no,
                at=row.at,
                actor=row.actor,
                actor_name=names.get(row.actor, ""),
                action=row.action,
                object_kind=row.object_kind,
                object_id=row.object_id,
                object_name=names.get(f"account:{row.object_id}", ""),
                detail=row.detail,
            )
            for row in rows
        ],
        next_before=rows[-1].record_no if len(rows) == limit else None,
    )
