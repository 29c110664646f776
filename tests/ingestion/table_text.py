"""Tables made for tests, and short ways to read them."""

import io
from datetime import UTC, datetime, timedelta

from aegrid_energy.ingestion.choices import Choices
from aegrid_energy.ingestion.read_file import read_file

#: The present of these tests: 2027-01-15.
NOW_MS = 1_800_000_000_000


def read(data, name="site.csv", *, accept=True, **said):
    """The one parsed file of some text or bytes."""
    raw = data.encode() if isinstance(data, str) else data
    (parsed,) = read_file(raw, name, Choices(now_ms=NOW_MS, accept_proposed=accept, **said))
    return parsed


def csv(head, rows):
    """A CSV of a head and rows of cells."""
    out = io.StringIO()
    for row in (head, *rows):
        out.write(",".join(str(cell) for cell in row) + "\n")
    return out.getvalue()


def times(count, minutes=30, start="2024-03-13T00:00", form="%Y-%m-%d %H:%M"):
    """Texts of times a step apart."""
    first = datetime.fromisoformat(start).replace(tzinfo=UTC)
    return [(first + timedelta(minutes=minutes * n)).strftime(form) for n in range(count)]


def only(parsed):
    """The one register of a file."""
    (register,) = parsed.registers
    return register


def codes(parsed):
    """Codes of problems, refusals first."""
    return [p.code for p in parsed.problems if p.refused] + [p.code for p in parsed.problems if not p.refused]


def utc(register, index=0):
    """Start of a reading, to the minute."""
    at = datetime.fromtimestamp(int(register.readings.start_ms[index]) / 1000, UTC)
    return at.strftime("%Y-%m-%dT%H:%M")
