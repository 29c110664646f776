"""Who may do what: the table, the tree, and what keys may."""

from dataclasses import replace
from uuid import UUID

import pytest

from aegrid_energy.domain.access import (
    KEY_POLICY,
    PERSON_ROLES,
    POLICY,
    START_PAGES,
    Action,
    Actor,
    Grant,
    KeyScope,
    Reach,
    Role,
    ScopeKind,
    allowed,
    reach,
    roles_that_may,
)

TENANT = 7
PORTFOLIO, SITE, ROOF, PLANT = (UUID(int=n) for n in range(1, 5))
PATH = (TENANT, PORTFOLIO, SITE, ROOF, PLANT)


def actor(*grants: Grant, key_scopes: frozenset[KeyScope] | None = None) -> Actor:
    return Actor(name="account:x", tenant_no=TENANT, slug="t", grants=grants, key_scopes=key_scopes)


def test_every_role_has_a_row_and_every_person_a_start_page() -> None:
    assert set(POLICY) == set(Role)
    assert set(START_PAGES) == set(PERSON_ROLES)
    assert set(KEY_POLICY) == set(KeyScope)


def test_every_action_can_be_done_by_somebody_and_all_by_administrators() -> None:
    assert all(Role.ADMINISTRATOR in roles_that_may(action) for action in Action)


@pytest.mark.parametrize("role", PERSON_ROLES)
def test_every_person_sees_what_is_in_scope(role: Role) -> None:
    assert allowed(actor(Grant(role=role)), Action.VIEW, PATH)


@pytest.mark.parametrize("action", [Action.MANAGE_PEOPLE, Action.MANAGE_KEYS, Action.READ_RECORD])
def test_only_administrators_manage_the_tenant(action: Action) -> None:
    assert roles_that_may(action) == (Role.ADMINISTRATOR,)


@pytest.mark.parametrize(
    ("kind", "scope_id"),
    [(ScopeKind.PORTFOLIO, PORTFOLIO), (ScopeKind.SITE, SITE), (ScopeKind.ASSET, ROOF)],
)
def test_a_grant_holds_for_everything_below_its_node_and_nothing_beside(
    kind: ScopeKind, scope_id: UUID
) -> None:
    manager = actor(Grant(role=Role.ENERGY_MANAGER, scope_kind=kind, scope_id=scope_id))
    assert allowed(manager, Action.CORRECT_READINGS, PATH)
    assert not allowed(manager, Action.CORRECT_READINGS, (TENANT, UUID(int=98), UUID(int=99)))
    assert not allowed(manager, Action.CORRECT_READINGS, (TENANT,))


def test_a_grant_says_nothing_of_another_tenant() -> None:
    boss = actor(Grant(role=Role.ADMINISTRATOR))
    assert not allowed(boss, Action.VIEW, (TENANT + 1, SITE))
    assert not allowed(boss, Action.VIEW, ())


def test_an_id_that_is_a_number_of_a_tenant_is_no_scope() -> None:
    odd = actor(Grant(role=Role.FACILITIES, scope_kind=ScopeKind.SITE, scope_id=SITE))
    assert not allowed(odd, Action.VIEW, (TENANT, TENANT))


def test_grants_add_up() -> None:
    both = actor(
        Grant(role=Role.EXECUTIVE),
        Grant(role=Role.ENERGY_MANAGER, scope_kind=ScopeKind.SITE, scope_id=SITE),
    )
    assert allowed(both, Action.CORRECT_READINGS, PATH)
    assert allowed(both, Action.VIEW, (TENANT, UUID(int=99)))
    assert not allowed(both, Action.CORRECT_READINGS, (TENANT, UUID(int=99)))


def test_a_key_may_what_its_scopes_say_whatever_its_role_says() -> None:
    sender = actor(Grant(role=Role.DEVICE), key_scopes=frozenset({KeyScope.INGEST}))
    assert allowed(sender, Action.SEND_READINGS, PATH)
    assert not allowed(sender, Action.VIEW, PATH)
    promoted = replace(sender, grants=(Grant(role=Role.ADMINISTRATOR),))
    assert not allowed(promoted, Action.MANAGE_PEOPLE, PATH)


def test_a_device_without_a_key_may_nothing() -> None:
    assert not any(allowed(actor(Grant(role=Role.DEVICE)), action, PATH) for action in Action)


def test_reach_is_what_lists_are_cut_down_to() -> None:
    site_manager = actor(
        Grant(role=Role.ENERGY_MANAGER, scope_kind=ScopeKind.SITE, scope_id=SITE),
        Grant(role=Role.EXECUTIVE, scope_kind=ScopeKind.PORTFOLIO, scope_id=PORTFOLIO),
    )
    assert reach(site_manager, Action.VIEW) == Reach(
        sites=frozenset({SITE}), portfolios=frozenset({PORTFOLIO})
    )
    assert reach(site_manager, Action.CORRECT_READINGS) == Reach(sites=frozenset({SITE}))
    assert reach(site_manager, Action.MANAGE_PEOPLE).is_nowhere
    assert reach(actor(Grant(role=Role.ADMINISTRATOR)), Action.VIEW).is_everywhere
