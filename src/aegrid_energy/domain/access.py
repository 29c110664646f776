"""Who may do what: eight roles, the actions of the product, one table, and one pure question."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from uuid import UUID


class Role(StrEnum):
    """What a person (or a device) is to a tenant."""

    EXECUTIVE = "executive"
    ENERGY_MANAGER = "energy_manager"
    FACILITIES = "facilities"
    SUSTAINABILITY = "sustainability"
    ASSET_MANAGER = "asset_manager"
    TECHNICIAN = "technician"
    ADMINISTRATOR = "administrator"
    DEVICE = "device"  # an API key; never a person


PERSON_ROLES: Final = tuple(role for role in Role if role is not Role.DEVICE)


class Action(StrEnum):
    """What can be done; a verb on a noun."""

    VIEW = "view"  # readings, register, quality, events, imports of the scope
    EXPORT = "export"
    SEND_READINGS = "send_readings"
    CORRECT_READINGS = "correct_readings"
    IMPORT_FILES = "import_files"  # load, undo, reassign
    EDIT_REGISTER = "edit_register"
    WRITE_EVENTS = "write_events"
    RUN_JOBS = "run_jobs"  # start and cancel
    EDIT_TENANT = "edit_tenant"  # preferences that hold for everybody
    MANAGE_PEOPLE = "manage_people"
    MANAGE_KEYS = "manage_keys"
    READ_RECORD = "read_record"


class KeyScope(StrEnum):
    """What an API key was made for."""

    INGEST = "ingest"
    READ = "read"


class ScopeKind(StrEnum):
    """How far down the tree a grant starts."""

    TENANT = "tenant"
    PORTFOLIO = "portfolio"
    SITE = "site"
    ASSET = "asset"


_READ: Final = frozenset({Action.VIEW, Action.EXPORT})

#: The one policy table.
POLICY: Final[Mapping[Role, frozenset[Action]]] = MappingProxyType(
    {
        Role.EXECUTIVE: _READ,
        Role.ENERGY_MANAGER: _READ
        | {
            Action.SEND_READINGS,
            Action.CORRECT_READINGS,
            Action.IMPORT_FILES,
            Action.EDIT_REGISTER,
            Action.WRITE_EVENTS,
            Action.RUN_JOBS,
        },
        Role.FACILITIES: _READ | {Action.WRITE_EVENTS},
        Role.SUSTAINABILITY: _READ | {Action.IMPORT_FILES, Action.WRITE_EVENTS, Action.RUN_JOBS},
        Role.ASSET_MANAGER: _READ
        | {Action.IMPORT_FILES, Action.EDIT_REGISTER, Action.WRITE_EVENTS, Action.RUN_JOBS},
        Role.TECHNICIAN: _READ | {Action.SEND_READINGS, Action.WRITE_EVENTS},
        Role.ADMINISTRATOR: frozenset(Action),
        Role.DEVICE: frozenset(),  # what a key may do is in its scopes, below
    }
)

#: What each scope of an API key allows. Sending needs no sight of anything.
KEY_POLICY: Final[Mapping[KeyScope, frozenset[Action]]] = MappingProxyType(
    {KeyScope.INGEST: frozenset({Action.SEND_READINGS}), KeyScope.READ: _READ}
)

#: Where each role starts; the web app owns the pages, a person may choose another.
START_PAGES: Final[Mapping[Role, str]] = MappingProxyType(
    {
        Role.EXECUTIVE: "board",
        Role.ENERGY_MANAGER: "portfolio-now",
        Role.FACILITIES: "portfolio-now",
        Role.SUSTAINABILITY: "portfolio-energy",
        Role.ASSET_MANAGER: "portfolio-energy",
        Role.TECHNICIAN: "my-sites",
        Role.ADMINISTRATOR: "set-up",
    }
)

#: From the tenant down: its number, then the portfolios that hold the site, the site, its assets.
NodePath = tuple[int | UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A role over one node of the tree and everything below it.

    Args:
        role: What the holder is there.
        scope_kind: Kind of the node.
        scope_id: The node; None for the whole tenant.
    """

    role: Role
    scope_kind: ScopeKind = ScopeKind.TENANT
    scope_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who asks, in one tenant.

    Args:
        name: How the record calls the actor: `account:<uuid>` or `key:<kid>`.
        account_id: The person; None for an API key.
        kid: The API key; None for a person.
        tenant_no: The tenant that is asked about.
        slug: The tenant's name in addresses.
        grants: Roles and where they hold.
        key_scopes: What a key was made for; None for a person.
    """

    name: str
    account_id: UUID | None = None
    kid: str | None = None
    tenant_no: int
    slug: str
    grants: tuple[Grant, ...]
    key_scopes: frozenset[KeyScope] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The nodes where an actor may do one thing.

    Args:
        is_everywhere: The whole tenant; the sets are then empty.
        portfolios: Portfolios, each with its sites.
        sites: Sites, each with its assets.
        assets: Assets, each with what hangs below it.
    """

    is_everywhere: bool = False
    portfolios: frozenset[UUID] = frozenset()
    sites: frozenset[UUID] = frozenset()
    assets: frozenset[UUID] = frozenset()

    @property
    def is_nowhere(self) -> bool:
        """Whether there is no node at all."""
        return not (self.is_everywhere or self.portfolios or self.sites or self.assets)


def actions_of(actor: Actor, grant: Grant) -> frozenset[Action]:
    """What one grant allows its holder."""
    if actor.key_scopes is None:
        return POLICY[grant.role]
    return frozenset[Action]().union(*(KEY_POLICY[scope] for scope in actor.key_scopes))


def allowed(actor: Actor, action: Action, node_path: NodePath) -> bool:
    """Whether the actor may do it to the node at the end of the path.

    Args:
        actor: Who asks.
        action: What is asked for.
        node_path: Tenant number, then the ids of every node above and including the one asked about; the
            caller has put in the portfolios that hold the site today.
    """
    if not node_path or node_path[0] != actor.tenant_no:
        return False
    return any(
        action in actions_of(actor, grant) and (grant.scope_id is None or grant.scope_id in node_path[1:])
        for grant in actor.grants
    )


def reach(actor: Actor, action: Action) -> Reach:
    """Where in the tenant the actor may do it: what lists are cut down to."""
    grants = [grant for grant in actor.grants if action in actions_of(actor, grant)]
    if any(grant.scope_kind is ScopeKind.TENANT for grant in grants):
        return Reach(is_everywhere=True)

    def ids(kind: ScopeKind) -> frozenset[UUID]:
        return frozenset(g.scope_id for g in grants if g.scope_kind is kind and g.scope_id is not None)

    return Reach(portfolios=ids(ScopeKind.PORTFOLIO), sites=ids(ScopeKind.SITE), assets=ids(ScopeKind.ASSET))


def roles_that_may(action: Action) -> tuple[Role, ...]:
    """The roles of people who may do it, to name them where a control is disabled."""
    return tuple(role for role in PERSON_ROLES if action in POLICY[role])
