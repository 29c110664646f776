"""Load an upload exactly as it was shown and confirmed; run again after a kill, it adds nothing twice.

Sites and meters are made by the ids in the plan, each file is one import by the id in the plan, and an
import that is there is not made again.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from aegrid_energy.domain.errors import ConflictError, NotFoundError
from aegrid_energy.domain.series import Carrier
from aegrid_energy.ingestion.parsed import ParsedFile, Register
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.imports import Import, find_import
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.record import write_record
from aegrid_energy.storage.staged_uploads import (
    RememberedMapping,
    StagedUpload,
    content_of,
    end_upload,
    find_staged,
    remember_mapping,
)
from aegrid_energy.storage.upload_targets import make_new_meter, make_new_point, make_site
from aegrid_energy.workflows.load_readings import File, Target, load_readings
from aegrid_energy.workflows.plan_upload import new_meter_of, new_point_of, new_site_of
from aegrid_energy.workflows.propose_upload import keyed, read_upload
from aegrid_energy.workflows.run_jobs import Work

Facts = dict[str, Any]


async def load_confirmed(work: Work) -> Facts:
    """Make what is new, load every confirmed register, and remember how tables were understood.

    Returns:
        `imports`: id and counters of each file's import.

    Raises:
        NotFoundError: `upload_gone`.
        ConflictError: `upload_reads_differently`: the file no longer reads as it was shown.
    """
    upload_id = UUID(work.job.args["upload_id"])
    async with transaction(work.pool, work.tenant_no) as conn:
        upload = await find_staged(conn, upload_id)
        content = await content_of(conn, upload_id)
    if upload is None or upload.plan is None:
        raise NotFoundError("upload_gone")
    plan = upload.plan
    if content is not None:
        await _load(work, upload, plan, content)
    async with transaction(work.pool, work.tenant_no) as conn:
        made = [await find_import(conn, UUID(import_id)) for import_id in plan["imports"].values()]
    return {
        "upload_id": str(upload_id),
        "imports": [_told(one) for one in made if one is not None],
        "sites": [site["id"] for site in plan["sites"]],
        "meters": [meter["id"] for meter in plan["meters"]],
        "points": [point["id"] for point in plan["points"]],
    }


async def _load(work: Work, upload: StagedUpload, plan: Facts, content: bytes) -> None:
    steps = len(plan["imports"]) + 1
    await work.progress("reading", 0, steps)
    parsed = await read_upload(content, upload.name, plan["used"], plan["read_at_ms"])
    files = _as_confirmed(parsed, plan)
    now, actor = work.now(), work.job.created_by
    async with transaction(work.pool, work.tenant_no) as conn:
        await _make_new(conn, plan, actor=actor, now=now, upload_id=upload.id)
    for n, one in enumerate(files, start=1):
        await work.progress("storing", n, steps)
        import_id = UUID(plan["imports"][one.file])
        async with transaction(work.pool, work.tenant_no) as conn:
            if await find_import(conn, import_id) is not None:
                continue
        await load_readings(
            work.pool,
            work.tenant_no,
            [one],
            file=_file_of(one.file, upload, plan),
            target=Target(),
            kind="file",
            actor=actor,
            now=now,
            import_id=import_id,
        )
    async with transaction(work.pool, work.tenant_no) as conn:
        for mapping in plan["mappings"]:
            remembered = RememberedMapping(
                shape=bytes.fromhex(mapping["shape"]), choices=mapping["choices"], confirmed_at=now
            )
            await remember_mapping(conn, remembered, actor=actor)
        await end_upload(conn, upload.id, state="loaded")


def _file_of(name: str, upload: StagedUpload, plan: Facts) -> File:
    """A file by what it holds itself, so that it is known again when it comes in other company."""
    known = plan.get("prints", {}).get(name)
    if known is None:
        return File(name=name, sha256=upload.sha256, size_bytes=upload.size_bytes)
    return File(name=name, sha256=bytes.fromhex(known[0]), size_bytes=known[1])


def _as_confirmed(parsed: Sequence[ParsedFile], plan: Facts) -> list[ParsedFile]:
    """The files with the registers that were confirmed, each under the id of what it goes to."""
    registers = keyed(parsed)
    kept: dict[int, list[Register]] = {}
    place = {id(one): n for n, one in enumerate(parsed)}
    for key, target in plan["targets"].items():
        one, register = registers.get(key, (None, None))
        if one is None or register is None or _counted(register) != plan["shown"][key]:
            raise ConflictError("upload_reads_differently", key=key)
        owned = replace(register, meter=target["id"], carrier=Carrier(target["carrier"]))
        kept.setdefault(place[id(one)], []).append(owned)
    return [replace(one, registers=tuple(kept[n])) for n, one in enumerate(parsed) if n in kept]


def _counted(register: Register) -> list[object]:
    readings = register.readings
    return [int(readings.valid.sum()), format(readings.total, "f")]


async def _make_new(conn: Connection, plan: Facts, *, actor: str, now: datetime, upload_id: UUID) -> None:
    """Sites, meters and points of the plan; those that an earlier run made stay as they are."""
    for facts in plan["sites"]:
        await make_site(conn, new_site_of(facts))
    for facts in plan["meters"]:
        await make_new_meter(conn, new_meter_of(facts))
    for facts in plan["points"]:
        await make_new_point(conn, new_point_of(facts))
    counts = {name: len(plan[name]) for name in ("sites", "meters", "points")}
    await write_record(
        conn,
        now=now,
        actor=actor,
        action="upload_loaded",
        object_kind="upload",
        object_id=upload_id,
        detail=counts,
    )


def _told(one: Import) -> Facts:
    return {
        "import_id": str(one.id),
        "file": one.file_name,
        "status": one.status,
        "added": one.added,
        "changed": one.changed,
        "unchanged": one.unchanged,
        "outranked": one.outranked,
        "refused": one.refused,
    }
