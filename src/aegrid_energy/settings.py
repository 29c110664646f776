"""Settings of the process: at most fifteen, from variables that begin with AEGRID_; everything else is data.

A secret may come from a file: AEGRID_DATABASE_URL_FILE names one whose content is AEGRID_DATABASE_URL.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Final, Literal, Self, get_origin

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticUndefined

from aegrid_energy.domain.errors import InvalidError

PREFIX: Final = "AEGRID_"
_FILE: Final = "_FILE"
#: Variables of the test suite; no setting of ours begins like this.
_TESTS: Final = "AEGRID_TEST_"
#: What may come from a file and is never shown.
_SECRETS: Final = frozenset({"database_url", "database_owner_url", "key_pepper"})

Port = Annotated[int, Field(ge=1, le=65535)]
Network = IPv4Network | IPv6Network


def _network(text: object) -> Network:
    try:
        network = ip_network(str(text))
    except ValueError:
        raise ValueError("each must be an address, or a network like 10.0.0.0/8") from None
    if network.prefixlen == 0:
        raise ValueError("this would believe everybody; name the proxies, or their network")
    return network


class Settings(BaseModel):
    """What one process is told from outside. Lists are separated by commas."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True
    )

    state_dir: Path | None = None
    """Folder of the embedded database, its log and the secrets we make. Empty: /var/lib/aegrid-energy for
    root, else $XDG_STATE_HOME/aegrid-energy or ~/.local/state/aegrid-energy."""

    database_url: SecretStr | None = None
    """PostgreSQL (15 or newer) to use instead of the embedded one, as the role that serves; the tenant
    policies must hold it."""

    database_owner_url: SecretStr | None = None
    """The same database as the role that owns the tables; for `migrate`, `backup` and `restore`, and, where
    jobs are worked off, to drop readings that a tenant does not keep. Serving without it drops nothing."""

    pool_size: Annotated[int, Field(ge=2, le=100)] = 10
    """Database connections of one process, at most."""

    host: str = "127.0.0.1"
    """Address to listen on. Anything but loopback needs a certificate, `--lan` or a trusted proxy."""

    port: Port = 8400
    """TCP port to listen on."""

    public_url: str | None = None
    """Address that browsers use, such as https://energy.example.org; only pages from there may act."""

    trusted_proxies: tuple[Annotated[Network, BeforeValidator(_network)], ...] = ()
    """Addresses or networks of proxies that end TLS in front of this server; only what they say in
    X-Forwarded-For and X-Forwarded-Proto is believed."""

    tls_cert: Path | None = None
    """File of the certificate chain, PEM."""

    tls_key: Path | None = None
    """File of the certificate's private key, PEM."""

    key_pepper: SecretStr | None = None
    """Secret that hashes of device keys are made with, 32 characters or more. Empty: made once and kept in
    the state folder; processes on several machines need the same one."""

    worker_jobs: Annotated[int, Field(ge=1, le=64)] = 2
    """Jobs that one worker works on at a time."""

    metrics_port: Port | None = None
    """Loopback port of the figures for Prometheus. Empty: none."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least that is logged."""

    log_format: Literal["text", "json"] = "text"
    """One line of text, or of JSON, per event."""

    @model_validator(mode="after")
    def _go_together(self) -> Self:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError("AEGRID_TLS_CERT and AEGRID_TLS_KEY go together")
        if self.database_owner_url is not None and self.database_url is None:
            raise ValueError("AEGRID_DATABASE_OWNER_URL needs AEGRID_DATABASE_URL")
        if self.key_pepper is not None and len(self.key_pepper.get_secret_value()) < 32:
            raise ValueError("AEGRID_KEY_PEPPER needs 32 characters or more")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingText:
    """One setting as documentation tells it."""

    variable: str
    default: str
    text: str
    is_secret: bool


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Settings of an environment; an empty variable counts as absent.

    Args:
        environ: Variables by name, as `os.environ`.

    Raises:
        InvalidError: `setting_unknown`, `setting_twice`, `setting_file_unreadable` or `setting_invalid`; the
            value itself is never shown.

    >>> read_settings({"AEGRID_PORT": "9000"}).port
    9000
    """
    given: dict[str, object] = {}
    for variable in sorted(environ):
        if not variable.startswith(PREFIX) or variable.startswith(_TESTS) or not environ[variable]:
            continue
        name = variable.removeprefix(PREFIX).lower()
        value = environ[variable]
        if (secret := name.removesuffix(_FILE.lower())) in _SECRETS and secret != name:
            name, value = secret, _read_secret(variable, Path(value))
        if name not in Settings.model_fields:
            raise InvalidError("setting_unknown", variable=variable)
        if name in given:
            raise InvalidError("setting_twice", variable=variable)
        is_list = get_origin(Settings.model_fields[name].annotation) is tuple
        given[name] = tuple(part.strip() for part in value.split(",") if part.strip()) if is_list else value
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        why = first["msg"].removeprefix("Value error, ")
        # Settings that do not go together are named by the first words of the reason.
        variable = PREFIX + str(first["loc"][0]).upper() if first["loc"] else why.partition(" ")[0]
        raise InvalidError("setting_invalid", variable=variable, why=why) from None


def describe_settings() -> tuple[SettingText, ...]:
    """Every setting with its default and what it does, in the order of the class."""
    texts: list[SettingText] = []
    for name, field in Settings.model_fields.items():
        default = field.default
        is_empty = default is None or default is PydanticUndefined or default == ()
        texts.append(
            SettingText(
                variable=PREFIX + name.upper(),
                default="" if is_empty else str(default),
                text=" ".join((field.description or "").split()),
                is_secret=name in _SECRETS,
            )
        )
    return tuple(texts)


def _read_secret(variable: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidError("setting_file_unreadable", variable=variable, why=str(error)) from None
