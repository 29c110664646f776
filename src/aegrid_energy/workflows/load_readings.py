"""Load what a file or message holds: find the meters, keep the readings, say what became of each.

One load is one transaction: it is there whole, or not at all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from uuid import UUID

import numpy as np

from aegrid_energy.domain.errors import RefusedError
from aegrid_energy.domain.ids import new_id
from aegrid_energy.domain.problems import Problem
from aegrid_energy.domain.sentences import sentence
from aegrid_energy.domain.series import AMOUNTS, CARRIER_OF, Carrier, Kind, Rhythm
from aegrid_energy.ingestion.multipliers import multiplied as times_ratios
from aegrid_energy.ingestion.parsed import ParsedFile, Register
from aegrid_energy.storage.announce import announce_readings
from aegrid_energy.storage.block_plan import Sent
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.imports import describe_import, finish_import
from aegrid_energy.storage.owners import (
    Owner,
    find_meter_owner,
    find_point_owner,
    make_meter,
    make_point,
)
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.readings_store import store
from aegrid_energy.storage.retention import kept_from
from aegrid_energy.storage.series import SeriesKey, find_or_create
from aegrid_energy.storage.sources import Outcome, SourceKey, open_import, open_sources
from aegrid_energy.storage.validity import settle_validity
from aegrid_energy.workflows.apply_multiplier import ratios_in_force
from aegrid_energy.workflows.derive_intervals import derive_intervals
from aegrid_energy.workflows.refuse_times import without_wrong_times
from aegrid_energy.workflows.try_again import try_again

_MARKET: Final = frozenset({"NEM12", "NEM13", "nem12", "nem13"})
#: Readings at an instant, whichever way they hold.
_GAUGED: Final = frozenset({Kind.INSTANT, Kind.STATE, Kind.SETPOINT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where readings go.

    Args:
        makes_missing: Make meters and points that are not in the register yet; else they are refused.
        site_of: Site in which a missing meter of this name is made; None: it is not placed.
        zone: Zone of local days where the meter stands in no site.
        meter_id: Everything belongs to this meter, whatever the file calls it.
    """

    makes_missing: bool = False
    site_of: Callable[[str], UUID | None] = field(default=lambda _: None)
    zone: str = "UTC"
    meter_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """What was sent: its name, hash and size."""

    name: str
    sha256: bytes | None = None
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    """What became of a load."""

    import_id: UUID
    status: str
    added: int
    changed: int
    unchanged: int
    outranked: int
    problems: tuple[Problem, ...]
    outcomes: dict[int, Outcome]


async def load_readings(
    pool: Pool,
    tenant_no: int,
    parsed: Sequence[ParsedFile],
    *,
    file: File,
    target: Target,
    kind: str,
    actor: str,
    now: datetime,
    provider: str = "",
    import_id: UUID | None = None,
) -> LoadReport:
    """Store everything that was read of one file or message.

    Args:
        pool: As the app role.
        tenant_no: Whose.
        parsed: What was read; refusals among its problems are kept with the import.
        file: What was sent.
        target: Where it goes.
        kind: "file", "api" or "live".
        actor: Who sends it.
        now: Time of receipt.
        provider: Who says the readings; by default the market's data for NEM12 and NEM13, else files.
        import_id: Id of the import, where the caller chose it to know afterwards whether it was made.

    Raises:
        ConflictError: Somebody else kept changing the same readings.
        UnavailableError: The database is away; nothing was stored.
    """
    import_id = import_id or new_id(now)

    async def attempt() -> LoadReport:
        async with transaction(pool, tenant_no) as conn:
            return await _load(
                conn, tenant_no, parsed, import_id=import_id, file=file, target=target, kind=kind,
                actor=actor, now=now, provider=provider,
            )  # fmt: skip

    return await try_again(attempt)


async def _load(
    conn: Connection,
    tenant_no: int,
    parsed: Sequence[ParsedFile],
    *,
    import_id: UUID,
    file: File,
    target: Target,
    kind: str,
    actor: str,
    now: datetime,
    provider: str,
) -> LoadReport:
    await open_import(conn, import_id, kind=kind, actor=actor, file_name=file.name)
    formats = ", ".join(dict.fromkeys(one.format for one in parsed))
    await describe_import(
        conn, import_id, sha256=file.sha256, size_bytes=file.size_bytes, format_name=formats
    )
    keep_from = await kept_from(conn, now=now)
    parsed = [without_wrong_times(one, now=now, keep_from=keep_from) for one in parsed]
    problems = [problem for one in parsed for problem in one.problems]
    sent: dict[int, Sent] = {}
    early: dict[int, Outcome] = {}
    for one in parsed:
        says = provider or ("market" if one.format in _MARKET else "files")
        source = SourceKey(
            import_id=import_id, provider=says, kind=kind, actor=actor, file=one.file, sha256=file.sha256
        )
        for given in one.registers:
            owner = await owner_of(conn, given, target, is_nmi=one.format in _MARKET, now=now)
            if owner is None or owner.is_virtual:
                problems.append(homeless(one, given, is_virtual=owner is not None))
                continue
            try:
                register = await multiplied(conn, tenant_no, owner, given, now=now)
            except RefusedError as error:
                problems.append(unfollowed(one, given, error))
                continue
            number = (await find_or_create(conn, [series_key(register, owner, target, kind)]))[0]
            part = Sent(
                series_no=number, readings=register.readings, source_no=await _sources(conn, source, register)
            )
            if number in sent:
                # The same register in two members of one archive: the later is stored by itself, on top.
                (before,) = (await store(conn, [sent.pop(number)], import_id=import_id)).values()
                early[number] = early[number] + before if number in early else before
            sent[number] = part
    outcomes = await store(conn, list(sent.values()), import_id=import_id) if sent else {}
    outcomes = {n: early[n] + outcome if n in early else outcome for n, outcome in outcomes.items()}
    derived = await derive_intervals(conn, outcomes, import_id=import_id)
    await settle_validity(conn, [*outcomes, *derived.outcomes])
    problems += derived.problems
    refusals = sum(bool(problem.refused) for problem in problems)
    status = "done" if not refusals else "partial" if outcomes else "refused"
    await finish_import(conn, import_id, status=status, problems=problems, now=now)
    await announce_readings(conn, tenant_no, {**outcomes, **derived.outcomes})
    return LoadReport(
        import_id=import_id,
        status=status,
        added=sum(o.added for o in outcomes.values()),
        changed=sum(o.changed for o in outcomes.values()),
        unchanged=sum(o.unchanged for o in outcomes.values()),
        outranked=sum(o.outranked for o in outcomes.values()),
        problems=tuple(problems),
        outcomes=outcomes,
    )


async def owner_of(
    conn: Connection, register: Register, target: Target, *, is_nmi: bool, now: datetime
) -> Owner | None:
    """The meter or point that readings belong to; None where the register has none and none is made."""
    carrier = register.carrier
    is_metered = register.quantity in AMOUNTS
    if carrier is Carrier.OTHER and is_metered:
        carrier = CARRIER_OF[register.quantity]
    name = register.meter
    found = await find_meter_owner(conn, str(target.meter_id) if target.meter_id else name, carrier)
    if found is None and not is_metered:
        found = await find_point_owner(conn, name, register.quantity)
    if found is not None or not target.makes_missing:
        return found
    site_id = target.site_of(name)
    if is_metered or site_id is None:
        await make_meter(conn, name, carrier, is_nmi=is_nmi, serial=register.serial, site_id=site_id, now=now)
        return await find_meter_owner(conn, name, carrier)
    await make_point(conn, name, register.quantity, register.unit, register.kind, asset_id=site_id, now=now)
    return await find_point_owner(conn, name, register.quantity)


def series_key(register: Register, owner: Owner, target: Target, kind: str) -> SeriesKey:
    """The series that readings of an owner go to."""
    readings = register.readings
    phase_s = int(readings.start_ms[0] // 1000) % readings.step_s if readings.step_s and len(readings) else 0
    return SeriesKey(
        meter_id=owner.meter_id,
        point_id=owner.point_id,
        register=register.register,
        quantity=register.quantity,
        direction=register.direction,
        kind=_kind_of(register, owner),
        step_s=readings.step_s,
        phase_s=phase_s,
        zone=owner.timezone or target.zone,
        rhythm=Rhythm.LIVE if kind == "live" else Rhythm(owner.rhythm),
    )


def _kind_of(register: Register, owner: Owner) -> Kind:
    """How readings are meant: a column of temperatures cannot say that it is a setpoint; the point can."""
    if register.kind in _GAUGED and owner.kind is not None and (own := Kind(owner.kind)) in _GAUGED:
        return own
    return register.kind


async def _sources(
    conn: Connection, source: SourceKey, register: Register
) -> "int | np.ndarray[tuple[int], np.dtype[np.int32]]":
    """The source of each reading: one for each time of update that the sender told."""
    if register.update_ms is None:
        return (await open_sources(conn, [source]))[0]
    told, position = np.unique(register.update_ms, return_inverse=True)
    numbers = await open_sources(conn, [replace(source, update_ms=int(ms)) for ms in told])
    if len(numbers) == 1:
        return numbers[0]
    return np.array(numbers, dtype=np.int32)[position]


async def multiplied(
    conn: Connection, tenant_no: int, owner: Owner, register: Register, *, now: datetime
) -> Register:
    """Readings times the ratio of the transformers that stood in front of the meter at their time.

    Raises:
        RefusedError: The ratio was changed, and what is stored of the meter cannot follow.
    """
    if owner.meter_id is None or register.kind is Kind.INSTANT:
        return register
    ratios = await ratios_in_force(conn, tenant_no, owner.meter_id, now=now)
    if not ratios:
        return register
    said = register.readings
    return replace(register, readings=replace(said, micro=times_ratios(said.start_ms, said.micro, ratios)))


def unfollowed(one: ParsedFile, register: Register, error: RefusedError) -> Problem:
    """The refusal of readings whose meter has a new ratio that its older readings cannot follow."""
    return Problem(
        file=one.file,
        line=0,
        column=0,
        code=error.code,
        text=f"{register.meter}: {sentence(error.code, error.params)}",
        refused=f"{register.meter} {register.register}, all {len(register.readings):,} readings",
    )


def homeless(one: ParsedFile, register: Register, *, is_virtual: bool) -> Problem:
    """The refusal of readings that belong nowhere."""
    count = len(register.readings)
    return Problem(
        file=one.file,
        line=0,
        column=0,
        code="meter_is_virtual" if is_virtual else "meter_unknown",
        text=(
            f"{register.meter} is a virtual meter; its readings are computed, never loaded."
            if is_virtual
            else f"No meter {register.meter} ({register.carrier.value}) is in the register. "
            "Add it there, or load with a site to make it in."
        ),
        refused=f"{register.meter} {register.register}, all {count:,} readings",
    )
