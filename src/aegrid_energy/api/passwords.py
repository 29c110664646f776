"""Passwords: argon2id in a thread, a few at a time, and what makes one too weak."""

from typing import Final

import anyio.to_thread
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from starlette.requests import HTTPConnection

from aegrid_energy.api.context import Context
from aegrid_energy.api.identity import address_of
from aegrid_energy.domain.errors import InvalidError, RefusedError
from aegrid_energy.storage.accounts import Account, set_password_hash
from aegrid_energy.storage.attempts import begin_attempt, mark_succeeded
from aegrid_energy.storage.pool import transaction

# OWASP's first choice: 19 MiB, two passes, one lane.
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
#: Hash of a random password nobody knows: verifying an unknown e-mail address takes as long as a known one.
_NOBODY: Final = (
    "$argon2id$v=19$m=19456,t=2,p=1$rUvXCd0q/hNoPhOtzmQJuA$Uqwr3WOULPFDroZPYMnQDfILhVlt/m3b86LGM7zRLdw"
)
MIN_LENGTH: Final = 12
_MIN_DIFFERENT: Final = 5
_MIN_WORD: Final = 4  # shorter ones stand in good passwords by chance


def check_password(password: str, *, email: str, tenant: str = "") -> None:
    """Refuse a password that is guessed first.

    Raises:
        InvalidError: `password_weak` with a reason.
    """
    plain = password.lower()
    if len(password) < MIN_LENGTH:
        raise InvalidError("password_weak", reason=f"it needs at least {MIN_LENGTH} characters")
    if len(set(plain)) < _MIN_DIFFERENT:
        raise InvalidError("password_weak", reason=f"it needs at least {_MIN_DIFFERENT} different characters")
    for word in (email.partition("@")[0].lower(), tenant.lower(), "aegrid"):
        if len(word) >= _MIN_WORD and _joined(word) in _joined(plain):
            raise InvalidError("password_weak", reason=f"it must not contain {word!r}")


async def hash_password(context: Context, password: str) -> str:
    """The argon2id hash of a password."""
    return await anyio.to_thread.run_sync(_HASHER.hash, password, limiter=context.limiter.password_slots)


async def prove_password(
    context: Context, connection: HTTPConnection, account: Account | None, *, email: str, password: str
) -> Account:
    """Hold a caller to a password, counting the attempt.

    Args:
        context: Clock, pool and slots.
        connection: For the address that the attempt is counted under.
        account: Whose password it should be; None is refused like a wrong password, in the same time.
        email: As typed.
        password: As typed.

    Raises:
        RefusedError: `sign_in_failed`, `too_many_attempts`.
    """
    now = context.now()
    async with transaction(context.pool, None) as database:
        attempts = await begin_attempt(database, email=email, address=address_of(connection), now=now)
    stored = account.password_hash if account is not None else None
    is_right = await anyio.to_thread.run_sync(
        _verify, stored or _NOBODY, password, limiter=context.limiter.password_slots
    )
    if account is None or stored is None or not is_right or account.is_disabled:
        raise RefusedError("sign_in_failed")
    async with transaction(context.pool, None) as database:
        await mark_succeeded(database, attempts)
        if _HASHER.check_needs_rehash(stored):
            await set_password_hash(database, account.id, await hash_password(context, password))
    return account


def _joined(text: str) -> str:
    return "".join(char for char in text if char.isalnum())


def _verify(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
