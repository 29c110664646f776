"""Passwords."""

import pytest

from access_world import PASSWORD, World
from aegrid_energy.api.passwords import check_password, hash_password
from aegrid_energy.domain.errors import InvalidError


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        pytest.param("Tr0ub4dor&3", "12 characters", id="short"),
        pytest.param("abababababab", "different", id="few-characters"),
        pytest.param("my-mallory-secret", "mallory", id="own-name"),
        pytest.param("ShireOfIndigo-2026", "shire of indigo", id="tenant-written-together"),
        pytest.param("shire of indigo 1", "shire of indigo", id="tenant"),
        pytest.param("AegridEnergy2026!", "aegrid", id="product"),
    ],
)
def test_what_is_guessed_first_is_refused(password: str, reason: str) -> None:
    with pytest.raises(InvalidError, match="password_weak") as caught:
        check_password(password, email="mallory@example.org", tenant="Shire of Indigo")
    assert reason in str(caught.value.params["reason"])


def test_a_long_one_is_good() -> None:
    check_password(PASSWORD, email="mallory@example.org", tenant="Shire of Indigo")


async def test_the_hash_is_argon2id_as_decided(world: World) -> None:
    hashed = await hash_password(world.context, PASSWORD)
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert hashed != await hash_password(world.context, PASSWORD)
