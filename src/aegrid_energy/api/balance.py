"""Balance: measured = children + residual, as a table and as a flow picture."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from aegrid_energy.analytics.sankey import NodeKind
from aegrid_energy.api.errors import DECLARED
from aegrid_energy.api.policy import AskingContext, AskingPermit
from aegrid_energy.api.types import Answer, Moment
from aegrid_energy.domain.series import Carrier
from aegrid_energy.domain.spans import Span
from aegrid_energy.domain.zones import at_of, ms_of
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.scopes import path_of_asset
from aegrid_energy.workflows.see_balance import BalanceSlice, see_balance

router = APIRouter(tags=["balance"], responses=DECLARED)


class BalanceRow(Answer):
    """A meter that feeds others; null where it, or one of its children, is not known well enough."""

    meter_id: UUID
    name: str
    measured: float | None
    children: float | None
    exported: float
    returned: float
    residual: float | None
    residual_share: float | None
    unknown: list[UUID]
    is_tree_error: bool


class FlowNodeBody(Answer):
    """A node of the picture."""

    key: str
    kind: NodeKind
    meter_id: UUID
    name: str


class FlowLinkBody(Answer):
    """What flows from one node to another, in the unit of the answer."""

    source: str
    target: str
    value: float


class BalanceSliceBody(Answer):
    """A time in which the tree did not change; `coverage` is of each meter's readings.

    `backwards` are meters that counted below zero: wired the wrong way round, or fed from below. They make a
    residual too large, and a picture cannot show them.
    """

    start: datetime
    end: datetime
    rows: list[BalanceRow]
    nodes: list[FlowNodeBody]
    links: list[FlowLinkBody]
    coverage: dict[UUID, float]
    backwards: dict[UUID, float]


class BalanceBody(Answer):
    """The balance of an asset, one for each time between two changes of its tree; `names` of its meters."""

    asset_id: UUID
    carrier: Carrier
    unit: str
    zone: str
    names: dict[UUID, str]
    slices: list[BalanceSliceBody]


@router.get("/api/energy/balance/{asset_id}")
async def get_balance(
    asset_id: UUID,
    permit: AskingPermit,
    context: AskingContext,
    start: Annotated[Moment, Query(alias="from")],
    end: Annotated[Moment, Query(alias="to")],
    carrier: Carrier = Carrier.ELECTRICITY,
) -> BalanceBody:
    """Where the energy of an asset went, by what feeds its meters."""
    tenant_no, now = permit.actor.tenant_no, context.now()
    async with transaction(context.pool, tenant_no) as conn:
        permit.on(await path_of_asset(conn, tenant_no, asset_id, on=now.date()))
        answer = await see_balance(conn, asset_id, Span(ms_of(start), ms_of(end)), carrier=carrier, now=now)
    return BalanceBody(
        asset_id=asset_id,
        carrier=answer.carrier,
        unit=answer.unit,
        zone=answer.site.timezone,
        names=dict(answer.names),
        slices=[_slice(one, answer.names) for one in answer.slices],
    )


def _slice(one: BalanceSlice, names: Mapping[UUID, str]) -> BalanceSliceBody:
    return BalanceSliceBody(
        start=at_of(one.span.start_ms),
        end=at_of(one.span.end_ms),
        rows=[
            BalanceRow(
                meter_id=row.meter_id,
                name=names[row.meter_id],
                measured=_rounded(row.measured),
                children=_rounded(row.children),
                exported=round(row.returned[0], 6),
                returned=round(row.returned[1], 6),
                residual=_rounded(row.residual),
                residual_share=_rounded(row.residual_share),
                unknown=list(row.unknown),
                is_tree_error=row.is_tree_error,
            )
            for row in one.rows
        ],
        nodes=[FlowNodeBody.model_validate(node) for node in one.flow.nodes],
        links=[
            FlowLinkBody(source=link.source, target=link.target, value=round(link.value, 6))
            for link in one.flow.links
        ],
        coverage={meter: round(share, 4) for meter, share in one.coverage.items()},
        backwards={meter: round(taken, 6) for meter, taken in one.backwards.items()},
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
