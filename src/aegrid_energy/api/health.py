"""Whether the server lives, and whether it can serve."""

from fastapi import APIRouter

from aegrid_energy import __version__
from aegrid_energy.api.errors import DECLARED
from aegrid_energy.api.policy import AskingContext
from aegrid_energy.api.types import Answer
from aegrid_energy.storage.pool import transaction

router = APIRouter(tags=["health"], responses=DECLARED)


class HealthBody(Answer):
    """State of the server."""

    status: str
    version: str


@router.get("/api/energy/health/live")
async def live() -> HealthBody:
    """The process answers."""
    return HealthBody(status="live", version=__version__)


@router.get("/api/energy/health/ready")
async def ready(context: AskingContext) -> HealthBody:
    """The database answers too; 503 where it does not."""
    async with transaction(context.pool, None) as conn:
        await conn.execute("select 1")
    return HealthBody(status="ready", version=__version__)
