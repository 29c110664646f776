"""How fast files and messages are read and stored: NEM12, CSV, Parquet, and a year by HTTP."""

import asyncio
import io
import json
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from aegrid_energy.bench._scratch import Scratch, Tenant, cpu_s, make_tenant, scratch, served
from aegrid_energy.domain.zones import ms_of
from aegrid_energy.ingestion.choices import Choices
from aegrid_energy.ingestion.parsed import ParsedFile
from aegrid_energy.ingestion.read_file import read_file
from aegrid_energy.main import clock
from aegrid_energy.workflows.load_readings import File, Target, load_readings
from aegrid_energy.workflows.parse_upload import parse_upload

_START: Final = datetime(2024, 1, 1, tzinfo=UTC)
_DAYS: Final = 365
_SLOTS: Final = 288
_QUARTERS: Final = 35_040
#: FlexMeasures 1.0.1, a year of quarter hours by its own HTTP API: first time, and sent again.
_FLEXMEASURES: Final = "FlexMeasures 1.0.1: 1.2 CPU-s first, more than 300 s again"


def run(*, full: bool = False) -> dict[str, float]:
    """Measure and print.

    Args:
        full: Ten times the intervals and rows.

    Returns:
        Figure -> value; the name carries the unit.
    """
    meters, rows = (100, 5_000_000) if full else (10, 500_000)
    figures = _decoding(meters, rows)
    with scratch() as place:
        figures |= asyncio.run(_storing(place, nem12(meters), meters * _DAYS * _SLOTS))
        with served(place) as pid:
            figures |= asyncio.run(_posting(place, pid))
    return figures


def nem12(meters: int) -> bytes:
    """A year of 5 minutes of so many meters as a NEM12 file."""
    random = np.random.default_rng(1)
    lines = ["100,NEM12,202501020000,MDP,RETAILER"]
    for meter in range(meters):
        lines.append(f"200,NBENCH{meter:04},E1,E1,E1,N1,S{meter:06},KWH,5,20250201")
        for day in range(_DAYS):
            values = ",".join(f"{value:.3f}" for value in random.gamma(2, 1, _SLOTS).tolist())
            lines.append(f"300,{_START + timedelta(days=day):%Y%m%d},{values},A,,,20250102000000,")
    lines.append("900")
    return "\r\n".join(lines).encode()


def _choices() -> Choices:
    return Choices(now_ms=ms_of(clock()), zone="UTC", accept_proposed=True)


def _columns(rows: int) -> tuple[np.ndarray[Any, np.dtype[np.datetime64]], np.ndarray[Any, Any]]:
    times = np.datetime64(_START.replace(tzinfo=None), "s") + np.arange(rows) * np.timedelta64(60, "s")
    return times, np.round(np.random.default_rng(2).gamma(2, 1, rows), 3)


def _csv(rows: int) -> bytes:
    times, values = _columns(rows)
    spelled = np.datetime_as_string(times, unit="s").tolist()
    lines = [f"{at}Z,{value}" for at, value in zip(spelled, values.tolist(), strict=True)]
    return "\n".join(["time_utc,town_hall_kwh", *lines]).encode()


def _parquet(rows: int) -> bytes:
    times, values = _columns(rows)
    table = pa.table({"time_utc": pa.array(times, pa.timestamp("s", "UTC")), "town_hall_kwh": values})
    sink = io.BytesIO()
    parquet.write_table(table, sink)
    return sink.getvalue()


def _decoding(meters: int, rows: int) -> dict[str, float]:
    figures: dict[str, float] = {}

    def timed(name: str, unit: str, count: int, data: bytes, file: str) -> float:
        seconds, found = _best(lambda: read_file(data, file, _choices()))
        read = sum(len(register.readings) for one in found for register in one.registers)
        if read != count:
            raise AssertionError(f"{file}: {read:,} of {count:,} were read")
        figures[name] = count / seconds
        print(f"{file:24} {count:>10,} {unit} read in {seconds:6.2f} s: {count / seconds:>12,.0f} {unit}/s")
        return seconds

    timed("nem12_intervals_per_s", "intervals", meters * _DAYS * _SLOTS, nem12(meters), "meters.nem12.csv")
    figures["nem12_year_of_5_min_s"] = timed(
        "nem12_one_meter_intervals_per_s", "intervals", _DAYS * _SLOTS, nem12(1), "one-year.nem12.csv"
    )
    timed("csv_rows_per_s", "rows", rows, _csv(rows), "rows.csv")
    timed("parquet_rows_per_s", "rows", rows, _parquet(rows), "rows.parquet")
    return figures


def _best(how: Callable[[], list[ParsedFile]], times: int = 3) -> tuple[float, list[ParsedFile]]:
    """The shortest of some runs, in seconds: what the machine can, not what else it was doing."""
    best, found = float("inf"), list[ParsedFile]()
    for _ in range(times):
        began = time.perf_counter()
        found = how()
        best = min(best, time.perf_counter() - began)
    return best, found


async def _storing(place: Scratch, data: bytes, count: int) -> dict[str, float]:
    """From the bytes of a file to the commit: child process, checks, blocks, day sums."""
    async with place.pool() as pool:
        tenant = await make_tenant(pool, "files", [])
        seconds: list[float] = []
        for added in (count, 0):
            began = time.perf_counter()
            parsed = await parse_upload(data, "meters.nem12.csv", _choices())
            report = await load_readings(
                pool,
                tenant.tenant_no,
                parsed,
                file=File(name="meters.nem12.csv", size_bytes=len(data)),
                target=Target(makes_missing=True),
                kind="file",
                actor="bench",
                now=clock(),
            )
            seconds.append(time.perf_counter() - began)
            if report.added != added:
                raise AssertionError(f"{report.added:,} of {added:,} were added: {report.problems[:3]}")
    first, again = seconds
    for name, taken in (("first", first), ("again", again)):
        rate = f"{count / taken:>12,.0f} intervals/s"
        print(f"file to commit, {name:8} {count:>10,} intervals in {taken:6.2f} s: {rate}")
    return {"stored_intervals_per_s": count / first, "stored_again_intervals_per_s": count / again}


async def _posting(place: Scratch, pid: int) -> dict[str, float]:
    """Ten meters, a year each: processor time is told in hundredths of a second."""
    meters = [f"year {number}" for number in range(10)]
    async with place.pool() as pool:
        tenant = await make_tenant(pool, "posting", ["warm", *meters])
    await asyncio.to_thread(_post, place, tenant, "warm", 96)
    figures: dict[str, float] = {}
    for name, added in (("first", _QUARTERS), ("again", 0)):
        cpu, walls = cpu_s(pid) + place.database_cpu_s(), list[float]()
        for meter in meters:
            began = time.perf_counter()
            answer = await asyncio.to_thread(_post, place, tenant, meter, _QUARTERS)
            walls.append(time.perf_counter() - began)
            if answer["added"] != added:
                raise AssertionError(f"{answer['added']:,} of {added:,} were added")
        used, wall = (cpu_s(pid) + place.database_cpu_s() - cpu) / len(meters), float(np.median(walls))
        figures[f"year_of_15_min_{name}_cpu_s"], figures[f"year_of_15_min_{name}_wall_s"] = used, wall
        print(f"year of 15 min by HTTP, {name}: {used:.3f} CPU-s (server and database), {wall:.3f} s")
    print(f"  beside it {_FLEXMEASURES}")
    return figures


def _post(place: Scratch, tenant: Tenant, meter: str, count: int) -> dict[str, Any]:
    values = [slot % 97 / 8 for slot in range(count)]
    body = {"meter": meter, "start": _START.isoformat(), "step_s": 900, "unit": "kWh", "values": values}
    request = urllib.request.Request(  # noqa: S310  an address of our own
        f"{place.origin}/api/energy/consumption",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {tenant.key}"},
    )
    with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310
        return json.loads(answer.read())
