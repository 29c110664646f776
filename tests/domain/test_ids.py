"""Ids of things that we make."""

from datetime import UTC, datetime, timedelta

from aegrid_energy.domain.ids import new_id

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def test_an_id_is_version_seven_and_carries_its_time() -> None:
    made = new_id(AT)
    assert made.version == 7
    assert made.int >> 80 == int(AT.timestamp() * 1000)


def test_later_ids_sort_later_and_none_is_made_twice() -> None:
    assert new_id(AT) < new_id(AT + timedelta(milliseconds=1))
    assert len({new_id(AT) for _ in range(1000)}) == 1000
