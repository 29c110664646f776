"""Every file with a decision in it has tests of its own, or a row that says which tests go through it."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "aegrid_energy"
TESTS = ROOT / "tests"

_DECIDES = (
    ast.If,
    ast.IfExp,
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.Match,
    ast.Try,
    ast.comprehension,
    ast.BoolOp,
    ast.BinOp,
)

#: Tests -> files that have none of their own, because what they do shows only in the whole that these test:
#: a statement needs its table, a part of a reader needs a file, a model of plant needs its building.
TESTED_THROUGH = {
    "acceptance/test_demo.py": (
        "commands/demo.py",
        "commands/demo_run.py",
        "workflows/feed_demo.py",
    ),
    "acceptance/test_live_push.py": (
        "api/live.py",
        "api/live_bus.py",
        "storage/listen.py",
    ),
    "acceptance/test_real_input.py": ("workflows/load_folder.py",),
    "analytics/test_balance.py": ("analytics/sankey.py",),
    "api/test_balance.py": (
        "api/idempotent.py",
        "workflows/see_balance.py",
    ),
    "api/test_consumption.py": (
        "api/consumption_answer.py",
        "api/context.py",
        "api/etag.py",
        "api/readings_body.py",
        "api/readings_taken.py",
        "storage/announce.py",
        "storage/idempotency.py",
        "storage/nouns.py",
        "storage/owners.py",
        "storage/uploads.py",
        "workflows/answer_consumption.py",
        "workflows/load_upload.py",
    ),
    "api/test_consumption_views.py": (
        "storage/heating_values.py",
        "storage/holidays.py",
        "storage/points.py",
        "workflows/answer_point.py",
        "workflows/answer_power.py",
        "workflows/compare_consumption.py",
        "workflows/find_demand.py",
        "workflows/gather_flow.py",
        "workflows/shape_answer.py",
    ),
    "api/test_correction.py": ("workflows/correct_reading.py",),
    "api/test_data_health.py": (
        "workflows/see_data_health.py",
        "workflows/see_recent.py",
    ),
    "api/test_demonstration.py": ("storage/demo_removal.py",),
    "api/test_errors.py": ("domain/errors.py",),
    "api/test_events.py": ("storage/events.py",),
    "api/test_first_administrator.py": (
        "api/person_preferences.py",
        "storage/codes.py",
    ),
    "api/test_imports.py": (
        "storage/import_names.py",
        "storage/imports.py",
        "storage/reached_series.py",
        "storage/undo_chain.py",
        "workflows/reassign_import.py",
        "workflows/undo_import.py",
    ),
    "api/test_jobs.py": ("storage/jobs.py",),
    "api/test_keys.py": ("storage/api_keys.py",),
    "api/test_meters.py": (
        "api/assets.py",
        "api/frame.py",
        "api/meter_acts.py",
        "storage/asset_card.py",
        "storage/meter_card.py",
        "storage/meter_installs.py",
        "storage/meter_places.py",
        "storage/trail.py",
        "workflows/exchange_meter.py",
        "workflows/see_newest.py",
        "workflows/write_formula.py",
    ),
    "api/test_overview.py": ("storage/search.py",),
    "api/test_own_account.py": (
        "api/signed_in.py",
        "storage/accounts.py",
        "storage/sessions.py",
    ),
    "api/test_people.py": (
        "api/record.py",
        "storage/memberships.py",
    ),
    "api/test_policy.py": (
        "api/application.py",
        "api/identity.py",
        "storage/preferences.py",
    ),
    "api/test_portfolio.py": (
        "storage/flat_prices.py",
        "storage/rollup_panel.py",
        "storage/site_groups.py",
        "workflows/plan_uses.py",
        "workflows/see_normal.py",
        "workflows/see_portfolio.py",
    ),
    "api/test_quality.py": ("storage/import_touches.py", "workflows/see_gaps.py", "workflows/see_quality.py"),
    "api/test_repair.py": ("workflows/repair_gap.py",),
    "api/test_parts.py": ("workflows/see_parts.py",),
    "api/test_register.py": (
        "domain/register_cell.py",
        "domain/register_row.py",
        "storage/register_reach.py",
        "workflows/read_register.py",
    ),
    "api/test_session.py": ("storage/demo_accounts.py",),
    "api/test_trends.py": ("storage/trend_choices.py", "workflows/see_trends.py"),
    "api/test_uploads.py": (
        "api/upload_bodies.py",
        "storage/staged_uploads.py",
        "storage/upload_targets.py",
        "workflows/load_confirmed.py",
        "workflows/plan_upload.py",
    ),
    "commands/test_backup_restore.py": (
        "commands/backup.py",
        "commands/migrate.py",
        "commands/restore.py",
        "commands/unmigrated.py",
        "storage/system_account.py",
    ),
    "commands/test_commands.py": (
        "commands/bench.py",
        "commands/tenant.py",
    ),
    "commands/test_doctor.py": (
        "commands/doctor_bundle.py",
        "commands/doctor_findings.py",
    ),
    "commands/test_export.py": (
        "commands/export_readings.py",
        "commands/export_register.py",
        "commands/written_file.py",
        "workflows/spell_register.py",
    ),
    "commands/test_import_load.py": ("commands/import_answer.py",),
    "commands/test_register.py": (
        "commands/register_run.py",
        "workflows/load_register_file.py",
    ),
    "commands/test_serve.py": (
        "commands/listening.py",
        "commands/serve_run.py",
    ),
    "commands/test_stopping.py": ("commands/worker.py",),
    "house/test_client_is_current.py": ("api/export_openapi.py",),
    "ingestion/test_dates.py": ("ingestion/text_columns.py",),
    "ingestion/test_green_button.py": ("ingestion/espi_feed.py",),
    "ingestion/test_nem12.py": ("ingestion/interval_days.py",),
    "ingestion/test_read_file.py": (
        "ingestion/arrow_table.py",
        "ingestion/csv_table.py",
        "ingestion/series_of_rows.py",
        "ingestion/table.py",
        "ingestion/table_roles.py",
    ),
    "ingestion/test_tables.py": (
        "ingestion/table_meaning.py",
        "ingestion/table_rows.py",
        "ingestion/xlsx_table.py",
    ),
    "simulation/test_history.py": ("simulation/metering.py",),
    "simulation/test_register_sheets.py": (
        "simulation/devices.py",
        "simulation/portfolio.py",
        "simulation/register.py",
    ),
    "simulation/test_sites.py": (
        "simulation/building.py",
        "simulation/occupancy.py",
        "simulation/pool.py",
        "simulation/scene.py",
        "simulation/sites/aquatic_centre.py",
        "simulation/sites/depot.py",
        "simulation/sites/engineering_building.py",
        "simulation/sites/library.py",
        "simulation/sites/street_lights.py",
        "simulation/sites/supplies.py",
        "simulation/sites/town_hall.py",
        "simulation/thermal.py",
        "simulation/water.py",
    ),
    "simulation/test_truth.py": ("simulation/faults.py",),
    "storage/test_backup.py": (
        "storage/fingerprint.py",
        "storage/manifest.py",
        "storage/programs.py",
        "storage/restore.py",
    ),
    "storage/test_energy_consumption.py": (
        "storage/block_panel.py",
        "storage/block_rows.py",
        "storage/irregular.py",
        "storage/merge.py",
        "storage/offload.py",
        "storage/readings.py",
        "storage/readings_history.py",
        "storage/readings_irregular.py",
        "storage/rollups_stale.py",
        "storage/zones.py",
    ),
    "storage/test_hot.py": ("storage/rollups.py",),
    "storage/test_pool.py": (
        "main.py",
        "storage/roles.py",
    ),
    "storage/test_readings_machine.py": (
        "storage/latest.py",
        "storage/readings_correct.py",
    ),
    "storage/test_readings_store.py": ("storage/block_plan.py",),
    "storage/test_register.py": (
        "storage/register_orphans.py",
        "storage/register_rows.py",
        "workflows/load_register.py",
    ),
    "storage/test_server.py": (
        "storage/binaries.py",
        "storage/cluster.py",
        "storage/guard.py",
        "storage/state.py",
    ),
    "storage/test_undo.py": (
        "storage/kept_out.py",
        "storage/revisions.py",
        "storage/stand_again.py",
    ),
    "workflows/test_apply_multiplier.py": ("storage/multipliers.py",),
    "workflows/test_derive_intervals.py": (
        "storage/installs.py",
        "workflows/judge_counter.py",
    ),
    "workflows/test_formulas.py": (
        "domain/formula_cells.py",
        "storage/virtual_meters.py",
        "workflows/check_formulas.py",
        "workflows/load_formulas.py",
    ),
    "workflows/test_parse_upload.py": ("workflows/parse_child.py",),
    "workflows/test_propose_upload.py": ("workflows/match_registers.py",),
}


def _own_tests(name: str) -> Path:
    path = Path(name)
    return TESTS / path.parent / f"test_{path.name.lstrip('_')}"


def _decides(path: Path) -> bool:
    """Whether some function of a file can go two ways or computes; declarations and calls in a row do not."""
    functions = (
        node
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return any(isinstance(node, _DECIDES) for function in functions for node in ast.walk(function))


def _sources() -> list[str]:
    """Benches measure and are read by people; they are left out."""
    return sorted(
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if path.name != "__init__.py" and path.parent != SOURCE / "bench" and _decides(path)
    )


def test_every_file_has_its_tests_or_a_row() -> None:
    rows = {name for names in TESTED_THROUGH.values() for name in names}
    assert [name for name in _sources() if name not in rows and not _own_tests(name).is_file()] == []


def test_no_row_is_out_of_date() -> None:
    rows = [name for names in TESTED_THROUGH.values() for name in names]
    assert sorted({name for name in rows if rows.count(name) > 1}) == []
    assert [name for name in rows if not (SOURCE / name).is_file()] == []
    assert [name for name in rows if _own_tests(name).is_file()] == []
    assert [test for test in TESTED_THROUGH if not (TESTS / test).is_file()] == []


def test_tests_of_a_room_stand_beside_their_like() -> None:
    """A folder of tests is a room, or one of the few places that are none."""
    rooms = {path.name for path in SOURCE.iterdir() if path.is_dir()}
    folders = {
        path.parent.relative_to(TESTS).parts[0] for path in TESTS.rglob("test_*.py") if path.parent != TESTS
    }
    assert folders - rooms == {"acceptance", "house"}
