import gzip
import re
from decimal import Decimal

import pytest
from tests.ingestion.table_text import codes, only, read, utc
from tests.real_data import data_dir

from aegrid_energy.domain.quality import SUSPECT
from aegrid_energy.domain.series import Carrier, Direction, Kind, Quantity
from aegrid_energy.ingestion import espi_feed

ESPI = 'xmlns="http://naesb.org/espi"'


def reading(start, value, duration=3600, extra=""):
    period = f"<timePeriod><duration>{duration}</duration><start>{start}</start></timePeriod>"
    return f"<IntervalReading>{extra}{period}<value>{value}</value></IntervalReading>"


def reading_type(uom=72, power=0, **more):
    texts = "".join(f"<{name}>{text}</{name}>" for name, text in more.items())
    return f"<powerOfTenMultiplier>{power}</powerOfTenMultiplier><uom>{uom}</uom>{texts}"


def nested(readings, kind=None):
    """A feed whose objects lie inside each other."""
    return (
        f"<UsagePoint {ESPI}><MeterReading><ReadingType>{kind or reading_type()}</ReadingType>"
        f"<IntervalBlock>{''.join(readings)}</IntervalBlock></MeterReading></UsagePoint>"
    )


def entry(own, content, related=(), up="", title=""):
    links = f'<link rel="self" href="{own}"/>' + "".join(
        f'<link rel="related" href="{one}"/>' for one in related
    )
    links += f'<link rel="up" href="{up}"/>' if up else ""
    return f"<entry>{links}<title>{title}</title><content>{content}</content></entry>"


def linked(*meters):
    """A feed whose objects are joined by links; each meter is (name, reading type, readings)."""
    entries = []
    for number, (title, kind, readings) in enumerate(meters):
        point, meter = f"/UsagePoint/{number}", f"/UsagePoint/{number}/MeterReading/1"
        entries += [
            entry(f"{meter}/IntervalBlock/9", f"<IntervalBlock {ESPI}>{''.join(readings)}</IntervalBlock>",
                  up=f"{meter}/IntervalBlock"),
            entry(point, f"<UsagePoint {ESPI}/>", title=title),
            entry(meter, f"<MeterReading {ESPI}/>",
                  related=[f"{meter}/IntervalBlock", f"/ReadingType/{number}"]),
            entry(f"/ReadingType/{number}", f"<ReadingType {ESPI}>{kind}</ReadingType>"),
        ]  # fmt: skip
    return f'<feed xmlns="http://www.w3.org/2005/Atom">{"".join(entries)}</feed>'


HOUR = 1_700_002_800


def test_nested_feeds_are_read():
    register = only(read(nested([reading(HOUR, 500), reading(HOUR + 3600, 700)]), "x.xml"))
    assert (register.readings.total, register.unit, register.readings.step_s) == (Decimal("1.2"), "kWh", 3600)


def test_linked_feeds_keep_their_meters_apart_whatever_the_order_of_entries():
    parsed = read(
        linked(
            ("Hall", reading_type(72, 3), [reading(HOUR, 5)]),
            ("Pool", reading_type(42, -3, commodity=9), [reading(HOUR, 5000)]),
        ),
        "x.xml",
    )
    assert [(r.meter, r.readings.total, r.unit, r.carrier) for r in parsed.registers] == [
        ("Hall", Decimal(5), "kWh", Carrier.OTHER),
        ("Pool", Decimal(5), "m3", Carrier.WATER),
    ]


@pytest.mark.parametrize(
    ("kind", "quantity", "direction", "of_kind"),
    [
        (reading_type(72, flowDirection=19), Quantity.ENERGY, Direction.EXPORT, Kind.INTERVAL),
        (reading_type(72, flowDirection=4), Quantity.ENERGY, Direction.NET, Kind.INTERVAL),
        (reading_type(72, accumulationBehaviour=1), Quantity.ENERGY, Direction.IMPORT, Kind.CUMULATIVE),
        (reading_type(38, accumulationBehaviour=4), Quantity.POWER, Direction.IMPORT, Kind.INSTANT),
        (reading_type(73), Quantity.REACTIVE_ENERGY, Direction.IMPORT, Kind.INTERVAL),
        (reading_type(169), Quantity.FUEL_ENERGY, Direction.IMPORT, Kind.INTERVAL),
    ],
)
def test_reading_types_say_what_is_counted(kind, quantity, direction, of_kind):
    register = only(read(nested([reading(HOUR, 5)], kind), "x.xml"))
    assert (register.quantity, register.direction, register.kind) == (quantity, direction, of_kind)


def test_quality_codes_become_quality_and_the_worst_of_several_stands():
    codes_ = [0, 8, 7, 10]
    readings = [
        reading(HOUR + 3600 * n, 1, extra=f"<ReadingQuality><quality>{code}</quality></ReadingQuality>")
        for n, code in enumerate(codes_)
    ]
    both = "".join(f"<ReadingQuality><quality>{code}</quality></ReadingQuality>" for code in (0, 8))
    readings.append(reading(HOUR + 3600 * 4, 1, extra=both))
    assert only(read(nested(readings), "x.xml")).readings.quality.tolist() == [0, 3, 2, SUSPECT, 3]


def test_days_of_23_and_25_hours_are_irregular():
    register = only(read(nested([reading(HOUR, 1, 82_800), reading(HOUR + 82_800, 1, 90_000)]), "x.xml"))
    assert register.readings.step_s is None
    assert register.readings.duration_ms.tolist() == [82_800_000, 90_000_000]


def test_a_start_that_comes_twice_is_counted_and_the_later_stands():
    parsed = read(nested([reading(HOUR, 1000), reading(HOUR, 3000)]), "x.xml")
    assert codes(parsed) == ["repeated_times"]
    assert only(parsed).readings.total == Decimal(3)


def test_a_unit_nobody_names_is_refused_until_it_is_chosen():
    feed = nested([reading(HOUR, 5)], "<kind/>")
    assert codes(read(feed, "x.xml")) == ["unit_unknown"]
    assert only(read(feed, "x.xml", unit="therm")).unit == "MJ"


@pytest.mark.parametrize(
    ("one", "code"),
    [
        (reading(HOUR, "NaN"), "bad_value"),
        (reading(HOUR, "1e5"), "bad_value"),
        (reading(HOUR, "9" * 40), "bad_value"),
        (reading("yesterday", 1), "bad_time"),
        (reading(HOUR, 1, -5), "bad_time"),
        (reading(2_000_000_000, 1), "in_the_future"),
    ],
)
def test_readings_that_cannot_be_read_are_counted_and_the_others_kept(one, code):
    parsed = read(nested([reading(HOUR, 1000), one]), "x.xml")
    assert codes(parsed) == [code]
    assert only(parsed).readings.total == Decimal(1)


def test_a_multiplier_out_of_range_is_refused():
    assert codes(read(nested([reading(HOUR, 1)], reading_type(72, 99)), "x.xml")) == ["bad_multiplier"]


def test_values_larger_than_any_meter_counts_are_refused():
    assert codes(read(nested([reading(HOUR, 10**17)], reading_type(72, 6)), "x.xml")) == [
        "value_out_of_range"
    ]


@pytest.mark.parametrize(
    "bomb",
    [
        '<!DOCTYPE f [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;">]><feed xmlns="http://naesb.org/espi">&b;</feed>',
        '<!DOCTYPE f [<!ENTITY x SYSTEM "file:///etc/passwd">]><feed xmlns="http://naesb.org/espi">&x;</feed>',
        '<!DOCTYPE f SYSTEM "http://127.0.0.1/x.dtd"><feed xmlns="http://naesb.org/espi"/>',
    ],
)
def test_document_types_and_entities_are_refused_before_any_work(bomb):
    assert codes(read(f'<?xml version="1.0"?>{bomb}', "x.xml")) == ["xml_forbidden"]


def test_broken_xml_is_a_problem_with_its_line():
    (problem,) = read(f"<feed {ESPI}>\n\n<IntervalBlock>", "x.xml").problems
    assert (problem.code, problem.line) == ("bad_xml", 3)


def test_deep_and_many_elements_are_refused(monkeypatch):
    deep = f"<feed {ESPI}>" + "<a>" * 100 + "</a>" * 100 + "</feed>"
    assert codes(read(deep, "x.xml")) == ["xml_too_large"]
    monkeypatch.setattr(espi_feed, "MOST_READINGS", 5)
    assert codes(read(nested([reading(HOUR + 3600 * n, 1) for n in range(6)]), "x.xml")) == ["xml_too_large"]


def naive_total(text):
    """The sum of all readings by pattern alone, at the one scale of the file; the later of a start stands."""
    power = int((re.findall(r"<ReadingType[\s\S]*?<powerOfTenMultiplier>(-?\d+)<", text) or ["0"])[0])
    held = {}
    for block in re.findall(r"<(?:\w+:)?IntervalReading>([\s\S]*?)</(?:\w+:)?IntervalReading>", text):
        start = re.search(r"<(?:\w+:)?start>([^<]+)<", block)[1]
        held[start] = int(re.search(r"<(?:\w+:)?value>(-?\d+)<", block)[1])
    return len(held), sum(held.values()), power


@pytest.mark.real_data
def test_every_published_file_has_the_total_of_a_naive_sum():
    files = sorted(data_dir("green_button").glob("*.xml.gz"))
    assert len(files) >= 20
    for file in files:
        packed = file.read_bytes()
        count, total, power = naive_total(gzip.decompress(packed).decode())
        is_gas = "gas" in file.name
        register = only(read(packed, file.name, unit="therm" if is_gas else ""))
        # Exact by definition of the international table: a therm is 105.505585262 MJ.
        factor = Decimal("105.505585262") if is_gas else Decimal("0.001")
        assert len(register.readings) == count, file.name
        want = total * Decimal(10) ** power * factor
        assert abs(register.readings.total - want) <= Decimal("0.000001") * count, file.name
        assert register.carrier is not Carrier.OTHER, file.name


@pytest.mark.real_data
def test_a_published_year_of_hours_begins_at_local_midnight():
    name = "Coastal_Multi_Family_Jan_1_2011_to_Jan_1_2012_RetailCustomer_5.xml.gz"
    register = only(read((data_dir("green_button") / name).read_bytes(), name))
    assert (register.meter, utc(register), len(register.readings)) == (
        "Coastal Multi-Family",
        "2011-01-01T08:00",
        8760,
    )
