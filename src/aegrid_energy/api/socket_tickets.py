"""Tickets with which a device opens a socket: it cannot give one headers."""

from datetime import datetime

from fastapi import APIRouter, status

from aegrid_energy.api.errors import DECLARED
from aegrid_energy.api.policy import AskingActor, AskingContext
from aegrid_energy.api.types import Answer
from aegrid_energy.domain.errors import RefusedError
from aegrid_energy.storage.codes import LIFETIMES, Purpose, issue_code
from aegrid_energy.storage.pool import transaction

router = APIRouter(tags=["session"], responses=DECLARED)


class SocketTicket(Answer):
    """A ticket that opens one socket, once, within 30 s."""

    ticket: str
    expires_at: datetime


@router.post("/api/energy/socket-ticket", status_code=status.HTTP_201_CREATED)
async def make_socket_ticket(actor: AskingActor, context: AskingContext) -> SocketTicket:
    """A ticket for a device's socket, offered as its subprotocol `ticket.<ticket>` beside `aegrid-live`."""
    if actor.kid is None:
        raise RefusedError("key_needed")
    now = context.now()
    async with transaction(context.pool, None) as database:
        ticket = await issue_code(database, Purpose.SOCKET_TICKET, now=now, detail={"kid": actor.kid})
    return SocketTicket(ticket=ticket, expires_at=now + LIFETIMES[Purpose.SOCKET_TICKET])
