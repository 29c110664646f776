"""Files that a person looks at before they are loaded: content, choices, proposal, and what was confirmed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from aegrid_energy.domain.errors import ConflictError
from aegrid_energy.storage.connection import Connection

#: An upload that nobody loads is kept for this long. [days]
UPLOADS_KEPT_DAYS: Final = 7
#: Waiting content of one tenant at most. [B]
MOST_BYTES: Final = 512 * 1024 * 1024
#: Waiting uploads of one tenant at most.
MOST_UPLOADS: Final = 500
_COLUMNS = """id, name, sha256, size_bytes, created_by, created_at, expires_at, state, revision, choices,
    proposal, plan, job_id"""

Facts = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedUpload:
    """An upload without its content."""

    id: UUID
    name: str
    sha256: bytes
    size_bytes: int
    created_by: str
    created_at: datetime
    expires_at: datetime
    #: reading, proposed, loading, loaded or failed.
    state: str
    #: Counts the proposals that were made of it.
    revision: int
    #: File -> what was said about it.
    choices: Facts
    proposal: Facts | None
    #: What was confirmed, with the ids that its load makes.
    plan: Facts | None
    job_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SameFile:
    """An import of the same bytes."""

    id: UUID
    file_name: str
    sha256: bytes
    status: str
    started_at: datetime
    actor: str


async def stage_upload(conn: Connection, upload: StagedUpload, content: bytes) -> bool:
    """Keep a file until it is loaded, removed or forgotten; False where this upload is there already.

    Raises:
        ConflictError: `uploads_full`: too much waits already in this tenant.
    """
    # Two senders at once must not both fit into the last place.
    await conn.execute("select pg_advisory_xact_lock(hashtext('staged_upload'), current_tenant_no())")
    cursor = await conn.execute("select 1 from staged_upload where id = %s", (upload.id,))
    if await cursor.fetchone():
        return False
    cursor = await conn.execute(
        "select coalesce(sum(size_bytes), 0), count(*) from staged_upload where content is not null"
    )
    held, count = await cursor.fetchone() or (0, 0)
    if int(held) + len(content) > MOST_BYTES or int(count) >= MOST_UPLOADS:
        raise ConflictError(
            "uploads_full", held_mib=int(held) >> 20, limit_mib=MOST_BYTES >> 20, waiting=count
        )
    await conn.execute(
        """insert into staged_upload (id, name, sha256, size_bytes, content, created_by, created_at,
               expires_at, state)
           values (%s, %s, %s, %s, %s, %s, %s, %s, %s)""",
        (
            upload.id, upload.name, upload.sha256, upload.size_bytes, content, upload.created_by,
            upload.created_at, upload.expires_at, upload.state,
        ),
    )  # fmt: skip
    return True


async def find_staged(conn: Connection, upload_id: UUID, *, is_locked: bool = False) -> StagedUpload | None:
    """An upload of the tenant of this transaction; locked until it ends where asked."""
    lock = "for update" if is_locked else ""
    async with conn.cursor(row_factory=class_row(StagedUpload)) as cursor:
        await cursor.execute(f"select {_COLUMNS} from staged_upload where id = %s {lock}", (upload_id,))
        return await cursor.fetchone()


async def list_staged(conn: Connection, *, limit: int, created_by: str | None) -> list[StagedUpload]:
    """The newest uploads of the tenant, or of one sender; without choices, proposals and plans."""
    async with conn.cursor(row_factory=class_row(StagedUpload)) as cursor:
        await cursor.execute(
            """select id, name, sha256, size_bytes, created_by, created_at, expires_at, state, revision,
                      '{}'::jsonb as choices, null::jsonb as proposal, null::jsonb as plan, job_id
               from staged_upload where %(by)s::text is null or created_by = %(by)s
               order by created_at desc, id desc limit %(limit)s""",
            {"by": created_by, "limit": limit},
        )
        return await cursor.fetchall()


async def imports_of_hashes(conn: Connection, hashes: Iterable[bytes]) -> list[SameFile]:
    """Imports of the same bytes that stand, the newest of each file and actor, newest first."""
    async with conn.cursor(row_factory=class_row(SameFile)) as cursor:
        await cursor.execute(
            """select * from (
                   select distinct on (sha256, file_name, actor)
                          id, file_name, sha256, status, started_at, actor from import
                   where sha256 = any(%s) and status in ('done', 'partial')
                   order by sha256, file_name, actor, started_at desc
               ) same order by started_at desc limit 200""",
            (list(set(hashes)),),
        )
        return await cursor.fetchall()


async def content_of(conn: Connection, upload_id: UUID) -> bytes | None:
    """The file; None where it is gone or loaded."""
    cursor = await conn.execute("select content from staged_upload where id = %s", (upload_id,))
    row = await cursor.fetchone()
    return None if row is None or row[0] is None else bytes(row[0])


async def start_reading(
    conn: Connection, upload_id: UUID, *, choices: Facts, job_id: UUID | None = None
) -> None:
    """It is read anew, with these choices; unless a load of it has started meanwhile."""
    await conn.execute(
        """update staged_upload set state = 'reading', choices = %s, job_id = %s
           where id = %s and state not in ('loading', 'loaded')""",
        (Jsonb(choices), job_id, upload_id),
    )


async def keep_proposal(conn: Connection, upload_id: UUID, *, choices: Facts, proposal: Facts) -> None:
    """Keep what is shown; unless a load of it has started meanwhile."""
    await conn.execute(
        """update staged_upload set state = 'proposed', revision = revision + 1, choices = %s, proposal = %s,
                  plan = null
           where id = %s and state not in ('loading', 'loaded')""",
        (Jsonb(choices), Jsonb(proposal), upload_id),
    )


async def keep_plan(conn: Connection, upload_id: UUID, *, plan: Facts, job_id: UUID) -> None:
    """What was confirmed, and the job that loads it."""
    await conn.execute(
        "update staged_upload set state = 'loading', plan = %s, job_id = %s where id = %s",
        (Jsonb(plan), job_id, upload_id),
    )


async def end_upload(conn: Connection, upload_id: UUID, *, state: str) -> None:
    """Loaded (its content goes) or failed (it stays, to be tried again)."""
    await conn.execute(
        """update staged_upload set state = %(state)s,
                  content = case when %(state)s = 'loaded' then null else content end
           where id = %(id)s""",
        {"state": state, "id": upload_id},
    )


async def drop_staged(conn: Connection, upload_id: UUID) -> None:
    """Remove an upload; readings that were loaded from it stay."""
    await conn.execute("delete from staged_upload where id = %s", (upload_id,))


async def forget_uploads(conn: Connection, *, now: datetime) -> None:
    """Remove uploads that nobody loaded in time, and those that were loaded; not one that a job is at."""
    await conn.execute(
        """delete from staged_upload u
           where u.expires_at < %s
             and not exists (select from job j
                             where j.id = u.job_id and j.status in ('queued', 'running'))""",
        (now,),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RememberedMapping:
    """How a table of a shape was understood, and when a person last confirmed it."""

    shape: bytes
    choices: Facts
    confirmed_at: datetime


async def recall_mappings(conn: Connection, shapes: list[bytes]) -> dict[bytes, RememberedMapping]:
    """What is remembered of these shapes."""
    async with conn.cursor(row_factory=class_row(RememberedMapping)) as cursor:
        await cursor.execute(
            "select shape, choices, confirmed_at from remembered_mapping where shape = any(%s)", (shapes,)
        )
        return {row.shape: row for row in await cursor.fetchall()}


async def remember_mapping(conn: Connection, mapping: RememberedMapping, *, actor: str) -> None:
    """Keep how a table of a shape was understood; the newest confirmation stands."""
    await conn.execute(
        """insert into remembered_mapping (shape, choices, confirmed_at, confirmed_by) values (%s, %s, %s, %s)
           on conflict (tenant_no, shape) do update set choices = excluded.choices,
               confirmed_at = excluded.confirmed_at, confirmed_by = excluded.confirmed_by""",
        (mapping.shape, Jsonb(mapping.choices), mapping.confirmed_at, actor),
    )
