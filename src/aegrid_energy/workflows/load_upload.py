"""Load a file that was sent and answered with a job; running it again changes nothing."""

from typing import Any
from uuid import UUID

from aegrid_energy.domain.errors import NotFoundError
from aegrid_energy.domain.zones import ms_of
from aegrid_energy.ingestion.choices import Choices
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.retention import oldest_kept_ms
from aegrid_energy.storage.uploads import drop_upload, find_upload
from aegrid_energy.workflows.load_readings import File, Target, load_readings
from aegrid_energy.workflows.parse_upload import parse_upload
from aegrid_energy.workflows.run_jobs import Work


async def load_upload(work: Work) -> dict[str, Any]:
    """Read and store the file of a job.

    Raises:
        NotFoundError: `upload_not_found`: it was loaded already.
    """
    args = work.job.args
    upload_id = UUID(args["upload_id"])
    now = work.now()
    async with transaction(work.pool, work.tenant_no) as conn:
        upload = await find_upload(conn, upload_id)
        oldest_ms = await oldest_kept_ms(conn, now=now)
    if upload is None:
        raise NotFoundError("upload_not_found")
    await work.progress("reading", 0, 2)
    choices = Choices(
        now_ms=ms_of(now),
        oldest_ms=oldest_ms,
        zone=args.get("zone", ""),
        unit=args.get("unit", ""),
        meter=args.get("meter", ""),
        accept_proposed=bool(args.get("accept_proposed")),
    )
    parsed = await parse_upload(upload.content, upload.name, choices)
    await work.progress("storing", 1, 2)
    site = UUID(args["site"]) if args.get("site") else None
    report = await load_readings(
        work.pool,
        work.tenant_no,
        parsed,
        file=File(name=upload.name, sha256=upload.sha256, size_bytes=len(upload.content)),
        target=Target(makes_missing=site is not None, site_of=lambda _: site),
        kind="file",
        actor=work.job.created_by,
        now=now,
    )
    async with transaction(work.pool, work.tenant_no) as conn:
        await drop_upload(conn, upload_id)
    return {
        "import_id": str(report.import_id),
        "status": report.status,
        "added": report.added,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "problems": len(report.problems),
    }
