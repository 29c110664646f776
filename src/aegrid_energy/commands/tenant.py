"""Which organisation a command is about."""

from collections.abc import Sequence

from aegrid_energy.domain.errors import InvalidError, NotFoundError
from aegrid_energy.storage.memberships import TenantRow


def tenant_named(tenants: Sequence[TenantRow], slug: str) -> TenantRow:
    """The tenant with this slug; without one the only tenant, demonstrations aside.

    Raises:
        NotFoundError: `tenant_not_found`, or `no_tenant_yet`.
        InvalidError: `tenant_unclear`: there are several, name one.
    """
    known = ", ".join(tenant.slug for tenant in tenants) or "none"
    if slug:
        named = [tenant for tenant in tenants if tenant.slug == slug]
        if not named:
            raise NotFoundError("tenant_not_found", slug=slug, known=known)
        return named[0]
    real = [tenant for tenant in tenants if not tenant.is_demo] or list(tenants)
    if not real:
        raise NotFoundError("no_tenant_yet")
    if len(real) > 1:
        raise InvalidError("tenant_unclear", known=known)
    return real[0]
