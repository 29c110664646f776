import io

import pyarrow as pa
import pytest
import xlsxwriter
from pyarrow import parquet

from aegrid_energy.ingestion.sniff import Format, decoded, sniff


def workbook():
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made)
    book.add_worksheet().write(0, 0, "x")
    book.close()
    return made.getvalue()


def arrow(is_stream):
    made = io.BytesIO()
    table = pa.table({"a": [1]})
    new = pa.ipc.new_stream if is_stream else pa.ipc.new_file
    with new(made, table.schema) as writer:
        writer.write(table)
    return made.getvalue()


def parquet_bytes():
    made = io.BytesIO()
    parquet.write_table(pa.table({"a": [1]}), made)
    return made.getvalue()


CSV = "time,kwh\n2024-01-01 00:00,1\n2024-01-01 00:30,2\n"


@pytest.mark.parametrize(
    ("data", "found"),
    [
        pytest.param(b"100,NEM12,200405011135,MDA1,Ret1\n", Format.NEM12, id="nem12"),
        pytest.param(b"\xef\xbb\xbf100,NEM13,200405011135,MDA1,Ret1\n", Format.NEM13, id="nem13 with a mark"),
        pytest.param(
            b'<?xml version="1.0"?><feed xmlns:e="http://naesb.org/espi"/>', Format.GREEN_BUTTON, id="espi"
        ),
        pytest.param(CSV.encode(), Format.CSV, id="csv"),
        pytest.param(CSV.replace(",", ";").encode(), Format.CSV, id="semicolons"),
        pytest.param(CSV.replace(",", "\t").encode(), Format.CSV, id="tabs"),
        pytest.param(CSV.encode("utf-16"), Format.CSV, id="utf-16"),
        pytest.param(CSV.encode("utf-16-le"), Format.CSV, id="utf-16 without a mark"),
        pytest.param(("Zähler," + CSV).encode("latin-1"), Format.CSV, id="latin-1"),
        pytest.param(b'{"series": "a", "values": []}', Format.JSON, id="json"),
        pytest.param(b'[{"at": 1}]', Format.JSON, id="json list"),
        pytest.param(b'{"at": 1}\n{"at": 2}\n', Format.NDJSON, id="ndjson"),
        pytest.param(workbook(), Format.XLSX, id="xlsx"),
        pytest.param(parquet_bytes(), Format.PARQUET, id="parquet"),
        pytest.param(arrow(is_stream=False), Format.ARROW, id="arrow file"),
        pytest.param(arrow(is_stream=True), Format.ARROW, id="arrow stream"),
        pytest.param(b"", None, id="empty"),
        pytest.param(b"\x89PNG\r\n\x1a\n\x00\x00\x00", None, id="picture"),
        pytest.param(b"%PDF-1.7 hello\n", None, id="pdf"),
        pytest.param(b"<html><body>hello</body></html>", None, id="web page"),
        pytest.param(b"just a note\nof two lines\n", None, id="prose"),
    ],
)
def test_the_format_is_told_by_content(data, found):
    assert sniff(data) == found


def test_a_head_cut_inside_a_character_is_still_text():
    assert decoded("Zähler".encode()[:2], is_cut=True) == "Z"
