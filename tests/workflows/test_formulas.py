"""Formulas of virtual meters: taken whole or not at all, checked when written, computed when read."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from aegrid_energy.analytics.buckets import Resolution
from aegrid_energy.analytics.consumption_answer import Question
from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.register_sheet import SHEETS
from aegrid_energy.domain.spans import Span
from aegrid_energy.domain.zones import ms_of
from aegrid_energy.ingestion.choices import Choices
from aegrid_energy.ingestion.read_file import read_file
from aegrid_energy.storage.memberships import enter_tenant, found_tenant
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.register_rows import ids_by_key
from aegrid_energy.workflows.answer_consumption import answer_consumption
from aegrid_energy.workflows.load_readings import File, Target, load_readings
from aegrid_energy.workflows.load_register import RegisterReport, load_register

NOW = datetime(2026, 3, 2, tzinfo=UTC)
DAY = datetime(2026, 2, 1, tzinfo=UTC)
#: Up and down: what only rises would be taken for a counter.
FALLING = [n * 7 % 24 / 4 for n in range(24)]
ELECTRICITY = ("A", "B", "C", "V", "W")
SHEETS_SENT: dict[str, list[dict[str, str]]] = {
    "sites": [{"external_id": "S1", "name": "Hall", "timezone": "UTC"}],
    "meters": [
        {
            "external_id": key,
            "site": "S1",
            "carrier": "electricity",
            "name": f"Meter {key}",
            "is_virtual": "yes" if key in "VW" else "no",
        }
        for key in ELECTRICITY
    ]
    + [{"external_id": "G", "site": "S1", "carrier": "gas", "name": "Gas"}],
    "assignments": [{"meter": key, "asset": "S1", "role": "check"} for key in "VW"],
}


async def tenant(pool: Pool) -> int:
    async with transaction(pool, None) as conn:
        number = await found_tenant(conn, slug="one", name="one", now=NOW)
    await load(pool, number, SHEETS_SENT)
    return number


async def load(pool: Pool, number: int, sheets: dict[str, list[dict[str, str]]]) -> RegisterReport:
    return await load_register(pool, number, sheets, actor="console", now=NOW)


async def readings(pool: Pool, number: int, values: dict[str, list[float]]) -> None:
    """Hourly readings of a day, a file a meter."""
    for name, hours in values.items():
        rows = [
            f"{(DAY + timedelta(hours=n)).strftime('%Y-%m-%d %H:%M')},{v:.3f}" for n, v in enumerate(hours)
        ]
        choices = Choices(now_ms=ms_of(NOW), meter=name, accept_proposed=True)
        parsed = read_file("\n".join(["time_utc,kWh", *rows]).encode(), f"{name}.csv", choices)
        report = await load_readings(
            pool,
            number,
            parsed,
            file=File(name=f"{name}.csv"),
            target=Target(),
            kind="file",
            actor="console",
            now=NOW,
        )
        assert (report.added, report.problems) == (len(hours), ())


async def evaluated(pool: Pool, number: int, key: str = "V") -> tuple[list[float | None], str]:
    async with transaction(pool, number) as conn:
        meter_id = (await ids_by_key(conn, SHEETS["meters"]))[key]
        answer = await answer_consumption(
            conn,
            Question(
                asset_id=(await ids_by_key(conn, SHEETS["sites"]))["S1"],
                period=Span(ms_of(DAY), ms_of(DAY + timedelta(days=1))),
                resolution=Resolution.HOUR,
                meter_id=meter_id,
            ),
        )
    return [None if np.isnan(v) else round(float(v), 6) for v in answer.buckets.sum], answer.unit


async def test_a_formula_is_summed_up_on_reading_with_its_constant_and_its_dates(pool: Pool) -> None:
    number = await tenant(pool)
    noon = (DAY + timedelta(hours=12)).isoformat()
    report = await load(
        pool,
        number,
        {
            "virtual_meters": [
                {"meter": "V", "constant": "0.5", "valid_to": noon},
                {"meter": "V", "valid_from": noon},
                {"meter": "W"},
            ],
            "virtual_terms": [
                {"meter": "V", "input": "A"},
                {"meter": "V", "input": "B", "coefficient": "-1"},
                {"meter": "V", "input": "A", "coefficient": "2", "valid_from": noon},
                {"meter": "W", "input": "V", "coefficient": "10"},
            ],
        },
    )
    assert [len(one.refused) for one in report.values()] == [0, 0]
    await readings(pool, number, {"A": [10.0] * 24, "B": FALLING})
    values, unit = await evaluated(pool, number)
    assert unit == "kWh"
    assert values == [10 - n + 0.5 for n in FALLING[:12]] + [20.0] * 12
    tenfold, _ = await evaluated(pool, number, "W")
    assert tenfold == [round(v * 10, 6) for v in values if v is not None]


async def test_a_missing_input_makes_nothing_of_its_hour(pool: Pool) -> None:
    number = await tenant(pool)
    await load(
        pool,
        number,
        {
            "virtual_meters": [{"meter": "V"}],
            "virtual_terms": [{"meter": "V", "input": "A"}, {"meter": "V", "input": "B"}],
        },
    )
    await readings(pool, number, {"A": [1.0] * 24})
    await readings(pool, number, {"B": [2.0] * 12})
    values, _ = await evaluated(pool, number)
    assert values == [3.0] * 12 + [None] * 12


@pytest.mark.parametrize(
    ("meters", "terms", "code"),
    [
        pytest.param(
            ["V", "W"], [{"meter": "V", "input": "W"}, {"meter": "W", "input": "V"}], "virtual_cycle",
            id="circle",
        ),
        pytest.param(["V"], [{"meter": "V", "input": "V"}], "virtual_cycle", id="of-itself"),
        pytest.param(["V"], [{"meter": "V", "input": "G"}], "virtual_mixes_carriers", id="carriers"),
        pytest.param(["V"], [{"meter": "V", "input": "NO"}], "reference_unknown", id="unknown"),
        pytest.param(["V"], [], "virtual_without_inputs", id="nothing"),
        pytest.param(
            ["V", "W"],
            [{"meter": "W", "input": "A"}, {"meter": "V", "input": "W", "direction": "export"}],
            "virtual_input_direction", id="direction",
        ),
    ],
)  # fmt: skip
async def test_a_formula_that_cannot_be_is_refused_whole_and_the_others_load(
    pool: Pool, meters: list[str], terms: list[dict[str, str]], code: str
) -> None:
    number = await tenant(pool)
    good = {"meter": "U", "input": "A"}
    await load(pool, number, {"meters": [SHEETS_SENT["meters"][3] | {"external_id": "U", "name": "Good"}]})
    report = await load(
        pool,
        number,
        {
            "virtual_meters": [{"meter": "U"}, *({"meter": meter} for meter in meters)],
            "virtual_terms": [good, {"meter": "V", "input": "B", "coefficient": "3"}, *terms]
            if terms
            else [good],
        },
    )
    codes = {error.code for one in report.values() for error in one.refused}
    assert code in codes
    assert codes <= {code, "formula_refused_whole"}
    async with transaction(pool, number) as conn:
        cursor = await conn.execute(
            "select distinct m.external_id from virtual_term t join energy_meters m on m.id = t.meter_id"
        )
        held = {row[0] for row in await cursor.fetchall()}
    assert "U" in held
    assert report["virtual_meters"].added >= 1
    assert "V" not in held or code == "virtual_cycle"


async def test_inputs_of_two_units_are_refused(pool: Pool) -> None:
    number = await tenant(pool)
    await readings(pool, number, {"A": [1.0] * 24})
    async with transaction(pool, number) as conn:
        await conn.execute(
            """insert into series (meter_id, register, quantity, direction, kind, unit, step_s, zone_no)
               select m.id, 'x', 'fuel_energy', 'import', 'interval', 'MJ', 3600, zone_no
               from energy_meters m, zone where m.external_id = 'B' limit 1"""
        )
    report = await load(
        pool,
        number,
        {
            "virtual_meters": [{"meter": "V"}],
            "virtual_terms": [{"meter": "V", "input": "A"}, {"meter": "V", "input": "B"}],
        },
    )
    assert [e.code for e in report["virtual_terms"].refused] == [
        "virtual_mixes_units",
        "formula_refused_whole",
    ]


def test_coefficients_are_exact_decimals() -> None:
    column = next(c for c in SHEETS["virtual_terms"].columns if c.name == "coefficient")
    assert column.read("0.1") == Decimal("0.1")
    with pytest.raises(ValueError, match="number"):
        column.read("one")


async def test_another_tenants_meter_is_no_input(pool: Pool) -> None:
    number = await tenant(pool)
    async with transaction(pool, None) as conn:
        other = await found_tenant(conn, slug="two", name="two", now=NOW)
        await enter_tenant(conn, other)
    await load(pool, other, {"meters": [{"external_id": "X", "carrier": "electricity", "name": "X"}]})
    report = await load(
        pool,
        number,
        {"virtual_meters": [{"meter": "V"}], "virtual_terms": [{"meter": "V", "input": "X"}]},
    )
    assert [e.code for e in report["virtual_terms"].refused] == ["reference_unknown"]
    with pytest.raises(InvalidError, match="unknown_sheet"):
        await load(pool, number, {"nothing": []})
