"""API keys of devices, gateways and scripts: `aegrid_<kid>_<secret>`, of which the secret is not stored."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from psycopg.rows import class_row

from aegrid_energy.domain.access import KeyScope
from aegrid_energy.storage.connection import Connection

_FORM: Final = re.compile(r"aegrid_([0-9a-f]{12})_([0-9a-f]{64})")
_USED_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundKey:
    """A key that may act now."""

    kid: str
    tenant_no: int
    slug: str
    name: str
    scopes: frozenset[KeyScope]
    site_id: UUID | None
    is_use_to_note: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRow:
    """A key as the administrators see it in a list."""

    kid: str
    name: str
    scopes: list[str]
    site_id: UUID | None
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _StoredKey:
    tenant_no: int
    slug: str
    name: str
    secret_mac: bytes
    scopes: list[str]
    site_id: UUID | None
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None


async def add_key(
    connection: Connection,
    *,
    pepper: bytes,
    name: str,
    scopes: Iterable[KeyScope],
    site_id: UUID | None,
    created_by: UUID | None,
    now: datetime,
    expires_at: datetime,
) -> tuple[str, KeyRow]:
    """Make a key in the tenant of this transaction; returns the whole key, shown this once, and its row."""
    kid, secret = secrets.token_hex(6), secrets.token_hex(32)
    async with connection.cursor(row_factory=class_row(KeyRow)) as cursor:
        await cursor.execute(
            """insert into api_key
                   (kid, name, secret_mac, scopes, site_id, created_by, created_at, expires_at)
               values (%s, %s, %s, %s, %s, %s, %s, %s)
               returning kid, name, scopes, site_id, created_at, expires_at, last_used_at, revoked_at""",
            (
                kid,
                name,
                _mac(pepper, secret),
                sorted({scope.value for scope in scopes}),
                site_id,
                created_by,
                now,
                expires_at,
            ),
        )
        row = await cursor.fetchone()
    assert row is not None  # noqa: S101  # insert .. returning gave one row
    return f"aegrid_{kid}_{secret}", row


async def find_key(connection: Connection, text: str, *, pepper: bytes, now: datetime) -> FoundKey | None:
    """The key, if it is one, its secret is right, and it may act now. No tenant is needed."""
    form = _FORM.fullmatch(text)
    if form is None:
        return None
    kid, secret = form.groups()
    stored = await _stored(connection, kid)
    expected = stored.secret_mac if stored is not None else bytes(32)
    if not hmac.compare_digest(expected, _mac(pepper, secret)) or stored is None:
        return None
    return _usable(kid, stored, now)


async def find_key_by_kid(connection: Connection, kid: str, *, now: datetime) -> FoundKey | None:
    """The key of a ticket that it asked for earlier, if it may still act."""
    stored = await _stored(connection, kid)
    return _usable(kid, stored, now) if stored is not None else None


async def note_use(connection: Connection, kid: str, *, now: datetime) -> None:
    """Write down that a key was used; in the key's tenant, at most once a minute."""
    await connection.execute("update api_key set last_used_at = %s where kid = %s", (now, kid))


async def list_keys(connection: Connection) -> list[KeyRow]:
    """The keys of the tenant of this transaction, newest first, revoked ones too."""
    async with connection.cursor(row_factory=class_row(KeyRow)) as cursor:
        await cursor.execute(
            """select kid, name, scopes, site_id, created_at, expires_at, last_used_at, revoked_at
               from api_key order by created_at desc, kid"""
        )
        return await cursor.fetchall()


async def revoke_key(connection: Connection, kid: str, *, now: datetime) -> bool:
    """Revoke a key of the tenant of this transaction; says whether there was one to revoke."""
    cursor = await connection.execute(
        "update api_key set revoked_at = %s where kid = %s and revoked_at is null", (now, kid)
    )
    return cursor.rowcount > 0


async def _stored(connection: Connection, kid: str) -> _StoredKey | None:
    async with connection.cursor(row_factory=class_row(_StoredKey)) as cursor:
        await cursor.execute("select * from find_api_key(%s)", (kid,))
        return await cursor.fetchone()


def _usable(kid: str, stored: _StoredKey, now: datetime) -> FoundKey | None:
    if stored.revoked_at is not None or stored.expires_at <= now:
        return None
    return FoundKey(
        kid=kid,
        tenant_no=stored.tenant_no,
        slug=stored.slug,
        name=stored.name,
        scopes=frozenset(KeyScope(scope) for scope in stored.scopes),
        site_id=stored.site_id,
        is_use_to_note=stored.last_used_at is None or stored.last_used_at <= now - _USED_EVERY,
    )


def _mac(pepper: bytes, secret: str) -> bytes:
    return hmac.digest(pepper, secret.encode(), hashlib.sha256)
