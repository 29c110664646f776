"""Errors as RFC 9457 problems: one table from class to status, one shape for whatever goes wrong."""

import secrets
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, cast

import psycopg
import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from psycopg_pool import PoolClosed, PoolTimeout, TooManyRequests
from pydantic import BaseModel, ConfigDict, JsonValue
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, ExceptionHandler, Message, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketState

from aegrid_energy.api.context import Context
from aegrid_energy.api.types import request_now
from aegrid_energy.domain.errors import (
    ConflictError,
    EnergyError,
    InsufficientDataError,
    InvalidError,
    NotFoundError,
    RefusedError,
    UnavailableError,
)
from aegrid_energy.domain.sentences import sentence
from aegrid_energy.workflows.try_again import is_passing

_log = structlog.get_logger(__name__)

#: The one table: class of the domain -> status.
STATUS: Final[Mapping[type[EnergyError], HTTPStatus]] = {
    NotFoundError: HTTPStatus.NOT_FOUND,
    InvalidError: HTTPStatus.UNPROCESSABLE_ENTITY,
    ConflictError: HTTPStatus.CONFLICT,
    RefusedError: HTTPStatus.FORBIDDEN,
    InsufficientDataError: HTTPStatus.UNPROCESSABLE_ENTITY,
    UnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
}

#: What HTTP has a closer word for than its class says.
STATUS_OF_CODE: Final[Mapping[str, HTTPStatus]] = {
    "sign_in_needed": HTTPStatus.UNAUTHORIZED,
    "sign_in_failed": HTTPStatus.UNAUTHORIZED,
    "key_refused": HTTPStatus.UNAUTHORIZED,
    "tenant_header_missing": HTTPStatus.BAD_REQUEST,
    "invalid_body": HTTPStatus.BAD_REQUEST,
    "host_refused": HTTPStatus.BAD_REQUEST,
    "body_too_slow": HTTPStatus.REQUEST_TIMEOUT,
    "body_too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "content_type_refused": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "too_many_requests": HTTPStatus.TOO_MANY_REQUESTS,
    "too_many_attempts": HTTPStatus.TOO_MANY_REQUESTS,
}

_RETRY_AFTER_S: Final = 5  # where a neighbour is away and nobody knows for how long


#: How an open socket ends where a call would have got the status.
_CLOSE_CODES: Final[Mapping[int, int]] = {401: 4401, 403: 4403, 404: 4403, 503: 1012}


class FieldProblem(BaseModel):
    """One field that is not valid. What was sent is never echoed: it may be a password."""

    model_config = ConfigDict(frozen=True)

    field: str
    code: str
    text: str


class ProblemAnswer(BaseModel):
    """The body of every error, `application/problem+json`."""

    model_config = ConfigDict(frozen=True)

    type: str
    title: str
    status: int
    detail: str
    code: str
    params: dict[str, JsonValue] = {}
    trace_id: str
    errors: list[FieldProblem] = []


#: For `APIRouter(responses=...)`: the errors that any call can answer.
DECLARED: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": ProblemAnswer, "description": HTTPStatus(status).phrase}
    for status in (400, 401, 403, 404, 405, 408, 409, 413, 415, 422, 429, 500, 503)
}


class BodyRefusedError(HTTPException):
    """A body that is too large or too slow; an HTTPException because FastAPI lets only those through."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(STATUS_OF_CODE[code])
        self.error = RefusedError(code, **params)


def status_of(error: EnergyError) -> HTTPStatus:
    """The status of an error of the domain."""
    if error.code in STATUS_OF_CODE:
        return STATUS_OF_CODE[error.code]
    for kind in type(error).__mro__:
        if kind in STATUS:
            return STATUS[kind]
    return HTTPStatus.INTERNAL_SERVER_ERROR


def problem_of(error: EnergyError, trace_id: str) -> Response:
    """The answer to an error of the domain."""
    status = status_of(error)
    headers: dict[str, str] = {}
    if isinstance(error, NotFoundError):
        # Unknown and out of scope look the same, whatever the code inside says.
        return problem(HTTPStatus.NOT_FOUND, "not_found", {}, trace_id)
    if status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE} or is_passing(error):
        headers["Retry-After"] = str(error.params.get("retry_after_s", _RETRY_AFTER_S))
    if isinstance(error, UnavailableError):
        # What a neighbour said names hosts and statements: for the log, not for the caller.
        _log.error("unavailable", trace_id=trace_id, code=error.code, **error.params)
        return problem(status, error.code, {}, trace_id, headers=headers)
    return problem(status, error.code, error.params, trace_id, headers=headers)


def problem(
    status: int,
    code: str,
    params: Mapping[str, object],
    trace_id: str,
    *,
    headers: Mapping[str, str] | None = None,
    errors: Sequence[FieldProblem] = (),
) -> Response:
    """A problem document."""
    answer = ProblemAnswer(
        type=f"urn:aegrid:problem:{code}",
        title=HTTPStatus(status).phrase,
        status=int(status),
        detail=_printable(sentence(code, params)),
        code=code,
        params={name: _plain(value) for name, value in params.items()},
        trace_id=trace_id,
        errors=list(errors),
    )
    return JSONResponse(
        answer.model_dump(mode="json"), status, headers, media_type="application/problem+json"
    )


def trace_id_of(connection: HTTPConnection) -> str:
    """The id that joins an answer to its log lines."""
    return str(getattr(connection.state, "trace_id", "")) or _new_trace_id()


def install(app: FastAPI) -> None:
    """Make every error of this app a problem document."""
    away = (psycopg.OperationalError, PoolTimeout, PoolClosed, TooManyRequests)
    handlers = {EnergyError: _on_energy_error, HTTPException: _on_http_exception}
    for kind, handler in (*handlers.items(), *((kind, _on_database_away) for kind in away)):
        # One handler serves calls and sockets, which Starlette's type cannot say.
        app.add_exception_handler(kind, cast("ExceptionHandler", handler))
    app.add_exception_handler(RequestValidationError, _on_invalid)


class UnexpectedErrors:
    """Outermost but for the headers: gives each request its trace id and clock, and turns a crash into a 500.

    Starlette's own handler of last resort stands outside all middleware, where its answer would carry no
    security headers.
    """

    def __init__(self, app: ASGIApp, context: Context) -> None:
        self._app = app
        self._context = context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        trace_id = _new_trace_id()
        scope.setdefault("state", {})["trace_id"] = trace_id
        is_answered = False

        async def watch(message: Message) -> None:
            nonlocal is_answered
            is_answered = True
            await send(message)

        token = request_now.set(self._context.now())
        try:
            await self._app(scope, receive, watch)
        except Exception:
            _log.exception("unexpected", trace_id=trace_id, path=scope["path"])
            if is_answered or scope["type"] == "websocket":
                raise  # the server closes a half-sent answer
            facts = {"trace_id": trace_id}
            answer = problem(HTTPStatus.INTERNAL_SERVER_ERROR, "unexpected", facts, trace_id)
            await answer(scope, receive, send)
        finally:
            request_now.reset(token)


async def _refuse(connection: HTTPConnection, answer: Response) -> Response | None:
    """Before a socket is accepted the refusal is sent as an HTTP answer; afterwards nobody would read it."""
    if isinstance(connection, WebSocket):
        if connection.application_state is WebSocketState.CONNECTED:
            await connection.close(_CLOSE_CODES.get(answer.status_code, 1011))
        elif "websocket.http.response" in connection.scope.get("extensions", {}):
            await connection.send_denial_response(answer)
        else:
            await connection.close(1008)
        return None
    return answer


async def _on_energy_error(connection: HTTPConnection, error: Exception) -> Response | None:
    found = cast("EnergyError", error)
    trace_id = trace_id_of(connection)
    if status_of(found) in {HTTPStatus.FORBIDDEN, HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS}:
        _log.warning("refused", trace_id=trace_id, code=found.code, path=connection.scope["path"])
    return await _refuse(connection, problem_of(found, trace_id))


async def _on_http_exception(connection: HTTPConnection, error: Exception) -> Response | None:
    found = cast("HTTPException", error)
    trace_id = trace_id_of(connection)
    if isinstance(found, BodyRefusedError):
        return problem_of(found.error, trace_id)
    codes = {404: "not_found", 405: "method_not_allowed", 400: "invalid_body"}
    code = codes.get(found.status_code, HTTPStatus(found.status_code).phrase.lower().replace(" ", "_"))
    params = {"method": connection.scope.get("method", "")} if code == "method_not_allowed" else {}
    return await _refuse(
        connection, problem(found.status_code, code, params, trace_id, headers=found.headers)
    )


async def _on_invalid(request: Request, error: Exception) -> Response:
    fields = [_field_problem(found) for found in cast("RequestValidationError", error).errors()]
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    return problem(status, "invalid_input", {}, trace_id_of(request), errors=fields[:100])


async def _on_database_away(connection: HTTPConnection, error: Exception) -> Response | None:
    _log.error("database_away", trace_id=trace_id_of(connection), error=type(error).__name__)
    return await _on_energy_error(connection, UnavailableError("neighbour_unavailable"))


def _field_problem(found: Mapping[str, Any]) -> FieldProblem:
    place = ".".join(str(part) for part in found["loc"])
    text = str(found["msg"]).removeprefix("Value error, ")
    return FieldProblem(field=_printable(place), code=str(found["type"]), text=_printable(text))


def _plain(value: object) -> JsonValue:
    if value is None or isinstance(value, (bool, int, str)):
        return _printable(value) if isinstance(value, str) else value
    if isinstance(value, Mapping):
        pairs = cast("Mapping[object, object]", value)
        return {_printable(str(key)): _plain(item) for key, item in pairs.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        items = cast("Sequence[object]", value)
        return [_plain(item) for item in items]
    return _printable(str(value))  # ids, times, decimals, and floats that JSON may not be able to say


def _printable(text: str) -> str:
    # A name of a field may hold half a surrogate pair, which no encoder writes.
    return text.encode("utf-8", "replace").decode()


def _new_trace_id() -> str:
    return secrets.token_hex(8)
