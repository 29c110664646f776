"""Every operation of the OpenAPI document under generated calls of an administrator: no fault of ours."""

import asyncio
import contextlib
import threading
import warnings
from collections import Counter
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar
from unittest import SkipTest

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from pydantic import TypeAdapter
from schemathesis import GenerationMode

from access_world import BROWSER, World, make_world
from aegrid_energy.api.application import ROUTERS
from aegrid_energy.api.readings_body import ReadingsForm, SeriesForm
from aegrid_energy.domain.access import Role
from aegrid_energy.storage.pool import Pool, build_pool
from aegrid_energy.storage.roles import Role as DatabaseRole
from database import Database

pytestmark = pytest.mark.slow

CASES = 2_000
_FEWEST = 12
_T = TypeVar("_T")
#: What ends the caller's own session or changes who it is; each such call is made with a session of its own.
_ENDING = ("/api/energy/session", "/api/energy/sessions", "/api/energy/password", "/api/energy/people")


@dataclass
class Door:
    """The app in an event loop of its own, where the pool of the database lives too."""

    database: Database
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    statuses: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def do(self, work: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    async def open(self, password_hash: str) -> None:
        self.pool: Pool = build_pool(self.database.dsn(DatabaseRole.APP), name="schemathesis", size=4)
        await self.pool.open()
        free = dict.fromkeys(("key", "session", "address"), "1000000/minute")
        self.world: World = await make_world(self.pool, password_hash, routers=ROUTERS, **free)
        self.token = self.world.own.tokens[Role.ADMINISTRATOR]
        transport = httpx.ASGITransport(app=self.world.app, raise_app_exceptions=False)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8470")

    async def close(self) -> None:
        await self.client.aclose()
        await self.pool.close()

    async def send(self, case: schemathesis.Case) -> None:
        """Make one call and keep what is wrong with the answer."""
        prepared = requests.Request(**case.as_transport_kwargs(base_url="http://127.0.0.1:8470")).prepare()
        given = {
            name: value
            for name, value in prepared.headers.items()
            if name.lower() not in {"cookie", "authorization", "host", "origin", "content-length"}
        }
        token = self.token
        if case.path.startswith(_ENDING):
            token = await self.world.token(self.world.own.people[Role.ADMINISTRATOR])
        cookie = {"Cookie": f"aegrid={token}", "Aegrid-Tenant": self.world.own.slug}
        body = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body
        answer = await self.client.request(
            str(prepared.method), str(prepared.url), headers=given | BROWSER | cookie, content=body
        )
        self.statuses[answer.status_code] += 1
        if answer.status_code >= 500:
            self.faults.append(f"{prepared.method} {prepared.url} {body!r:.300} -> {answer.text:.300}")


@pytest.fixture
def door(database: Database, password_hash: str) -> Iterator[Door]:
    door = Door(database)
    thread = threading.Thread(target=door.loop.run_forever)
    thread.start()
    try:
        door.do(door.open(password_hash))
        yield door
        door.do(door.close())
    finally:
        door.loop.call_soon_threadsafe(door.loop.stop)
        thread.join()
        door.loop.close()


def document_of(world: World) -> dict[str, Any]:
    """The document, with the two JSON forms of the one operation that reads its body by itself."""
    document = world.app.openapi()
    operation = document["paths"]["/api/energy/consumption"]["post"]
    if "requestBody" not in operation:
        schemas = [TypeAdapter(form).json_schema(by_alias=True) for form in (SeriesForm, ReadingsForm)]
        for schema in schemas:
            document["components"]["schemas"].update(schema.pop("$defs", {}))
        text = {"requestBody": {"content": {"application/json": {"schema": {"oneOf": schemas}}}}}
        operation.update(_moved(text))
    return document


def _moved(part: Any) -> Any:
    """References into a schema's own definitions, as references into the document."""
    if isinstance(part, dict):
        return {
            key: value.replace("#/$defs/", "#/components/schemas/") if key == "$ref" else _moved(value)
            for key, value in part.items()
        }
    return [_moved(one) for one in part] if isinstance(part, list) else part


@st.composite
def cases(draw: st.DrawFn, operation: Any, mode: GenerationMode, world: World) -> schemathesis.Case:
    """A call of an operation as its schema says, or as it does not; half with identifiers that exist."""
    case = draw(operation.as_strategy(generation_mode=mode))
    if draw(st.booleans()):
        own = world.own
        real = {
            "asset_id": str(draw(st.sampled_from([own.asset_id, own.site_id]))),
            "account_id": str(own.people[Role.TECHNICIAN].id),
            "site": str(own.site_id),
        }
        for given_in in (case.path_parameters, case.query):
            for name in set(given_in or {}) & set(real):
                given_in[name] = real[name]
    return case


def call_often(door: Door, operation: Any, mode: GenerationMode, count: int) -> None:
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases(operation, mode, door.world))
    def call(case: schemathesis.Case) -> None:
        door.do(door.send(case))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the generator, about patterns it cannot invert
        call()


def variety(operation: Any) -> tuple[bool, int]:
    """How much there is to vary: operations without a body or parameters have few different calls."""
    raw = operation.definition.raw
    return "requestBody" in raw, len(raw.get("parameters", []))


def test_generated_calls_of_an_administrator_meet_no_server_error(door: Door) -> None:
    schema = schemathesis.openapi.from_dict(document_of(door.world))
    operations = sorted((one.ok() for one in schema.get_all_operations()), key=variety)
    assert len(operations) >= 20
    for number, operation in enumerate(operations):
        # What a simple operation has too few different calls for, the later ones make up.
        share = max(_FEWEST, -(-(CASES + 100 - door.statuses.total()) // (len(operations) - number)))
        with contextlib.suppress(Unsatisfiable, SkipTest):  # nothing of it can be wrong
            call_often(door, operation, GenerationMode.NEGATIVE, share // 2)
        call_often(door, operation, GenerationMode.POSITIVE, share - share // 2)
    assert door.faults == []
    assert door.statuses.total() >= CASES, door.statuses
    assert door.statuses[200] >= CASES // 20, door.statuses  # signed in, and not everything was refused
