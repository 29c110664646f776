"""Events: holidays, closures, works and notes, on every chart of their scope."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from aegrid_energy.api.context import Context
from aegrid_energy.api.errors import DECLARED
from aegrid_energy.api.idempotent import answered_once
from aegrid_energy.api.policy import AskingContext, AskingPermit, Permit
from aegrid_energy.api.types import Answer, Limit, Moment, StrictModel, Text, Uuid
from aegrid_energy.domain.access import Action, Actor, NodePath, allowed, reach
from aegrid_energy.domain.errors import InvalidError, NotFoundError
from aegrid_energy.domain.event import EventKind, EventScope
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.events import (
    Event,
    add_event,
    drop_event,
    find_event,
    list_events,
    scopes_of_asset,
    scopes_within,
)
from aegrid_energy.storage.import_names import actor_names
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.record import write_record
from aegrid_energy.storage.scopes import path_of_asset, path_of_meter, path_of_site, reached_assets

router = APIRouter(tags=["events"], responses=DECLARED)


class EventForm(StrictModel):
    """A new event; without an end it is an instant, or still going on."""

    scope_kind: Annotated[EventScope, Field(strict=False)]
    scope_id: Uuid | None = None
    starts_at: Moment
    ends_at: Moment | None = None
    kind: Annotated[EventKind, Field(strict=False)] = EventKind.NOTE
    text: Text = ""


class EventBody(Answer):
    """An event."""

    id: UUID
    scope_kind: EventScope
    scope_id: UUID | None
    starts_at: datetime
    ends_at: datetime | None
    kind: EventKind
    text: str
    #: As the record names people.
    author: str
    #: For people; empty where there is no such person any more.
    author_name: str
    #: Whether the caller may remove it.
    may_remove: bool
    created_at: datetime


class EventsBody(Answer):
    """Events, newest first."""

    events: list[EventBody]


@router.get("/api/energy/events")
async def get_events(
    permit: AskingPermit,
    context: AskingContext,
    asset: Annotated[UUID | None, Query()] = None,
    start: Annotated[Moment | None, Query(alias="from")] = None,
    end: Annotated[Moment | None, Query(alias="to")] = None,
    limit: Annotated[Limit, Query()] = 500,
) -> EventsBody:
    """Events of an asset with what it belongs to and what hangs below it, or of all the caller may see."""
    tenant_no, today = permit.actor.tenant_no, context.now().date()
    async with transaction(context.pool, tenant_no) as conn:
        if asset is not None:
            path = await path_of_asset(conn, tenant_no, asset, on=today)
            permit.on(path)
            above = frozenset(node for node in path or () if isinstance(node, UUID))
            scopes = above | await scopes_of_asset(conn, asset)
        else:
            within = reach(permit.actor, permit.action)
            scopes = await scopes_within(conn, within, await reached_assets(conn, within, on=today))
        rows = await list_events(conn, scopes, start=start, end=end, limit=limit)
        return EventsBody(events=await _bodies(conn, permit.actor, rows, context.now()))


@router.post("/api/energy/events", status_code=201, response_model=EventBody)
async def post_event(
    form: EventForm, permit: AskingPermit, context: AskingContext, request: Request
) -> Response:
    """Note something on every chart of a scope; under the same `Idempotency-Key` it is done once."""
    if form.ends_at is not None and form.ends_at <= form.starts_at:
        raise InvalidError("invalid_field", field="ends_at", reason="must be after starts_at")
    if (form.scope_kind is EventScope.TENANT) != (form.scope_id is None):
        raise InvalidError("scope_invalid")
    return await answered_once(request, permit, context, lambda own_id: _added(form, permit, context, own_id))


async def _added(form: EventForm, permit: Permit, context: Context, own_id: UUID) -> Response:
    now = context.now()
    event = Event(
        id=own_id,
        scope_kind=form.scope_kind.value,
        scope_id=form.scope_id,
        starts_at=form.starts_at,
        ends_at=form.ends_at,
        kind=form.kind.value,
        text=form.text,
        author=permit.actor.name,
        created_at=now,
    )
    async with transaction(context.pool, permit.actor.tenant_no) as conn:
        permit.on(await _path(conn, permit.actor.tenant_no, event, now))
        if await add_event(conn, event):
            await write_record(
                conn,
                now=now,
                actor=permit.actor.name,
                action="event_added",
                object_kind="event",
                object_id=event.id,
            )
        else:
            event = await find_event(conn, event.id) or event
        (body,) = await _bodies(conn, permit.actor, [event], now)
    return Response(body.model_dump_json(), status_code=201, media_type="application/json")


@router.delete("/api/energy/events/{event_id}", status_code=204)
async def delete_event(event_id: UUID, permit: AskingPermit, context: AskingContext) -> Response:
    """Remove an event."""
    now = context.now()
    async with transaction(context.pool, permit.actor.tenant_no) as conn:
        event = await find_event(conn, event_id)
        if event is None:
            raise NotFoundError("event_not_found")
        permit.on(await _path(conn, permit.actor.tenant_no, event, now))
        await drop_event(conn, event_id)
        await write_record(
            conn,
            now=now,
            actor=permit.actor.name,
            action="event_removed",
            object_kind="event",
            object_id=event_id,
            detail={"kind": event.kind, "text": event.text},
        )
    return Response(status_code=204)


async def _bodies(conn: Connection, actor: Actor, events: Sequence[Event], now: datetime) -> list[EventBody]:
    """Events with the names of their authors and whether the caller may remove each."""
    names = await actor_names(conn, [event.author for event in events])
    writes = reach(actor, Action.WRITE_EVENTS)
    known: dict[UUID | None, bool] = {}
    for event in events:
        if event.scope_id in known:
            continue
        if writes.is_everywhere or writes.is_nowhere:
            known[event.scope_id] = writes.is_everywhere
            continue
        path = await _path(conn, actor.tenant_no, event, now)
        known[event.scope_id] = path is not None and allowed(actor, Action.WRITE_EVENTS, path)
    return [
        EventBody(
            id=event.id,
            scope_kind=EventScope(event.scope_kind),
            scope_id=event.scope_id,
            starts_at=event.starts_at,
            ends_at=event.ends_at,
            kind=EventKind(event.kind),
            text=event.text,
            author=event.author,
            author_name=names.get(event.author, "" if event.author.startswith("account:") else event.author),
            may_remove=known[event.scope_id],
            created_at=event.created_at,
        )
        for event in events
    ]


async def _path(conn: Connection, tenant_no: int, event: Event, now: datetime) -> NodePath | None:
    if event.scope_id is None:
        return (tenant_no,)
    match EventScope(event.scope_kind):
        case EventScope.SITE:
            return await path_of_site(conn, tenant_no, event.scope_id, on=now.date())
        case EventScope.METER:
            return await path_of_meter(conn, tenant_no, event.scope_id, at=now)
        case EventScope.PORTFOLIO:
            cursor = await conn.execute("select 1 from portfolio where id = %s", (event.scope_id,))
            return (tenant_no, event.scope_id) if await cursor.fetchone() else None
        case _:
            return await path_of_asset(conn, tenant_no, event.scope_id, on=now.date())
