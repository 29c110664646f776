"""Which meter or point of the register each register of a file means, and what is odd about its readings."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from aegrid_energy.domain.sentences import sentence
from aegrid_energy.domain.series import AMOUNTS, Carrier, Direction, Quantity
from aegrid_energy.ingestion.parsed import ParsedFile, Register
from aegrid_energy.ingestion.register_facts import RegisterFacts, facts_of, findings
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.upload_targets import (
    KnownMeter,
    KnownPoint,
    held_rates,
    meters_called,
    nmi_of,
    points_called,
)

Facts = dict[str, Any]

#: First characters of NMIs -> zone of the region that they are given out in (AEMO, NMI Allocation List).
_NMI_ZONES: Final = (
    ("20", "Australia/Adelaide"), ("3", "Australia/Brisbane"), ("4", "Australia/Sydney"),
    ("6", "Australia/Melbourne"), ("7", "Australia/Sydney"), ("80", "Australia/Hobart"),
    ("NEEE", "Australia/Sydney"), ("NGGG", "Australia/Sydney"), ("NCCC", "Australia/Sydney"),
    ("Q", "Australia/Brisbane"), ("S", "Australia/Adelaide"), ("T", "Australia/Hobart"),
    ("V", "Australia/Melbourne"), ("W", "Australia/Perth"),
)  # fmt: skip
_ENDING: Final = re.compile(
    r"(\.(csv|txt|tsv|xlsx|xlsm|parquet|pq|arrow|feather|xml|json|ndjson|zip|gz))+$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A register with what it amounts to and what it seems to be."""

    facts: RegisterFacts
    #: Zone of the local days it was looked at by; empty where nobody knows.
    zone: str
    target: Facts
    plausibility: list[Facts]


async def match_registers(
    conn: Connection,
    registers: Mapping[str, tuple[ParsedFile, Register]],
    zones: Mapping[str, str],
) -> dict[str, Match]:
    """Match the registers of an upload with meters and points.

    Args:
        conn: In the tenant.
        registers: By key.
        zones: Key -> zone that the file's times are in; empty where they say their own.
    """
    names = [register.meter for _, register in registers.values()]
    meters = await meters_called(conn, names)
    points = await points_called(conn, names)
    held = await held_rates(conn, [meter.id for meter in meters if not meter.is_virtual])
    rates = {(one.meter_id, one.quantity, one.direction): one.a_day for one in held}
    by_meter = _by_name(meters)
    fitting: dict[str, _Fit] = {}
    for key, (_, register) in registers.items():
        meter, how = _meter_of(
            register, by_meter.get(register.meter, []) + by_meter.get(nmi_of(register.meter), [])
        )
        point, point_how = (None, "") if meter else _point_of(register, points)
        zone = (meter.timezone if meter else point.timezone if point else "") or zones[key]
        target = _target(meter, how, point, point_how)
        fitting[key] = _Fit(register=register, zone=zone, meter=meter, target=target)

    def matched() -> dict[str, Match]:
        return {key: _checked(fit, rates) for key, fit in fitting.items()}

    return await asyncio.to_thread(matched)  # years of many meters take a while to look through


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fit:
    register: Register
    zone: str
    meter: KnownMeter | None
    target: Facts


def _checked(fit: _Fit, rates: Mapping[tuple[UUID, Quantity, Direction], float]) -> Match:
    facts = facts_of(fit.register, fit.zone)
    return Match(
        facts=facts,
        zone=fit.zone,
        target=fit.target,
        plausibility=_plausibility(fit.register, facts, fit.meter, rates),
    )


def _by_name(meters: Sequence[KnownMeter]) -> dict[str, list[KnownMeter]]:
    named: dict[str, list[KnownMeter]] = {}
    for meter in meters:
        nmi = meter.nmi or ""
        for name in {nmi, nmi_of(nmi), meter.external_id or "", meter.serial, meter.name} - {""}:
            named.setdefault(name, []).append(meter)
    return named


def _meter_of(register: Register, candidates: Sequence[KnownMeter]) -> tuple[KnownMeter | None, str]:
    """The meter by NMI, external id, serial or name, in this order; as a load finds it by itself."""
    name = register.meter
    best: tuple[int, KnownMeter | None, str] = (9, None, "none")
    for meter in candidates:
        if meter.is_virtual or (
            register.carrier is not Carrier.OTHER and meter.carrier is not register.carrier
        ):
            continue
        ways = (
            ("nmi", bool(meter.nmi) and (name == meter.nmi or nmi_of(name) == nmi_of(meter.nmi or "-"))),
            ("external_id", name == meter.external_id),
            ("serial", name == meter.serial),
            ("name", name == meter.name),
        )
        for rank, (how, fits) in enumerate(ways):
            if fits and rank < best[0] and (how != "nmi" or name == meter.nmi or nmi_of(name)):
                best = (rank, meter, how)
    return best[1], best[2]


def _point_of(register: Register, points: Sequence[KnownPoint]) -> tuple[KnownPoint | None, str]:
    if register.quantity in AMOUNTS:
        return None, ""
    name = register.meter
    for how in ("external_id", "address", "name"):
        for point in points:
            if point.quantity is register.quantity and getattr(point, how) == name:
                return point, how
    return None, ""


def _target(meter: KnownMeter | None, how: str, point: KnownPoint | None, point_how: str) -> Facts:
    one = meter or point
    return {
        "how": how if meter else point_how or "none",
        "meter_id": str(meter.id) if meter else None,
        "point_id": str(point.id) if point and not meter else None,
        "name": one.name if one else None,
        "site_id": str(one.site_id) if one and one.site_id else None,
        "site": one.site if one else None,
        "multiplier": float(meter.multiplier) if meter else 1.0,
    }


def _plausibility(
    register: Register,
    facts: RegisterFacts,
    meter: KnownMeter | None,
    rates: Mapping[tuple[UUID, Quantity, Direction], float],
) -> list[Facts]:
    held = rates.get((meter.id, register.quantity, register.direction)) if meter else None
    multiplier = float(meter.multiplier) if meter else 1.0
    return [
        {
            "code": one.code,
            "params": dict(one.params),
            "text": sentence(one.code, one.params),
            "is_doubt": one.is_doubt,
        }
        for one in findings(register, facts, held_a_day=held, multiplier=multiplier)
    ]


def proposed_sites(
    registers: Mapping[str, tuple[ParsedFile, Register]], matches: Mapping[str, Match], zones: Sequence[str]
) -> list[Facts]:
    """Sites for the registers that match nothing, for a person to change.

    Numbered meters (NMIs) of one file are taken for one site, called after the file; meters with names of
    their own are taken for a site each.
    """
    groups: dict[str, list[str]] = {}
    for key, (one, register) in registers.items():
        if matches[key].target["how"] != "none":
            continue
        is_numbered = bool(nmi_of(register.meter))
        groups.setdefault(_stem(one.file) if is_numbered else register.meter, []).append(key)
    sites: list[Facts] = []
    for n, (name, keys) in enumerate(groups.items()):
        one, register = registers[keys[0]]
        zone, reason = _site_zone(one, register, zones)
        sites.append({"key": f"site-{n}", "name": name, "timezone": zone, "reason": reason, "meters": keys})
    return sites


def _stem(file: str) -> str:
    name = file.rsplit("!", 1)[-1].replace("\\", "/").rsplit("/", 1)[-1]
    return _ENDING.sub("", name).strip()[:80] or "New site"


def _site_zone(one: ParsedFile, register: Register, zones: Sequence[str]) -> tuple[str | None, str]:
    if one.proposal is not None and "/" in one.proposal.zone:
        return one.proposal.zone, "The zone of the file's times."
    if nmi_of(register.meter):
        for prefix, zone in _NMI_ZONES:
            if register.meter.startswith(prefix):
                return zone, f"NMIs that begin with {prefix} are given out there."
    if zones:
        return zones[0], "The zone of most of your sites."
    return None, "Nothing says where it is."
