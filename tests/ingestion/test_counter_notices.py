"""What a counter did is told in words, once."""

import re
from pathlib import Path

from aegrid_energy.domain.readings import MICRO
from aegrid_energy.ingestion import counters
from aegrid_energy.ingestion.counter_notices import problems_of_counter
from aegrid_energy.ingestion.counters import CounterNotice

HOUR = 3_600_000


def told(*notices: CounterNotice, first_ms: int = 0, last_ms: int = 10 * HOUR) -> list[tuple[str, str]]:
    found = problems_of_counter(notices, register="E1", unit="kWh", first_ms=first_ms, last_ms=last_ms)
    return [(problem.code, problem.text) for problem in found]


def test_a_fall_says_where_and_by_how_much() -> None:
    notice = CounterNotice(code="counter_fell", at_ms=HOUR, step_micro=-2_500_000)
    assert told(notice) == [
        (
            "counter_fell",
            (
                "E1 at 1970-01-01T01:00:00.000Z: The counter fell by 2.5 kWh; "
                "what was used meanwhile is unknown."
            ),
        )
    ]


def test_what_was_noticed_of_the_neighbours_is_not_told_again() -> None:
    notices = [CounterNotice(code="counter_fell", at_ms=n * HOUR, step_micro=-MICRO) for n in range(4)]
    assert len(told(*notices, first_ms=HOUR, last_ms=2 * HOUR)) == 2


def test_everything_that_the_engine_notices_has_words() -> None:
    source = Path(counters.__file__).read_text()
    codes = set(re.findall(r'"((?:counter|meter)_[a-z_]+)"', source))
    assert len(codes) >= 8
    for code in sorted(codes):
        assert len(told(CounterNotice(code=code, at_ms=0, step_micro=MICRO))) == 1
