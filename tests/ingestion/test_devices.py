"""Readings of one device are told from those of the next."""

from decimal import Decimal

import numpy as np

from aegrid_energy.domain.device import Device
from aegrid_energy.domain.readings import MICRO
from aegrid_energy.domain.spans import FIRST_MS
from aegrid_energy.ingestion.counters import Exchange
from aegrid_energy.ingestion.devices import Epochs, epochs_of

HOUR = 3_600_000


def epochs(devices: list[Device], shown: list[float]) -> Epochs:
    at = np.arange(len(shown), dtype=np.int64) * HOUR
    return epochs_of(devices, at, np.array([round(v * MICRO) for v in shown], dtype=np.int64))


def device(serial: str, start_ms: int = FIRST_MS, factor: str = "1", **said: str) -> Device:
    reads = {name: Decimal(value) for name, value in said.items()}
    return Device(start_ms=start_ms, serial=serial, multiplier=Decimal(factor), **reads)


def test_a_meter_without_installs_is_one_device() -> None:
    found = epochs([], [1, 2])
    assert (found.number.tolist(), found.rules, found.exchanges) == ([0, 0], {}, ())


def test_what_stood_before_the_first_install_is_another_device() -> None:
    assert epochs([device("B", HOUR)], [9, 1, 2]).number.tolist() == [0, 1, 1]


def test_a_reading_at_the_exchange_is_the_new_devices() -> None:
    found = epochs([device("A"), device("B", 2 * HOUR)], [1, 2, 0, 1])
    assert (found.number.tolist(), found.exchanges) == ([1, 1, 2, 2], ())


def test_the_same_serial_with_the_same_ratio_stays_one_device() -> None:
    assert epochs([device("A"), device("A", HOUR, max_rate_per_h="5")], [1, 2, 3]).number.tolist() == [
        1,
        1,
        1,
    ]


def test_noted_reads_are_multiplied_by_the_ratio_of_their_device() -> None:
    found = epochs(
        [device("A", factor="2", last_read="10.5"), device("B", HOUR, "3", first_read="1")], [20, 3]
    )
    assert found.exchanges == (Exchange(at_ms=HOUR, last_micro=21 * MICRO, first_micro=3 * MICRO),)


def test_a_new_ratio_of_a_running_counter_is_read_off_between_its_neighbours() -> None:
    # The device showed 10 and 12: it stood at 11 when the ratio went from 2 to 5.
    found = epochs([device("A", factor="2"), device("A", HOUR // 2, "5")], [20, 60])
    assert found.exchanges == (Exchange(at_ms=HOUR // 2, last_micro=22 * MICRO, first_micro=55 * MICRO),)


def test_limits_of_a_device_are_those_of_its_stored_readings() -> None:
    found = epochs([device("A", factor="40", wraps_at="1000", max_rate_per_h="250")], [1])
    rules = found.rules[1]
    assert (rules.span_micro, rules.max_rate_per_h, rules.count_micro) == (40_000 * MICRO, 250.0, 40 * MICRO)


def test_an_end_that_no_stored_reading_can_reach_is_no_end() -> None:
    assert epochs([device("A", factor="1000000", wraps_at="1000000")], [1]).rules[1].span_micro is None
