"""What every door shares: built once in `main.py`, read from `request.app.state.context`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from starlette.requests import HTTPConnection

from aegrid_energy.api.limits import Limiter
from aegrid_energy.api.trusted_proxies import Network
from aegrid_energy.storage.pool import Pool
from aegrid_energy.workflows.plan_sites import SitePlans
from aegrid_energy.workflows.plan_uses import UsePlans
from aegrid_energy.workflows.see_normal import NormalBands


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Shared state of the doors.

    Args:
        pool: Connections as the app role.
        now: The clock; nothing behind the doors reads another.
        pepper: Key of the HMAC over API-key secrets; kept outside the database.
        allowed_origins: Origins that are ours, like `https://energy.example.org`; the hosts that this
            server answers to follow from them.
        is_tls: Whether browsers reach us by TLS (our own, or that of a proxy).
        demo: Whether the demonstration's ways of signing in exist.
        limiter: Rates and socket counts of this process.
        plans: Which series make up the sites of tenants, kept until a register changes.
        uses: What has counted at the sites of tenants at any time, kept likewise.
        bands: What is usual at the sites of tenants on a day, kept for an hour.
        disk: Folder whose disk must have room for readings; None: the database is elsewhere.
        trusted_proxies: Whose forwarding headers are believed.
    """

    pool: Pool
    now: Callable[[], datetime]
    pepper: bytes
    allowed_origins: frozenset[str]
    is_tls: bool
    demo: bool
    limiter: Limiter
    plans: SitePlans = field(default_factory=SitePlans)
    uses: UsePlans = field(default_factory=UsePlans)
    bands: NormalBands = field(default_factory=NormalBands)
    disk: Path | None = None
    trusted_proxies: tuple[Network, ...] = ()


def context_of(connection: HTTPConnection) -> Context:
    """The context of the app that answers."""
    context = connection.app.state.context
    if not isinstance(context, Context):
        raise TypeError("the app was built without a context")
    return context
