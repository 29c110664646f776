"""What a person decided about an upload, checked against what was shown, as a plan that a job carries out.

The ids of everything that the load makes stand in the plan: a load that was killed makes them once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from aegrid_energy.domain.errors import InvalidError, NotFoundError
from aegrid_energy.domain.ids import new_id
from aegrid_energy.domain.series import AMOUNTS, Carrier, Kind, Quantity
from aegrid_energy.domain.zones import zone_rules
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.upload_targets import (
    NewMeter,
    NewPoint,
    NewSite,
    meters_of,
    nmi_of,
    points_of,
    taken_site_keys,
)

Facts = dict[str, Any]

_LISTED: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What becomes of one register.

    Args:
        key: As in the proposal.
        action: "match", "create" or "skip".
        meter_id, point_id: What it matches.
        site_id, site_key: Where a new meter stands: a site that is there, or one of the new ones; neither:
            it is not placed yet.
        name: Name of the new meter, where it is not the file's.
    """

    key: str
    action: str
    meter_id: UUID | None = None
    point_id: UUID | None = None
    site_id: UUID | None = None
    site_key: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedSite:
    """A site to be made, by a key that decisions name."""

    key: str
    name: str
    timezone: str
    country: str = "AU"
    region: str = ""
    address: str = ""
    external_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """Everything that was decided about an upload.

    Args:
        accepted: File -> its questions that were answered with yes; a file that is not here is not confirmed.
        meters: One decision for every key of the proposal.
        new_sites: Sites that decisions name.
    """

    accepted: Mapping[str, tuple[str, ...]]
    meters: tuple[Decision, ...]
    new_sites: tuple[WantedSite, ...] = ()


@dataclass(slots=True, kw_only=True)
class _Draft:
    now: datetime
    sites: dict[str, NewSite] = field(default_factory=dict)
    meters: dict[tuple[str, str], NewMeter] = field(default_factory=dict)
    points: dict[tuple[str, str, str], NewPoint] = field(default_factory=dict)
    targets: dict[str, Facts] = field(default_factory=dict)


async def plan_upload(conn: Connection, proposal: Facts, decided: Decided, *, now: datetime) -> Facts:
    """The plan of a load: plain facts, kept with the upload.

    Args:
        conn: In the tenant.
        proposal: As it was shown.
        decided: What was decided about it.
        now: For the ids of what is made.

    Raises:
        InvalidError: Something is undecided, open, or cannot be.
        NotFoundError: A meter, point or site that is named is not there.
    """
    shown = {meter["key"]: (file, meter) for file in proposal["files"] for meter in file["meters"]}
    decisions = _decisions(shown, decided)
    taken = [decision for decision in decisions.values() if decision.action != "skip"]
    files = {shown[decision.key][0]["file"]: shown[decision.key][0] for decision in taken}
    for file in proposal["files"]:
        if file["file"] in files or file["file"] in decided.accepted:
            _refuse_open(file, decided.accepted.get(file["file"]))
    if not taken:
        raise InvalidError("nothing_to_load" if shown else "upload_without_proposal")
    draft = _Draft(now=now)
    await _plan_sites(conn, draft, decided, taken)
    await _plan_matches(conn, draft, [d for d in taken if d.action == "match"], shown)
    for decision in taken:
        if decision.action == "create":
            _plan_new(draft, decision, shown[decision.key][1])
    _refuse_twice(draft, shown)
    return {
        "read_at_ms": proposal["read_at_ms"],
        "used": proposal["used"],
        "imports": {name: str(new_id(now)) for name in files},
        "prints": {
            name: [file["sha256"], file["size_bytes"]] for name, file in files.items() if "sha256" in file
        },
        "shown": {key: [shown[key][1]["readings"], shown[key][1]["total"]] for key in draft.targets},
        "targets": draft.targets,
        "sites": [_plain(asdict(site)) for site in draft.sites.values()],
        "meters": [_plain(asdict(meter)) for meter in draft.meters.values()],
        "points": [_plain(asdict(point)) for point in draft.points.values()],
        "mappings": [_mapping(file, decided) for file in files.values() if file["shape"]],
    }


def new_site_of(facts: Facts) -> NewSite:
    """A site out of a plan."""
    known: Facts = {**facts, "id": UUID(facts["id"])}
    return NewSite(**known)


def new_meter_of(facts: Facts) -> NewMeter:
    """A meter out of a plan."""
    site_id = UUID(facts["site_id"]) if facts["site_id"] else None
    known: Facts = {
        **facts,
        "id": UUID(facts["id"]),
        "site_id": site_id,
        "carrier": Carrier(facts["carrier"]),
    }
    return NewMeter(**known)


def new_point_of(facts: Facts) -> NewPoint:
    """A point out of a plan."""
    known: Facts = {
        **facts,
        "id": UUID(facts["id"]),
        "site_id": UUID(facts["site_id"]),
        "quantity": Quantity(facts["quantity"]),
        "kind": Kind(facts["kind"]),
    }
    return NewPoint(**known)


def _plain(facts: Facts) -> Facts:
    return {name: str(value) if isinstance(value, UUID) else value for name, value in facts.items()}


def _mapping(file: Facts, decided: Decided) -> Facts:
    """What is remembered of a table: what was said, and what was proposed and confirmed."""
    table: Facts = file["proposal"]
    return {
        "shape": file["shape"],
        "choices": {
            **file["choices"],
            "zone": table["zone"],
            "layout": table["layout"],
            "accepted": list(decided.accepted.get(file["file"], ())),
        },
    }


def _decisions(shown: Mapping[str, tuple[Facts, Facts]], decided: Decided) -> dict[str, Decision]:
    found: dict[str, Decision] = {}
    for decision in decided.meters:
        if decision.key not in shown:
            raise InvalidError("meter_key_unknown", key=decision.key)
        if decision.key in found:
            raise InvalidError("meter_key_twice", key=decision.key)
        found[decision.key] = decision
    missing = [key for key in shown if key not in found]
    if missing:
        raise InvalidError("meter_key_undecided", keys=missing[:_LISTED], count=len(missing))
    return found


def _refuse_open(file: Facts, accepted: Sequence[str] | None) -> None:
    """Refuse a table of which something is open: a question without its yes, or nothing confirmed at all."""
    table: Facts | None = file["proposal"]
    if table is None:
        return
    told = table["questions"] if accepted is not None else [*table["questions"], *table["assumed"]]
    waiting = [text for text in told if text not in (accepted or ())]
    if waiting:
        raise InvalidError("file_has_questions", file=file["file"], questions=waiting)


async def _plan_sites(conn: Connection, draft: _Draft, decided: Decided, taken: Sequence[Decision]) -> None:
    used = {decision.site_key for decision in taken if decision.action == "create" and decision.site_key}
    for site in decided.new_sites:
        if site.key not in used:
            raise InvalidError("new_site_unused", key=site.key)
        zone_rules(site.timezone)
        draft.sites[site.key] = NewSite(
            id=new_id(draft.now),
            name=site.name,
            timezone=site.timezone,
            country=site.country,
            region=site.region,
            address=site.address,
            external_id=site.external_id,
        )
    for key in used - set(draft.sites):
        raise InvalidError("new_site_unknown", key=key)
    keys = [site.external_id for site in decided.new_sites if site.external_id]
    for key in await taken_site_keys(conn, keys) or [key for key in keys if keys.count(key) > 1]:
        raise InvalidError("site_key_taken", external_id=key)


async def _plan_matches(
    conn: Connection,
    draft: _Draft,
    decisions: Sequence[Decision],
    shown: Mapping[str, tuple[Facts, Facts]],
) -> None:
    meters = await meters_of(conn, {d.meter_id for d in decisions if d.meter_id is not None})
    points = await points_of(conn, {d.point_id for d in decisions if d.point_id is not None})
    for decision in decisions:
        _, facts = shown[decision.key]
        if decision.meter_id is not None:
            meter = meters.get(decision.meter_id)
            if meter is None:
                raise NotFoundError("not_found")
            if meter.is_virtual:
                raise InvalidError("meter_is_virtual", meter=meter.name)
            if facts["carrier"] not in {meter.carrier.value, Carrier.OTHER.value}:
                raise InvalidError(
                    "meter_of_other_carrier",
                    meter=facts["meter"],
                    carrier=facts["carrier"],
                    target=meter.name,
                    counts=meter.carrier.value,
                )
            draft.targets[decision.key] = {"id": str(meter.id), "carrier": meter.carrier.value}
        elif decision.point_id is not None:
            point = points.get(decision.point_id)
            if point is None:
                raise NotFoundError("not_found")
            if facts["quantity"] != point.quantity.value:
                raise InvalidError(
                    "point_of_other_quantity",
                    meter=facts["meter"],
                    quantity=facts["quantity"],
                    target=point.name,
                    gauges=point.quantity.value,
                )
            draft.targets[decision.key] = {"id": str(point.id), "carrier": facts["carrier"]}
        else:
            raise InvalidError("meter_target_missing", meter=facts["meter"])


def _plan_new(draft: _Draft, decision: Decision, facts: Facts) -> None:
    site_id = draft.sites[decision.site_key].id if decision.site_key else decision.site_id
    name = decision.name or facts["meter"]
    if Quantity(facts["quantity"]) in AMOUNTS:
        meter = draft.meters.setdefault(
            (facts["meter"], facts["carrier"]),
            NewMeter(
                id=new_id(draft.now),
                name=name,
                carrier=Carrier(facts["carrier"]),
                nmi=facts["meter"] if nmi_of(facts["meter"]) else None,
                serial=facts["serial"],
                site_id=site_id,
            ),
        )
        if meter.site_id != site_id:
            raise InvalidError("meter_in_two_sites", meter=facts["meter"])
        draft.targets[decision.key] = {"id": str(meter.id), "carrier": facts["carrier"]}
        return
    if site_id is None:
        raise InvalidError("point_needs_site", meter=facts["meter"], quantity=facts["quantity"])
    point = draft.points.setdefault(
        (facts["meter"], facts["quantity"], facts["register_name"]),
        NewPoint(
            id=new_id(draft.now),
            name=name,
            quantity=Quantity(facts["quantity"]),
            unit=facts["unit"],
            kind=Kind(facts["kind"]),
            site_id=site_id,
        ),
    )
    draft.targets[decision.key] = {"id": str(point.id), "carrier": facts["carrier"]}


def _refuse_twice(draft: _Draft, shown: Mapping[str, tuple[Facts, Facts]]) -> None:
    """Refuse two meters of one file that end in one register: the second would silently replace the first."""
    seen: dict[tuple[object, ...], str] = {}
    for key, target in draft.targets.items():
        file, facts = shown[key]
        place = (
            file["file"], target["id"], facts["register_name"], facts["quantity"], facts["direction"],
            facts["kind"], facts["step_s"],
        )  # fmt: skip
        other = seen.setdefault(place, facts["meter"])
        if other != facts["meter"]:
            raise InvalidError("same_series_twice", one=other, other=facts["meter"])
