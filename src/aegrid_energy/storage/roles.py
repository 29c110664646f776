"""The four database roles, named after their database, and the database that they share."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import psycopg
from psycopg import sql

from aegrid_energy.domain.errors import InvalidError, RefusedError


class Role(StrEnum):
    """What a connection is for."""

    OWNER = "owner"  # owns the tables and migrates them, past the tenant policies; never serves
    APP = "app"  # serves requests; the tenant policies hold
    JOBS = "jobs"  # works off jobs; the tenant policies hold, each item sets its tenant
    BACKUP = "backup"  # reads everything, past the tenant policies; writes nothing
    ADMIN = "admin"  # embedded server only: makes roles and databases


#: The bootstrap superuser of the embedded server; reached through its socket by its own account only.
ADMIN_NAME: Final = "postgres"

#: Settings of every connection of a role. Procrastinate's functions look for their tables along the path.
SESSION: Final[dict[Role, dict[str, str]]] = {
    Role.OWNER: {"search_path": "public"},
    Role.APP: {
        "search_path": "public,jobs",
        "statement_timeout": "30s",
        "idle_in_transaction_session_timeout": "60s",
    },
    Role.JOBS: {
        "search_path": "public,jobs",
        "statement_timeout": "15min",
        "idle_in_transaction_session_timeout": "15min",
    },
    Role.BACKUP: {"search_path": "public"},
    Role.ADMIN: {},
}

# A role name is the database name and a suffix, and PostgreSQL cuts names at 63 bytes.
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,49}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleNames:
    """What the roles are called in one database; on an external server two of them may be one."""

    owner: str
    app: str
    jobs: str
    backup: str

    def of(self, role: Role) -> str:
        """The name of one role."""
        return ADMIN_NAME if role is Role.ADMIN else str(getattr(self, role.value))


def role_names(database: str) -> RoleNames:
    """The names that carry the name of the database.

    Raises:
        InvalidError: `database_name`: lower-case letters, digits and underscores only, at most 50.

    >>> role_names("aegrid").app
    'aegrid_app'
    """
    if not _NAME.fullmatch(database):
        raise InvalidError("database_name", name=database)
    return RoleNames(
        owner=f"{database}_owner", app=f"{database}_app", jobs=f"{database}_jobs", backup=f"{database}_backup"
    )


def session_options(role: Role) -> str:
    """The settings of a role as the `options` of a connection string.

    >>> session_options(Role.OWNER)
    '-c search_path=public'
    """
    return " ".join(f"-c {name}={value}" for name, value in SESSION[role].items())


def ensure_database(admin_dsn: str, database: str, names: RoleNames, *, template: str | None = None) -> bool:
    """Make the roles and the database that are missing.

    Args:
        admin_dsn: A superuser's connection to any database of the server.
        database: Name of the database.
        names: Names of its roles.
        template: A database to copy, roles' rights included; nobody may be connected to it.

    Returns:
        Whether the database was made now.
    """
    with psycopg.connect(admin_dsn, autocommit=True) as connection:
        # Two starters may both find a role missing: the second waits here.
        connection.execute("select pg_advisory_lock(hashtext('aegrid-energy roles'))")
        _ensure_roles(connection, names)
        found = connection.execute("select 1 from pg_database where datname = %s", [database]).fetchone()
        if found is None:
            statement = sql.SQL("create database {} owner {}").format(
                sql.Identifier(database), sql.Identifier(names.owner)
            )
            if template is not None:
                statement += sql.SQL(" template {}").format(sql.Identifier(template))
            connection.execute(statement)
        _allow_connections(connection, database, names)
    return found is None


def _ensure_roles(connection: psycopg.Connection, names: RoleNames) -> None:
    rows = connection.execute("select rolname from pg_roles").fetchall()
    there = {str(row[0]) for row in rows}
    bypassing = {Role.OWNER, Role.BACKUP}
    for role in (Role.OWNER, Role.APP, Role.JOBS, Role.BACKUP):
        name = names.of(role)
        if name in there:
            continue
        bypass = sql.SQL("bypassrls" if role in bypassing else "nobypassrls")
        connection.execute(
            sql.SQL("create role {} login nosuperuser nocreatedb nocreaterole {}").format(
                sql.Identifier(name), bypass
            )
        )
        # The same settings as in our connection strings, for people and tools that bring their own.
        for setting, value in SESSION[role].items():
            values = sql.SQL(", ").join(sql.Literal(part) for part in value.split(","))
            connection.execute(
                sql.SQL("alter role {} set {} = {}").format(
                    sql.Identifier(name), sql.Identifier(setting), values
                )
            )


def _allow_connections(connection: psycopg.Connection, database: str, names: RoleNames) -> None:
    there = sql.Identifier(database)
    connection.execute(sql.SQL("revoke all on database {} from public").format(there))
    for role in (Role.APP, Role.JOBS):  # bulk loading goes through temporary tables
        connection.execute(
            sql.SQL("grant connect, temporary on database {} to {}").format(
                there, sql.Identifier(names.of(role))
            )
        )
    connection.execute(
        sql.SQL("grant connect on database {} to {}").format(there, sql.Identifier(names.backup))
    )


def drop_database(admin_dsn: str, database: str) -> None:
    """Drop a database and end its connections; its roles stay, they may serve a copy of it."""
    with psycopg.connect(admin_dsn, autocommit=True) as connection:
        connection.execute(
            sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(database))
        )


def refuse_bypass(dsn: str) -> None:
    """Refuse to serve as a role that the tenant policies do not hold.

    Raises:
        RefusedError: `role_sees_all_tenants`.
    """
    with psycopg.connect(dsn) as connection:
        row = connection.execute(
            """select r.rolname, r.rolsuper or r.rolbypassrls or exists (
                   select from pg_class c
                   where c.relowner = r.oid and c.relnamespace = 'public'::regnamespace)
               from pg_roles r where r.rolname = current_user"""
        ).fetchone()
    if row is None or row[1]:
        raise RefusedError("role_sees_all_tenants", role=row[0] if row else None)
