"""Settings come from the environment, are few, documented, and never shown when they are wrong."""

from ipaddress import ip_network
from pathlib import Path

import pytest

from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.settings import Settings, describe_settings, read_settings


def test_without_variables_everything_has_its_default() -> None:
    settings = read_settings({"PATH": "/bin", "AEGRID_PORT": ""})
    assert settings == Settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 8400)


def test_a_list_is_separated_by_commas() -> None:
    read = read_settings({"AEGRID_TRUSTED_PROXIES": "10.0.0.1, fd00::/8,"})
    assert read.trusted_proxies == (ip_network("10.0.0.1/32"), ip_network("fd00::/8"))


def test_a_secret_may_lie_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgresql://app:hush@db/energy\n")
    read = read_settings({"AEGRID_DATABASE_URL_FILE": str(tmp_path / "url")})
    assert read.database_url is not None
    assert read.database_url.get_secret_value() == "postgresql://app:hush@db/energy"
    assert "hush" not in repr(read)


@pytest.mark.parametrize(
    ("environ", "code", "variable"),
    [
        pytest.param({"AEGRID_PROT": "1"}, "setting_unknown", "AEGRID_PROT", id="misspelt"),
        pytest.param({"AEGRID_PORT_FILE": "/x"}, "setting_unknown", "AEGRID_PORT_FILE", id="no_secret"),
        pytest.param({"AEGRID_PORT": "hush"}, "setting_invalid", "AEGRID_PORT", id="no_number"),
        pytest.param({"AEGRID_PORT": "70000"}, "setting_invalid", "AEGRID_PORT", id="out_of_range"),
        pytest.param(
            {"AEGRID_KEY_PEPPER": "hush"}, "setting_invalid", "AEGRID_KEY_PEPPER", id="short_pepper"
        ),
        pytest.param(
            {"AEGRID_TRUSTED_PROXIES": "10.0.0.1,hush"},
            "setting_invalid",
            "AEGRID_TRUSTED_PROXIES",
            id="host_name",
        ),
        pytest.param(
            {"AEGRID_TRUSTED_PROXIES": "::/0"}, "setting_invalid", "AEGRID_TRUSTED_PROXIES", id="everybody"
        ),
        pytest.param(
            {"AEGRID_TLS_CERT": "hush"}, "setting_invalid", "AEGRID_TLS_CERT", id="certificate_without_key"
        ),
        pytest.param(
            {"AEGRID_DATABASE_URL_FILE": "/nonexistent/file"},
            "setting_file_unreadable",
            "AEGRID_DATABASE_URL_FILE",
            id="file_missing",
        ),
        pytest.param(
            {"AEGRID_DATABASE_OWNER_URL": "hush"},
            "setting_invalid",
            "AEGRID_DATABASE_OWNER_URL",
            id="owner_without_app",
        ),
    ],
)
def test_a_wrong_setting_is_named_and_not_shown(environ: dict[str, str], code: str, variable: str) -> None:
    with pytest.raises(InvalidError) as caught:
        read_settings(environ)
    assert caught.value.code == code
    assert caught.value.params["variable"] == variable
    assert "hush" not in str(caught.value)


def test_the_same_secret_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgresql://a@b/c")
    with pytest.raises(InvalidError) as caught:
        read_settings({"AEGRID_DATABASE_URL": "x", "AEGRID_DATABASE_URL_FILE": str(tmp_path / "url")})
    assert caught.value.code == "setting_twice"


def test_there_are_few_settings_and_each_says_what_it_does() -> None:
    texts = describe_settings()
    assert len(texts) <= 15
    assert all(len(text.text) > 10 for text in texts)
    assert {text.variable for text in texts if text.is_secret} == {
        "AEGRID_DATABASE_URL", "AEGRID_DATABASE_OWNER_URL", "AEGRID_KEY_PEPPER",
    }  # fmt: skip
