"""Published files through the whole way in, into the real database: what is read back is what the files say.

Every wanted sum is made from the raw files by a few naive lines that share nothing with the readers.
"""

import asyncio
import csv
import gzip
import io
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from pyarrow import parquet
from tests.real_data import data_dir

from aegrid_energy.domain.zones import ms_of
from aegrid_energy.ingestion.choices import Choices
from aegrid_energy.storage.memberships import found_tenant
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.readings import read_many
from aegrid_energy.storage.series import list_series
from aegrid_energy.workflows.load_folder import load_folder
from aegrid_energy.workflows.load_readings import File, LoadReport, Target, load_readings
from aegrid_energy.workflows.parse_upload import parse_upload

pytestmark = [pytest.mark.real_data, pytest.mark.slow]

NOW = datetime(2026, 6, 1, tzinfo=UTC)
FAR_MS = 4_102_444_800_000  # the year 2100
KILO = {"WH": "0.001", "KWH": "1", "MWH": "1000", "VARH": "0.001", "KVARH": "1"}
#: Exact by definition of the international table: a therm is 105.505585262 MJ.
THERM_MJ = Decimal("105.505585262")


# What storage says.


async def held(pool: Pool, tenant_no: int) -> dict[tuple[str, str, str], tuple[int, Decimal]]:
    """{(meter or point, register, unit): (count of values, sum)} of everything that a tenant was sent.

    What was computed from counters stands beside them and is held to them elsewhere.
    """
    async with transaction(pool, tenant_no) as conn:
        cursor = await conn.execute("select id, name from energy_meters union all select id, name from point")
        names = dict(await cursor.fetchall())
        series = [one for one in await list_series(conn) if one.derived_from is None]
        readings = await read_many(conn, [one.series_no for one in series], 0, FAR_MS)
    sums: dict[tuple[str, str, str], tuple[int, Decimal]] = {}
    for one in series:
        of = readings[one.series_no]
        key = (names[one.meter_id or one.point_id], one.register, one.unit)
        count, total = sums.get(key, (0, Decimal(0)))
        sums[key] = (count + int(of.valid.sum()), total + of.total)
    return sums


async def tally(pool: Pool, tenant_no: int) -> list[tuple[int, int, int]]:
    """(added, changed, unchanged) of each import, oldest first."""
    async with transaction(pool, tenant_no) as conn:
        cursor = await conn.execute("select added, changed, unchanged from import order by started_at, id")
        return await cursor.fetchall()


async def told_of(pool: Pool, tenant_no: int) -> list[str]:
    """Codes of what was refused or noticed."""
    async with transaction(pool, tenant_no) as conn:
        cursor = await conn.execute("select code from import_refusal order by import_id, n")
        return [code for (code,) in await cursor.fetchall()]


async def load(pool: Pool, tenant_no: int, content: bytes, name: str, **said: str) -> LoadReport:
    """One file by the way of an upload, meters made where they are missing."""
    choices = Choices(now_ms=ms_of(NOW), accept_proposed=True, **said)
    parsed = await parse_upload(content, name, choices)
    return await load_readings(
        pool,
        tenant_no,
        parsed,
        file=File(name=name, size_bytes=len(content)),
        target=Target(makes_missing=True),
        kind="file",
        actor="test",
        now=NOW,
    )


async def new_tenant(pool: Pool, slug: str) -> int:
    async with transaction(pool, None) as conn:
        return await found_tenant(conn, slug=slug, name=slug, now=NOW)


async def load_twice(pool: Pool, folder: Path, zone: str) -> dict[tuple[str, str, str], tuple[int, Decimal]]:
    """A folder, loaded and loaded again; the second time must find everything there."""
    tenant_no = await load_folder(pool, folder, zone=zone, now=NOW, progress=lambda *_: None)
    first, sums = await tally(pool, tenant_no), await held(pool, tenant_no)
    assert "parse_killed" not in await told_of(pool, tenant_no)
    assert sum(added for added, *_ in first) >= sum(count for count, _ in sums.values())
    assert await load_folder(pool, folder, zone=zone, now=NOW, progress=lambda *_: None) == tenant_no
    again = (await tally(pool, tenant_no))[len(first) :]
    assert len(again) == len(first)
    assert [(added, changed) for added, changed, _ in again] == [(0, 0)] * len(again)
    assert sum(same for *_, same in again) == sum(added for added, *_ in first)
    assert await held(pool, tenant_no) == sums
    return sums


# What the raw files say.


def as_meant(values: np.ndarray) -> list[Decimal]:
    """Float32 as the shortest decimal that gives it back, NaN left out: numpy's own printing."""
    return [Decimal(text) for text in values[~np.isnan(values)].astype(str).tolist()]


def told(values: np.ndarray) -> tuple[int, Decimal]:
    meant = as_meant(values)
    return len(meant), sum(meant, Decimal(0))


def last_standing(path: Path, column: str) -> tuple[int, Decimal]:
    """The later row of each time, in plain Python."""
    table = parquet.read_table(path)
    standing = {}
    for at, value in zip(table["timestamp"].to_pylist(), table[column].to_pylist(), strict=True):
        if value is not None and value == value:  # noqa: PLR0124  NaN
            standing[at] = Decimal(str(round(value, 6)))
    return len(standing), sum(standing.values(), Decimal(0))


def meter_data_files() -> Iterator[tuple[str, bytes]]:
    root = data_dir("nem12_nem13")
    for path in sorted(path for part in ("plain", "nem12", "nem13") for path in (root / part).iterdir()):
        if path.suffix.lower() != ".zip":
            yield path.name, path.read_bytes()
            continue
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                yield f"{path.name}!{name}", archive.read(name)


def naive_rows(data: bytes) -> list[list[str]]:
    """Rows of a meter data file, a wrapped record joined."""
    rows: list[list[str]] = []
    for row in csv.reader(io.StringIO(data.decode())):
        if row and row[0] in {"100", "200", "300", "400", "500", "900", "250", "550"}:
            rows.append(row)
        elif any(row):
            rows[-1] = [part for part in rows[-1] if part] + row
    return rows


def naive_market(data: bytes) -> dict[tuple[str, str], tuple[int, Decimal]]:
    """{(NMI, register): (count, sum)} of one file: of two sendings of a day the later update stands."""
    days: dict[tuple[str, str, int, str], tuple[str, list[Decimal], list[str]]] = {}
    sums: dict[tuple[str, str], tuple[int, Decimal]] = defaultdict(lambda: (0, Decimal(0)))
    for row in naive_rows(data):
        if row[0] == "200":
            stream, factor = (row[1], row[4], int(row[8])), Decimal(KILO[row[7].upper()])
        elif row[0] == "300":
            count = 1440 // stream[2]
            update = row[count + 5] if len(row) > count + 5 else ""
            key = (*stream, row[1])
            is_standing = key not in days or update >= days[key][0]
            if is_standing:
                letters = [row[count + 2][0]] * count
                days[key] = (update, [Decimal(text) * factor for text in row[2 : count + 2]], letters)
        elif row[0] == "400" and is_standing:
            for slot in range(int(row[1]) - 1, int(row[2])):
                days[key][2][slot] = row[3][0]
        elif row[0] == "250":
            count, total = sums[row[1], row[4]]
            sums[row[1], row[4]] = (count + 1, total + Decimal(row[18]) * Decimal(KILO[row[19].upper()]))
    for (nmi, register, *_), (_, values, letters) in days.items():
        there = [value for value, letter in zip(values, letters, strict=True) if letter != "N"]
        count, total = sums[nmi, register]
        sums[nmi, register] = (count + len(there), total + sum(there, Decimal(0)))
    return dict(sums)


def naive_green_button(text: str) -> tuple[int, Decimal]:
    """Count and sum of all readings by pattern alone; the later of a start stands."""
    power = int((re.findall(r"<ReadingType[\s\S]*?<powerOfTenMultiplier>(-?\d+)<", text) or ["0"])[0])
    standing = {}
    for block in re.findall(r"<(?:\w+:)?IntervalReading>([\s\S]*?)</(?:\w+:)?IntervalReading>", text):
        start = re.search(r"<(?:\w+:)?start>([^<]+)<", block)[1]
        standing[start] = int(re.search(r"<(?:\w+:)?value>(-?\d+)<", block)[1])
    return len(standing), sum(standing.values()) * Decimal(10) ** power


# The tests.


async def test_every_meter_data_file_is_in_storage_as_it_states(pool):
    slots = asyncio.Semaphore(3)

    async def check(number: int, name: str, data: bytes) -> int:
        # A tenant for each: the files share some NMIs, and one must not hide another.
        async with slots:
            tenant_no = await new_tenant(pool, f"market-{number}")
            report = await load(pool, tenant_no, data, name)
            assert report.status == "done", name
            found = await held(pool, tenant_no)
            assert {(m, r): sums for (m, r, _), sums in found.items()} == naive_market(data), name
            if number % 8 == 0:
                again = await load(pool, tenant_no, data, name)
                assert (again.added, again.changed, again.unchanged) == (0, 0, report.added), name
        return report.added

    files = list(meter_data_files())
    added = await asyncio.gather(*(check(number, *file) for number, file in enumerate(files)))
    assert (len(files), sum(added)) == (93, 101_136 + 53)


async def test_every_green_button_file_is_in_storage_with_the_sum_of_its_readings(pool):
    paths = sorted(data_dir("green_button").glob("*.xml.gz"))
    assert len(paths) >= 20
    for number, path in enumerate(paths):
        packed = path.read_bytes()
        is_gas = "gas" in path.name
        said = {"unit": "therm"} if is_gas else {}
        count, total = naive_green_button(gzip.decompress(packed).decode())
        tenant_no = await new_tenant(pool, f"button-{number}")
        report = await load(pool, tenant_no, packed, path.name, **said)
        assert report.status == "done", path.name
        (sums,) = (await held(pool, tenant_no)).values()
        factor = THERM_MJ if is_gas else Decimal("0.001")
        assert sums[0] == report.added == count, path.name
        assert abs(sums[1] - total * factor) <= Decimal("0.000001") * count, path.name
        if number % 6 == 0:
            again = await load(pool, tenant_no, packed, path.name, **said)
            assert (again.added, again.changed, again.unchanged) == (0, 0, count), path.name


async def test_unicon_is_in_storage_as_its_later_rows_say(pool):
    folder = data_dir("unicon_latrobe")
    sums = await load_twice(pool, folder, "+10:00")
    of_unit = defaultdict(list)
    for (_, register, unit), found in sums.items():
        of_unit[register, unit].append(found)
    electricity = sorted(
        last_standing(folder / f"{name}.parquet", "consumption")
        for name in ("building_consumption_sub", "nmi_consumption_sub")
    )
    volumes = sorted(
        last_standing(folder / f"{name}.parquet", "consumption")
        for name in ("gas_consumption_sub", "water_consumption_sub")
    )
    assert {key: sorted(found) for key, found in of_unit.items()} == {
        ("consumption", "kWh"): electricity,
        ("consumption", "m3"): volumes,
        ("demand_kW", "kW"): [last_standing(folder / "nmi_consumption_sub.parquet", "demand_kW")],
        ("demand_kVA", "kVA"): [last_standing(folder / "nmi_consumption_sub.parquet", "demand_kVA")],
    }


async def test_monash_is_in_storage_as_mean_power_without_its_gaps(pool):
    folder = data_dir("monash_campus_15min")
    sums = await load_twice(pool, folder, "UTC")
    found = {meter: of for (meter, _, unit), of in sums.items() if unit == "kW"}
    wanted = {
        path.stem: told(parquet.read_table(path)["kw"].to_numpy())
        for path in folder.glob("*.parquet")
        if not path.stem.startswith("aemo")
    }
    assert len(wanted) == 6
    assert found == wanted


async def test_all_cambridge_buildings_are_in_storage_with_exact_sums(pool):
    folder = data_dir("cambridge_estates")
    sums = await load_twice(pool, folder, "UTC")
    wanted: dict[tuple[str, str], tuple[int, Decimal]] = {}
    for name in ("electricity_kwh", "gas_kwh"):
        table = parquet.read_table(folder / f"{name}.parquet")
        for column in table.column_names:
            if column != "time_utc" and (of := told(table[column].to_numpy()))[0]:
                wanted[column, name] = of
    buildings = {
        row["building"] for row in csv.DictReader((folder / "buildings.csv").read_text().splitlines())
    }
    assert len(buildings) == 49
    assert {building for building, _ in wanted} == buildings
    weather = parquet.read_table(folder / "weather_pv.parquet")
    for column in ("temp_c", "rh_pct", "ghi_wm2", "direct_wm2", "diffuse_wm2"):
        (of,) = [of for (_, register, _), of in sums.items() if register == column]
        assert of == told(weather[column].to_numpy()), column
    found = {(m, r): of for (m, r, _), of in sums.items() if r in {"electricity_kwh", "gas_kwh"}}
    assert found == wanted
