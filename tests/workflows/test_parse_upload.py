import asyncio
import gc
import io
import os
import signal
import zipfile

import pytest
import xlsxwriter
from tests.ingestion.table_text import NOW_MS, csv, times
from tests.real_data import data_dir

from aegrid_energy.ingestion.choices import Choices
from aegrid_energy.ingestion.read_file import read_file
from aegrid_energy.workflows import parse_upload as room
from aegrid_energy.workflows.parse_upload import ParseLimits, parse_upload

CHOICES = Choices(now_ms=NOW_MS, accept_proposed=True, zone="UTC")
CSV = csv(["time", "kWh"], zip(times(500), range(500), strict=True)).encode()


def zipped(**files):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    return made.getvalue()


def codes(found):
    return [problem.code for file in found for problem in file.problems]


async def test_bytes_and_paths_are_read_as_in_the_process(tmp_path):
    (want,) = read_file(CSV, "x.csv", CHOICES)
    path = tmp_path / "odd name, with \u00e4.csv"
    path.write_bytes(CSV)
    for source in (CSV, path):
        (found,) = await parse_upload(source, "x.csv", CHOICES)
        assert found.proposal == want.proposal
        assert found.registers[0].readings.total == want.registers[0].readings.total


async def test_uploads_are_read_side_by_side():
    found = await asyncio.gather(*(parse_upload(CSV, f"{n}.csv", CHOICES) for n in range(3)))
    assert [files[0].file for files in found] == ["0.csv", "1.csv", "2.csv"]


async def test_nothing_of_our_environment_reaches_the_child(monkeypatch):
    monkeypatch.setattr(
        room,
        "_ENTRY",
        "import os, sys; sys.stdin.buffer.read(); sys.exit(9 if 'AEGRID_SECRET' in os.environ else 3)",
    )
    monkeypatch.setenv("AEGRID_SECRET", "x")
    (found,) = await parse_upload(CSV, "x.csv", CHOICES)
    assert "(memory)" in found.problems[0].text  # exit code 3, not 9


async def test_a_zip_bomb_is_a_problem():
    assert codes(await parse_upload(zipped(bomb=bytes(150 << 20)), "x.zip", CHOICES)) == ["archive_ratio"]


async def test_an_xml_bomb_is_a_problem():
    bomb = '<!DOCTYPE a [<!ENTITY a0 "lol">'
    bomb += "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    bomb += ']><feed xmlns="http://naesb.org/espi">&a9;</feed>'
    assert codes(await parse_upload(bomb.encode(), "x.xml", CHOICES)) == ["xml_forbidden"]


async def test_huge_numbers_are_problems():
    text = csv(
        ["time", "kWh"],
        [("2024-01-01 00:00", "9" * 400), ("2024-01-01 00:30", "1e308"), ("2024-01-01 01:00", 1)],
    )
    found = await parse_upload(text.encode(), "x.csv", CHOICES)
    assert {"bad_value", "value_out_of_range"} <= set(codes(found))


async def test_a_workbook_that_claims_a_gigabyte_is_a_problem():
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made)
    book.add_worksheet().write(0, 0, 1)
    book.close()
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(made.getvalue())) as whole,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for info in whole.infolist():
            if info.filename == "xl/worksheets/sheet1.xml":
                packed.writestr(
                    info.filename, b"<worksheet><sheetData>" + b" " * (1 << 30) + b"</sheetData></worksheet>"
                )
            else:
                packed.writestr(info.filename, whole.read(info))
    assert codes(await parse_upload(out.getvalue(), "x.xlsx", CHOICES)) == ["archive_ratio"]


async def test_a_child_that_needs_too_much_memory_is_a_problem():
    found = await parse_upload(CSV * 3000, "x.csv", CHOICES, ParseLimits(memory_bytes=300 << 20))
    assert codes(found) == ["parse_killed"]
    assert "(memory)" in found[0].problems[0].text


async def test_a_child_that_works_too_long_is_a_problem(monkeypatch):
    spin = "from aegrid_energy.workflows import parse_child\nparse_child._limit(1 << 30, 1)\nwhile True: pass"
    monkeypatch.setattr(room, "_ENTRY", f"import sys; sys.path.insert(0, {room._ROOT!r})\n{spin}")
    found = await parse_upload(b"", "x.csv", CHOICES)
    assert codes(found) == ["parse_killed"]
    assert "(time)" in found[0].problems[0].text


async def test_a_child_that_waits_too_long_is_a_problem(monkeypatch):
    monkeypatch.setattr(room, "_ENTRY", "import signal; signal.pause()")
    found = await parse_upload(b"", "x.csv", CHOICES, ParseLimits(wall_s=0.5))
    assert "(time)" in found[0].problems[0].text


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
async def test_a_child_killed_by_a_signal_is_a_problem(monkeypatch, number):
    monkeypatch.setattr(room, "_ENTRY", f"import os; os.kill(os.getpid(), {int(number)})")
    found = await parse_upload(CSV * 100, "x.csv", CHOICES)
    assert codes(found) == ["parse_killed"]
    assert f"(signal): its reader was ended by signal {int(number)}" in found[0].problems[0].text


@pytest.mark.parametrize("entry", ["raise SystemExit(1)", "print('nonsense')"])
async def test_a_child_that_fails_or_answers_nonsense_is_a_problem(monkeypatch, entry):
    monkeypatch.setattr(room, "_ENTRY", f"import sys; sys.stdin.buffer.read(); {entry}")
    found = await parse_upload(CSV, "x.csv", CHOICES)
    assert "(fault)" in found[0].problems[0].text


async def test_a_child_that_dies_while_it_is_told_leaves_no_complaint_behind(monkeypatch):
    monkeypatch.setattr(room, "_ENTRY", "import sys; sys.stdin.buffer.read(1); sys.exit(3)")
    complaints = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: complaints.append(context["message"]))
    try:
        found = await parse_upload(bytes(8 << 20), "x.csv", CHOICES)
        gc.collect()
    finally:
        loop.set_exception_handler(None)
    assert codes(found) == ["parse_killed"]
    assert complaints == []


async def test_a_cancelled_upload_leaves_no_child(monkeypatch, tmp_path):
    told = tmp_path / "pid"
    os.mkfifo(told)
    entry = f"import os, signal; open({str(told)!r}, 'w').write(str(os.getpid())); signal.pause()"
    monkeypatch.setattr(room, "_ENTRY", entry)
    task = asyncio.create_task(parse_upload(b"", "x.csv", CHOICES))
    child = int(await asyncio.to_thread(told.read_text))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


@pytest.mark.real_data
async def test_a_wide_year_of_a_whole_estate_passes_within_the_limits():
    path = data_dir("cambridge_estates") / "electricity_kwh.parquet"
    (found,) = await parse_upload(path, path.name, CHOICES)
    assert len(found.registers) == 47
