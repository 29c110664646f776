"""`Idempotency-Key`: the same call with the same key is done once and answered alike."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

import orjson
from starlette.requests import Request
from starlette.responses import Response

from aegrid_energy.api.context import Context
from aegrid_energy.api.policy import Permit
from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.ids import id_of_key, new_id
from aegrid_energy.storage.idempotency import KeptAnswer, claim_key, keep_answer, release_key
from aegrid_energy.storage.pool import transaction

_LONGEST: Final = 200


async def answered_once(
    request: Request, permit: Permit, context: Context, make: Callable[[UUID], Awaitable[Response]]
) -> Response:
    """Answer a call, from memory where this caller made it before under the same key.

    Args:
        request: Its body has been read, or will be here.
        permit: Whose call it is: keys of different callers never meet.
        context: Shared state.
        make: Does the work; answers JSON. The id it is given is for what it makes, the same for the same call
            under the same key: where a process died between the work and the keeping of its answer, the call
            that comes after finds what is there.

    Raises:
        InvalidError: `idempotency_key_invalid`, or `idempotency_key_reused` with another body or address.
        ConflictError: `idempotency_in_progress`.
    """
    given = request.headers.get("idempotency-key")
    if given is None:
        return await make(new_id(context.now()))
    if not 0 < len(given) <= _LONGEST or not given.isprintable():
        raise InvalidError("idempotency_key_invalid", limit=_LONGEST)
    tenant_no, key = permit.actor.tenant_no, f"{permit.actor.name} {given}"
    digest = hashlib.sha256()
    for part in (
        request.method,
        request.url.path,
        request.url.query,
        request.headers.get("content-type", ""),
    ):
        digest.update(part.encode() + b"\0")
    digest.update(await request.body())
    own_id = id_of_key(str(tenant_no).encode(), key.encode(), digest.digest())
    async with transaction(context.pool, tenant_no) as conn:
        kept = await claim_key(conn, key, digest.digest(), now=context.now())
    if kept is not None:
        return Response(
            orjson.dumps(kept.answer),
            kept.status,
            headers={"Idempotency-Replayed": "true"},
            media_type="application/json",
        )
    try:
        answer = await make(own_id)
    except BaseException:
        async with transaction(context.pool, tenant_no) as conn:
            await release_key(conn, key)
        raise
    async with transaction(context.pool, tenant_no) as conn:
        kept = KeptAnswer(status=answer.status_code, answer=orjson.loads(answer.body))
        await keep_answer(conn, key, kept)
    return answer
