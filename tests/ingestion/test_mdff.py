import pytest
from tests.ingestion.nem12_text import utc_ms

from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.ingestion.mdff import MarketClock, fixed_offset_ms, looks_like_mdff


@pytest.mark.parametrize(
    ("head", "answer"),
    [
        (b"100,NEM12,200405011135,MDA1,Ret1\n", "nem12"),
        (b"\xef\xbb\xbf100,nem12,200405011135\r\n", "nem12"),
        (b'\n\n"100","NEM13"', "nem13"),
        (b"200,VABD000163,E1Q1,1,E1,N1,METSER123,kWh,30,\n", "nem12"),
        (b"250,VABC005890,11,1,11,11,M,E,006342.8,20031005093055,A,,,007654.9,20040107100333,A", "nem13"),
        (b"100,NEM14,2004", None),
        (b"100,200,300\n1,2,3", None),
        (b"200,5\n", None),
        (b"time,value\n", None),
        (b"<?xml version", None),
        (b"PK\x03\x04", None),
        (b"", None),
        (b"\x00" * 50, None),
    ],
)
def test_a_meter_data_file_is_known_by_its_first_record(head, answer):
    assert looks_like_mdff(head) == answer


@pytest.mark.parametrize(
    ("text", "at"),
    [
        (b"20240102030405", "2024-01-01T17:04:05"),
        (b"202401020304", "2024-01-01T17:04:00"),
        (b"20240102", "2024-01-01T14:00:00"),
    ],
)
def test_stamps_of_the_markets_clock_become_utc(text, at):
    assert MarketClock(fixed_offset_ms("")).stamp(text) == utc_ms(at)


@pytest.mark.parametrize(
    "text",
    [b"", b"2024", b"20240230000000", b"20240101250000", b"20240101006000", b"20240101000099", b"2024010 "],
)
def test_what_is_no_stamp_is_none(text):
    assert MarketClock(0).stamp(text) is None


def test_a_zone_with_daylight_saving_is_no_market_clock():
    with pytest.raises(InvalidError, match="zone_not_fixed"):
        fixed_offset_ms("Australia/Melbourne")
