import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ingestion.table_text import NOW_MS, csv, read, times

from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.series import Kind
from aegrid_energy.ingestion.choices import Choices
from aegrid_energy.ingestion.handover import packed_choices, packed_files, unpacked_choices, unpacked_files


def same(one, other):
    assert (one.file, one.format, one.problems, one.proposal) == (
        other.file,
        other.format,
        other.problems,
        other.proposal,
    )
    assert len(one.registers) == len(other.registers)
    for mine, theirs in zip(one.registers, other.registers, strict=True):
        for name in (
            "meter",
            "register",
            "carrier",
            "quantity",
            "direction",
            "kind",
            "unit",
            "serial",
            "spreads",
        ):
            assert getattr(mine, name) == getattr(theirs, name)
        assert mine.readings.step_s == theirs.readings.step_s
        for left, right in (
            (mine.readings.start_ms, theirs.readings.start_ms),
            (mine.readings.micro, theirs.readings.micro),
            (mine.readings.quality, theirs.readings.quality),
            (mine.readings.duration_ms, theirs.readings.duration_ms),
            (mine.update_ms, theirs.update_ms),
        ):
            assert (left is None) == (right is None)
            assert left is None or (np.array_equal(left, right) and left.dtype == right.dtype)


PARSED = [
    read(csv(["time", "kWh", "n/a"], zip(times(50), range(50), "x" * 50, strict=True)), zone="UTC"),
    read("Start,End,kWh\n2024-01-01,2024-02-01,3\n2024-02-01,2024-03-01,4\n", zone="UTC"),
    read(b"100,NEM12,202401010000,MDP,RET\n200,6102000001,E1,E1,E1,,M1,KWH,30,\n300,20240101,"
         + b",".join(b"1" for _ in range(48)) + b",A,,,20240102000000,\n900\n", "x.csv"),
    read(b"", "empty"),
]  # fmt: skip


def test_parsed_files_come_back_as_they_were():
    for one, other in zip(PARSED, unpacked_files(packed_files(PARSED)), strict=True):
        same(one, other)


def test_choices_come_back_as_they_were():
    choices = Choices(
        now_ms=NOW_MS, kind=Kind.CUMULATIVE, columns=(("a", "time"), ("b", "value")), zone="+10:00"
    )
    assert unpacked_choices(json.loads(json.dumps(packed_choices(choices)))) == choices


@given(st.data())
def test_a_damaged_answer_is_an_error_of_ours_or_still_an_answer(data):
    good = bytearray(packed_files(PARSED[:2]))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(good) - 1))
        if data.draw(st.booleans()):
            good[at] = data.draw(st.integers(0, 255))
        else:
            del good[at : at + data.draw(st.integers(1, 200))]
    try:
        unpacked_files(bytes(good))
    except InvalidError as error:
        assert error.code == "handover_damaged"  # noqa: PT017


@pytest.mark.parametrize(
    "answer", [b"", b"AEGRID1\n", b"cos\nsystem\n(S'true'\ntR.", packed_files(PARSED) + b"x"]
)
def test_what_is_no_answer_is_refused(answer):
    with pytest.raises(InvalidError, match="handover_damaged"):
        unpacked_files(answer)
