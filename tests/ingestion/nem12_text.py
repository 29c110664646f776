"""Writes small NEM12 files for tests, so that each test shows only what is special about its file."""

from datetime import UTC, datetime

from aegrid_energy.ingestion.choices import Choices

NOW_MS = int(datetime(2026, 11, 20, tzinfo=UTC).timestamp() * 1000)
CHOICES = Choices(now_ms=NOW_MS)
HEADER = "100,NEM12,202401050000,MDP,RET"


def block(nmi="6102000001", suffix="E1", unit="kWh", minutes=30, serial="M1"):
    return f"200,{nmi},E1B1,1,{suffix},N1,{serial},{unit},{minutes},"


def day(on="20240101", values=None, *, count=48, tail="A,,,20240102120000,"):
    fields = [str(value) for value in (values if values is not None else [1] * count)]
    return f"300,{on},{','.join(fields)},{tail}"


def nem12(*lines, header=HEADER, end="900"):
    return "\n".join([header, *lines, end]).encode()


def utc_ms(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)
