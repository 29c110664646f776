"""The demonstration's organisation can go again, with one act."""

from typing import Annotated

from fastapi import APIRouter, Query

from aegrid_energy.api.errors import DECLARED
from aegrid_energy.api.policy import AskingContext, AskingPermit
from aegrid_energy.api.types import Answer, Name
from aegrid_energy.storage.demo_removal import remove_demo
from aegrid_energy.storage.pool import transaction

router = APIRouter(tags=["demonstration"], responses=DECLARED)


class RemovedDemonstration(Answer):
    """How much went."""

    sites: int
    meters: int
    series: int
    #: Members; the demonstration's own people are gone, others may belong elsewhere.
    accounts: int


@router.delete("/api/energy/demonstration")
async def delete_demonstration(
    permit: AskingPermit, context: AskingContext, name: Annotated[Name, Query()]
) -> RemovedDemonstration:
    """Remove the organisation with all of its data, if it is a demonstration; `name` confirms which.

    It cannot be taken back; `aegrid-energy demo` makes a new one.
    """
    actor = permit.actor
    async with transaction(context.pool, actor.tenant_no) as conn:
        gone = await remove_demo(conn, name=name, now=context.now(), actor=actor.name)
    return RemovedDemonstration.model_validate(gone)
