"""The live socket: one handler; the specification's paths are presets of it.

State is conflated: the first change goes out at once, then at most one every half second an asset and
metric, the latest wins, nothing is replayed. A reader that does not keep up is closed, not waited for.
"""

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from fastapi import APIRouter, WebSocket
from pydantic import TypeAdapter, ValidationError
from starlette.websockets import WebSocketDisconnect, WebSocketState

from aegrid_energy.api.live_bus import LiveBus, Watcher
from aegrid_energy.api.messages import (
    MAX_TOPICS,
    Bye,
    ClientMessage,
    Delta,
    JobMessage,
    LiveValue,
    Refused,
    ServerMessage,
    Snapshot,
    Subscribe,
)
from aegrid_energy.api.policy import SocketAdmission
from aegrid_energy.api.sockets import RECHECK_S, Admission
from aegrid_energy.domain.access import Action, Actor, allowed
from aegrid_energy.domain.errors import EnergyError, NotFoundError, RefusedError, UnavailableError
from aegrid_energy.domain.sentences import sentence
from aegrid_energy.storage.jobs import Job, find_job, list_jobs_going_on
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.scopes import path_of_asset, path_of_meter
from aegrid_energy.workflows.watch_values import Metric, Value, metrics_of, metrics_of_meter, values_of

router = APIRouter()

#: At most one change an asset and metric in this time. [s]
CONFLATE_S: Final = 0.5
#: A reader that takes longer for one message is closed with 1013. [s]
_SEND_S: Final = 5.0
_MAX_MESSAGE_B: Final = 16_384
_CLIENT: Final[TypeAdapter[ClientMessage]] = TypeAdapter(ClientMessage)

SIGNED_OUT: Final = 4401
WITHDRAWN: Final = 4403
TOO_SLOW: Final = 1013
TOO_LARGE: Final = 1009


@dataclass(slots=True, kw_only=True)
class _Socket:
    """One open socket."""

    websocket: WebSocket
    admission: Admission
    actor: Actor
    bus: LiveBus
    watcher: Watcher
    topics: dict[str, tuple[Metric, ...]] = field(default_factory=dict)
    sent: dict[tuple[UUID, str], Value] = field(default_factory=dict)
    wants_jobs: bool = False
    seq: int = 0

    async def send(self, message: type[ServerMessage], **fields: object) -> None:
        """Send one message, or close a reader that does not take it.

        Raises:
            WebSocketDisconnect: The reader was too slow, or is gone.
        """
        self.seq += 1
        now = self.admission.context.now()
        body = message(seq=self.seq, sent_at=now.isoformat(timespec="milliseconds"), **fields)  # type: ignore[operator]
        try:
            async with asyncio.timeout(_SEND_S):
                await self.websocket.send_text(body.model_dump_json())
        except TimeoutError as error:
            await self.close(TOO_SLOW)
            raise WebSocketDisconnect(TOO_SLOW) from error

    async def close(self, code: int) -> None:
        """Close, whatever state the connection is in."""
        with contextlib.suppress(RuntimeError, asyncio.TimeoutError, WebSocketDisconnect):
            async with asyncio.timeout(1):
                if self.websocket.application_state is not WebSocketState.DISCONNECTED:
                    await self.websocket.close(code)


@router.websocket("/ws/energy/live")
async def live(websocket: WebSocket, admission: SocketAdmission) -> None:
    """Everything live, by topics."""
    await _serve(websocket, admission, topics=[])


@router.websocket("/ws/energy/consumption/{asset_id}")
async def consumption(websocket: WebSocket, admission: SocketAdmission, asset_id: UUID) -> None:
    """The live consumption of one asset; further topics can be added by message."""
    await _serve(websocket, admission, topics=[f"asset:{asset_id}"])


async def _serve(websocket: WebSocket, admission: Admission, *, topics: list[str]) -> None:
    bus: LiveBus = websocket.app.state.live_bus
    with admission.hold():
        await websocket.accept(subprotocol=admission.protocol)
        watcher = Watcher(tenant_no=admission.actor.tenant_no)
        socket = _Socket(
            websocket=websocket, admission=admission, actor=admission.actor, bus=bus, watcher=watcher
        )
        bus.join(watcher)
        tasks: list[asyncio.Task[None]] = []
        try:
            if topics:
                await _subscribe(socket, topics)
            tasks = [asyncio.create_task(part(socket)) for part in (_read, _write, _recheck)]
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        except WebSocketDisconnect:
            pass
        except UnavailableError:
            with contextlib.suppress(WebSocketDisconnect, RuntimeError):
                await socket.send(Bye, code="database_unavailable", retry_after_s=5.0)
            await socket.close(1012)
        except asyncio.CancelledError:
            await socket.close(1012)
            raise
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            bus.leave(watcher)


async def _read(socket: _Socket) -> None:
    while True:
        text = await socket.websocket.receive_text()
        if len(text) > _MAX_MESSAGE_B:
            await socket.close(TOO_LARGE)
            return
        try:
            message = _CLIENT.validate_json(text)
        except ValidationError:
            await _refuse(socket, "message_invalid", [])
            continue
        if isinstance(message, Subscribe):
            await _subscribe(socket, message.topics)
        else:
            for topic in message.topics:
                socket.topics.pop(topic, None)


async def _subscribe(socket: _Socket, topics: list[str]) -> None:
    if len(socket.topics.keys() | set(topics)) > MAX_TOPICS:
        await _refuse(socket, "too_many_topics", topics, limit=MAX_TOPICS)
        return
    taken: list[str] = []
    for topic in topics:
        if topic == "jobs":
            socket.wants_jobs = True
            taken.append(topic)
            continue
        try:
            socket.topics[topic] = await _metrics(socket, topic)
            taken.append(topic)
        except EnergyError as error:
            if isinstance(error, UnavailableError):
                raise
            await _refuse(socket, "not_found", [topic])
    metrics = [metric for topic in taken for metric in socket.topics.get(topic, ())]
    latest = await socket.bus.look(socket.watcher, (t.series_no for m in metrics for t in m.terms))
    values = values_of(metrics, latest)
    socket.sent.update({v.key: v for v in values})
    await socket.send(Snapshot, topics=taken, values=[_spoken(v) for v in values])
    if "jobs" in taken:
        async with transaction(socket.admission.context.pool, socket.actor.tenant_no) as conn:
            going_on = await list_jobs_going_on(conn, socket.actor.name)
        for job in going_on:
            await _send_job(socket, job)


async def _metrics(socket: _Socket, topic: str) -> tuple[Metric, ...]:
    kind, _, text = topic.partition(":")
    try:
        wanted = UUID(text)
    except ValueError as error:
        raise NotFoundError("asset_not_found") from error
    now, tenant_no = socket.admission.context.now(), socket.actor.tenant_no
    async with transaction(socket.admission.context.pool, tenant_no) as conn:
        if kind == "meter":
            path = await path_of_meter(conn, tenant_no, wanted, at=now)
        else:
            path = await path_of_asset(conn, tenant_no, wanted, on=now.date())
        if path is None or not allowed(socket.actor, Action.VIEW, path):
            raise NotFoundError("meter_not_found" if kind == "meter" else "asset_not_found")
        if kind == "asset":
            return await metrics_of(conn, wanted, now=now)
        # A meter that has not been placed hangs under the tenant alone, and stands for itself.
        place = path[-1]
        return await metrics_of_meter(conn, wanted, place if isinstance(place, UUID) else wanted, now=now)


async def _write(socket: _Socket) -> None:
    """Send what has changed: the first change of a metric at once, further ones when its time has come."""
    loop = asyncio.get_running_loop()
    ready: dict[tuple[UUID, str], float] = {}
    waiting: set[int] = set()
    earliest: float | None = None
    while True:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(earliest):
                await socket.watcher.wake.wait()
        socket.watcher.wake.clear()
        changed, socket.watcher.changed = socket.watcher.changed | waiting, set()
        metrics = [
            metric
            for held in socket.topics.values()
            for metric in held
            if any(term.series_no in changed for term in metric.terms)
        ]
        now = loop.time()
        due = [metric for metric in metrics if ready.get(metric.key, now) <= now]
        later = [metric for metric in metrics if ready.get(metric.key, now) > now]
        waiting = {term.series_no for metric in later for term in metric.terms} & changed
        earliest = min((ready[metric.key] for metric in later), default=None)
        latest = socket.bus.newest(term.series_no for m in due for term in m.terms)
        values = [v for v in values_of(due, latest) if socket.sent.get(v.key) != v]
        if values:
            socket.sent.update({v.key: v for v in values})
            ready.update({v.key: now + CONFLATE_S for v in values})
            await socket.send(Delta, values=[_spoken(v) for v in values])
        if socket.wants_jobs:
            await _send_jobs(socket)


async def _send_jobs(socket: _Socket) -> None:
    jobs, socket.watcher.jobs = socket.watcher.jobs, set()
    for job_id in jobs:
        async with transaction(socket.admission.context.pool, socket.actor.tenant_no) as conn:
            job = await find_job(conn, UUID(str(job_id)))
        if job is not None and job.created_by == socket.actor.name:
            await _send_job(socket, job)


async def _send_job(socket: _Socket, job: Job) -> None:
    await socket.send(
        JobMessage,
        job_id=job.id,
        kind=job.kind,
        about=job.about,
        status=job.status,
        step=job.step,
        done=job.done,
        total=job.total,
        is_cancel_asked=job.is_cancel_asked,
        created_at=job.created_at.isoformat(timespec="milliseconds"),
    )


async def _recheck(socket: _Socket) -> None:
    """Ask again whether the socket may stay, and what of it."""
    while True:
        await asyncio.sleep(RECHECK_S)
        try:
            socket.actor = await socket.admission.recheck()
        except RefusedError:
            await socket.close(SIGNED_OUT)
            return
        except NotFoundError:
            await socket.close(WITHDRAWN)
            return
        for topic in list(socket.topics):
            try:
                socket.topics[topic] = await _metrics(socket, topic)
            except NotFoundError:
                del socket.topics[topic]
                await _refuse(socket, "not_found", [topic])


async def _refuse(socket: _Socket, code: str, topics: list[str], **params: object) -> None:
    await socket.send(Refused, code=code, detail=sentence(code, params), topics=topics)


def _spoken(value: Value) -> LiveValue:
    return LiveValue(
        asset_id=value.asset_id,
        metric=value.metric,
        at=value.at.isoformat(timespec="milliseconds"),
        value=round(value.value, 6),
        quality=value.quality,
        meter_id=value.meter_id,
        point_id=value.point_id,
    )
