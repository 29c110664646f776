"""Proposals of uploads: what shapes, keys, matches and sites come of files; real files are shown whole."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from aegrid_energy.domain.errors import NotFoundError
from aegrid_energy.domain.zones import ms_of
from aegrid_energy.storage.memberships import enter_tenant, found_tenant
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.register import load_sheets
from aegrid_energy.storage.staged_uploads import StagedUpload, find_staged, stage_upload
from aegrid_energy.storage.upload_targets import nmi_of
from aegrid_energy.workflows.propose_upload import keyed, propose_upload, read_upload, shape_of
from real_data import data_dir

NOW = datetime(2026, 3, 2, tzinfo=UTC)
SHEETS = {
    "sites": [{"external_id": "S1", "name": "Hall", "timezone": "Australia/Adelaide"}],
    "meters": [
        {"external_id": "K7", "site": "S1", "carrier": "electricity", "name": "Main", "nmi": "61020000012"},
        {"external_id": "61020000020", "site": "S1", "carrier": "electricity", "name": "Decoy"},
        {"external_id": "V1", "site": "S1", "carrier": "electricity", "name": "Sum", "is_virtual": "yes"},
        {"external_id": "G1", "site": "S1", "carrier": "gas", "name": "Boiler"},
    ],
}


async def tenant(pool: Pool) -> int:
    async with transaction(pool, None) as conn:
        number = await found_tenant(conn, slug="one", name="one", now=NOW)
        await enter_tenant(conn, number)
        outcomes = await load_sheets(conn, SHEETS, now=NOW)
    assert all(not outcome.refused for outcome in outcomes.values())
    return number


async def proposed(
    pool: Pool, tenant_no: int, content: bytes, name: str = "a.csv", **choices: dict[str, Any]
) -> dict[str, Any]:
    upload = StagedUpload(
        id=uuid4(), name=name, sha256=b"s" * 32, size_bytes=len(content), created_by="console",
        created_at=NOW, expires_at=NOW + timedelta(days=7), state="reading", revision=0, choices={},
        proposal=None, plan=None, job_id=None,
    )  # fmt: skip
    async with transaction(pool, tenant_no) as conn:
        await stage_upload(conn, upload, content)
    await propose_upload(pool, tenant_no, upload.id, choices=choices, now=NOW)
    async with transaction(pool, tenant_no) as conn:
        found = await find_staged(conn, upload.id)
    assert found is not None
    assert found.proposal is not None
    return found.proposal


def long_csv(*meters: str, unit: str = "kWh") -> bytes:
    rows = [
        f"2026-02-{day:02d}T{hour:02d}:00:00Z,{meter},1.5"
        for meter in meters
        for day in range(1, 4)
        for hour in range(24)
    ]
    return "\n".join([f"start,meter,{unit}", *rows, ""]).encode()


def matches(proposal: dict[str, Any]) -> dict[str, tuple[str, str | None]]:
    return {
        meter["meter"]: (meter["match"]["how"], meter["match"]["name"])
        for file in proposal["files"]
        for meter in file["meters"]
    }


async def test_an_upload_that_was_removed_is_not_proposed(pool: Pool) -> None:
    tenant_no = await tenant(pool)
    with pytest.raises(NotFoundError, match="upload_gone"):
        await propose_upload(pool, tenant_no, UUID(int=1), choices={}, now=NOW)


async def test_a_register_means_a_meter_by_nmi_then_key_then_name_and_never_a_virtual_one(pool: Pool) -> None:
    tenant_no = await tenant(pool)
    proposal = await proposed(pool, tenant_no, long_csv("6102000001", "61020000020", "Main", "Sum", "Boiler"))
    assert matches(proposal) == {
        "6102000001": ("nmi", "Main"),  # the register has it with its checksum
        "61020000020": ("external_id", "Decoy"),
        "Main": ("name", "Main"),
        "Sum": ("none", None),
        "Boiler": ("none", None),  # that one counts gas
    }


async def test_a_match_is_looked_at_by_the_zone_of_its_site(pool: Pool) -> None:
    tenant_no = await tenant(pool)
    proposal = await proposed(pool, tenant_no, long_csv("K7"))
    (meter,) = proposal["files"][0]["meters"]
    assert meter["clock_days"] == {"zone": "Australia/Adelaide", "days": 0, "wrong": []}


async def test_named_meters_are_proposed_into_a_site_each_and_numbered_ones_into_one(pool: Pool) -> None:
    tenant_no = await tenant(pool)
    named = await proposed(pool, tenant_no, long_csv("Library", "Depot"))
    numbered = await proposed(pool, tenant_no, long_csv("3102000001", "3102000019"), "Depot June.csv")
    assert [(site["name"], site["timezone"]) for site in named["sites"]] == [
        ("Library", "Australia/Adelaide"),
        ("Depot", "Australia/Adelaide"),
    ]
    assert [(site["name"], site["timezone"]) for site in numbered["sites"]] == [
        ("Depot June", "Australia/Brisbane")
    ]


async def test_columns_come_with_their_roles_and_samples(pool: Pool) -> None:
    tenant_no = await tenant(pool)
    proposal = await proposed(pool, tenant_no, long_csv("K7"))
    table = proposal["files"][0]["proposal"]
    assert [(column["name"], column["role"]) for column in table["columns"]] == [
        ("start", "time"),
        ("meter", "meter"),
        ("kWh", "value"),
    ]
    assert table["columns"][2]["value"]["unit"] == "kWh"
    assert table["sample"][0][1:] == ["K7", "1.5"]


async def test_the_same_bytes_choices_and_time_read_the_same() -> None:
    content, choices = long_csv("A", "B"), {"a.csv": {"unit": "MWh"}}
    first = keyed(await read_upload(content, "a.csv", choices, ms_of(NOW)))
    again = keyed(await read_upload(content, "a.csv", choices, ms_of(NOW)))
    assert list(first) == list(again) == ["0.0", "0.1"]
    assert [str(one.readings.total) for _, one in first.values()] == ["108000", "108000"]


async def test_a_shape_is_of_format_and_columns_not_of_what_stands_in_them() -> None:
    files = [
        (await read_upload(content, "a.csv", {}, ms_of(NOW)))[0]
        for content in (long_csv("A"), long_csv("B", "C"), long_csv("A", unit="MWh"))
    ]
    first, same, other = (shape_of(file) for file in files)
    assert first == same
    assert first != other


@pytest.mark.parametrize(
    ("name", "nmi"),
    [
        pytest.param("6102000001", "6102000001", id="ten"),
        pytest.param("61020000012", "6102000001", id="with-checksum"),
        pytest.param("QAAA000012", "QAAA000012", id="letters"),
        pytest.param("Town Hall", "", id="a-name"),
        pytest.param("electricit", "", id="a-word"),
    ],
)
def test_a_name_that_can_be_an_nmi_is_taken_without_its_checksum(name: str, nmi: str) -> None:
    assert nmi_of(name) == nmi


def _few(folder: Path, patterns: Sequence[str]) -> list[Path]:
    found = [path for pattern in patterns for path in sorted(folder.rglob(pattern))]
    return [path for path in found if path.stat().st_size < 3_000_000][:6]


@pytest.mark.parametrize(
    ("folder", "patterns"),
    [
        pytest.param("nem12_nem13", ["nem12/*.zip", "nem13/*.zip"], id="nem12"),
        pytest.param("green_button", ["electric*.gz", "gas*.gz"], id="green-button"),
        pytest.param("monash_campus_15min", ["solar*.parquet"], id="monash"),
        pytest.param("unicon_latrobe", ["*.parquet"], id="unicon"),
    ],
)
async def test_real_files_are_proposed_with_their_meters(
    pool: Pool, folder: str, patterns: Sequence[str]
) -> None:
    paths = _few(data_dir(folder), patterns)
    if not paths:
        pytest.skip(f"no small file in {folder}")
    tenant_no = await tenant(pool)
    told = 0
    for path in paths:
        proposal = await proposed(pool, tenant_no, path.read_bytes(), path.name)
        assert proposal["files"]
        for file in proposal["files"]:
            is_open = file["needs_zone"]
            assert file["meters"] or file["problems"] or is_open, file["file"]
            told += len(file["meters"]) + is_open
    assert told
