"""The frame of a page about one thing: what stands above it, what flows there, what its viewer may do."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from aegrid_energy.api.types import Answer
from aegrid_energy.domain.access import Action, Actor, NodePath, allowed
from aegrid_energy.domain.series import Carrier
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.trail import CarrierReach, assets_by_id


class AboveBody(Answer):
    """A site or asset above, that the caller may see."""

    id: UUID
    name: str
    is_site: bool


class CarrierBody(Answer):
    """A carrier, and its newest interval with a value: pages hang their periods on its end."""

    carrier: Carrier
    at: datetime | None
    end: datetime | None
    step_s: int | None


class FramedBody(Answer):
    """A thing with its frame."""

    #: From the site down to what it hangs on; what the caller may not see is left out.
    trail: list[AboveBody]
    #: Of the meters on it and below it.
    carriers: list[Carrier]
    #: One for each of `carriers`.
    newest: list[CarrierBody]
    #: What the caller may do to it.
    may: list[Action]


async def frame_of(
    conn: Connection, actor: Actor, path: NodePath, carriers: Sequence[CarrierReach], *, but: UUID
) -> dict[str, object]:
    """The parts of a `FramedBody`.

    Args:
        conn: In the tenant.
        actor: Who asks.
        path: From the tenant to the thing, or to what it hangs on.
        carriers: What flows there.
        but: The thing itself, which does not stand above itself.
    """
    above = [one for one in _visible(actor, path) if one != but]
    known = await assets_by_id(conn, above)
    return {
        "trail": [known[one] for one in dict.fromkeys(above) if one in known],
        "carriers": [one.carrier for one in carriers],
        "newest": list(carriers),
        "may": [action for action in Action if allowed(actor, action, path)],
    }


def _visible(actor: Actor, path: NodePath) -> Iterable[UUID]:
    for length, node in enumerate(path, start=1):
        if isinstance(node, UUID) and allowed(actor, Action.VIEW, path[:length]):
            yield node
