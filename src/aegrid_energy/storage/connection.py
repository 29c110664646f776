"""The connection that every statement of storage takes: in a transaction, its tenant set."""

from typing import Any

from psycopg import AsyncConnection

Connection = AsyncConnection[tuple[Any, ...]]
