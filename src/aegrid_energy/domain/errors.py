"""The errors of the house. Outer doors translate them; nothing else is raised on purpose.

EnergyError
├── NotFoundError            the object does not exist, or is outside the asker's scope
├── InvalidError             the input breaks a rule; says which field and what to do
├── ConflictError            the state has moved on (version, duplicate key)
├── RefusedError             understood, and not allowed (rights, range, read-only)
├── InsufficientDataError    not enough valid data for an answer worth giving
└── UnavailableError         a neighbour (database, device, disk) does not answer; the only retryable one
"""

from collections.abc import Mapping


class EnergyError(Exception):
    """Base of all errors of this project.

    Args:
        code: Stable machine-readable name, `snake_case`; the catalogue has its sentence.
        params: Facts that the sentence names.
    """

    def __init__(self, code: str, /, **params: object) -> None:
        super().__init__(code, params)
        self.code = code
        self.params: Mapping[str, object] = params

    def __str__(self) -> str:
        facts = ", ".join(f"{key}={value!r}" for key, value in self.params.items())
        return f"{self.code}({facts})"


class NotFoundError(EnergyError):
    """The object does not exist, or is outside the asker's scope: both look the same."""


class InvalidError(EnergyError):
    """The input breaks a rule."""


class ConflictError(EnergyError):
    """The state has moved on since the caller looked."""


class RefusedError(EnergyError):
    """Understood, and not allowed."""


class InsufficientDataError(EnergyError):
    """Not enough valid data for an answer worth giving."""


class UnavailableError(EnergyError):
    """A neighbour does not answer now; trying again later can help."""
