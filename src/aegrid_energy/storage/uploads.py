"""Files that wait for their job; gone when it is done."""

from dataclasses import dataclass
from uuid import UUID

from psycopg.rows import class_row

from aegrid_energy.storage.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file as it was sent."""

    name: str
    sha256: bytes
    content: bytes


async def keep_upload(conn: Connection, upload_id: UUID, upload: Upload) -> None:
    """Keep a file until its job takes it."""
    await conn.execute(
        "insert into upload (id, name, sha256, content) values (%s, %s, %s, %s)",
        (upload_id, upload.name, upload.sha256, upload.content),
    )


async def find_upload(conn: Connection, upload_id: UUID) -> Upload | None:
    """A file that waits."""
    async with conn.cursor(row_factory=class_row(Upload)) as cursor:
        await cursor.execute("select name, sha256, content from upload where id = %s", (upload_id,))
        return await cursor.fetchone()


async def drop_upload(conn: Connection, upload_id: UUID) -> None:
    """The file has been taken."""
    await conn.execute("delete from upload where id = %s", (upload_id,))
