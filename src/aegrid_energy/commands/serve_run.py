"""What `serve` does, apart from its arguments."""

import argparse
import asyncio
import ipaddress
import socket
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509

from aegrid_energy.api.local_authority import make_local_certificate
from aegrid_energy.api.tls import (
    TlsFiles,
    check_binding,
    check_files,
    is_loopback,
    lan_addresses,
    trust_advice,
)
from aegrid_energy.commands.listening import listening
from aegrid_energy.commands.signals import end_when_told
from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.main import (
    Serving,
    build_app,
    clock,
    open_database,
    pepper_of,
    serve_app,
    set_up_logging,
    settings_now,
    state_dir_of,
)
from aegrid_energy.settings import Settings
from aegrid_energy.storage.codes import LIFETIMES, Purpose, first_administrator_code
from aegrid_energy.storage.pool import build_pool, transaction
from aegrid_energy.storage.roles import Role
from aegrid_energy.storage.server import Server

_EVERYWHERE: Final = "0.0.0.0"  # noqa: S104  # chosen by --lan only, which comes with a certificate
_ANY: Final = frozenset({"0.0.0.0", "::", ""})  # noqa: S104  # compared, not bound


def run_serve(args: argparse.Namespace) -> int:
    """Serve until a signal says stop."""
    settings = settings_now()
    set_up_logging(settings)
    serving = serving_of(args, settings, now=clock())
    end_when_told()
    with listening(serving.host, serving.port) as sockets, open_database(settings) as server:
        app = build_app(
            server,
            serving,
            pepper=pepper_of(settings),
            pool_size=settings.pool_size,
            worker_jobs=settings.worker_jobs,
        )
        code = asyncio.run(_first_code(server))

        def started() -> None:
            for line in greeting(serving, settings, code):
                print(line, file=sys.stderr, flush=True)

        serve_app(app, serving, started=started, sockets=sockets)
    return 0


def serving_of(args: argparse.Namespace, settings: Settings, *, now: datetime) -> Serving:
    """How to serve, by the arguments and else the settings.

    Raises:
        RefusedError: `bind_needs_tls`, naming the ways.
        InvalidError: `tls_pair_incomplete`, `tls_file_unreadable`, or `public_url_needed`.
    """
    host, port = args.host or settings.host, args.port or settings.port
    is_told = args.tls_cert is not None or args.tls_key is not None
    cert, key = (args.tls_cert, args.tls_key) if is_told else (settings.tls_cert, settings.tls_key)
    if args.lan and args.host is None and is_loopback(host):
        host = _EVERYWHERE
    is_behind_proxy = bool(settings.trusted_proxies)
    check_binding(host, tls_cert=cert, tls_key=key, lan=args.lan, is_behind_proxy=is_behind_proxy)
    tls: TlsFiles | None = None
    names = _names(host)
    if cert is not None and key is not None:
        tls = TlsFiles(certificate=cert, key=key)
        check_files(tls)
        names = [*names, *_names_in(cert)]
    elif args.lan:
        names = [*names, *lan_addresses(), socket.gethostname().lower()]
        tls = make_local_certificate(state_dir_of(settings) / "tls", list(dict.fromkeys(names)), now=now)
    elif is_behind_proxy and settings.public_url is None:
        raise InvalidError("public_url_needed")
    public = settings.public_url.rstrip("/") if settings.public_url else None
    origins = _origins("http" if tls is None else "https", names, port)
    return Serving(
        host=host,
        port=port,
        origins=frozenset([*origins, public] if public else origins),
        tls=tls,
        is_tls=tls is not None or (public is not None and urlsplit(public).scheme == "https"),
        works=not args.no_worker,
        trusted_proxies=settings.trusted_proxies,
    )


def greeting(serving: Serving, settings: Settings, code: str | None) -> list[str]:
    """What the console says once the server listens."""
    url = settings.public_url or _url(serving)
    lines = [f"Serving at {url}. Stop with Ctrl-C."]
    if serving.tls is not None and serving.tls.authority is not None:
        phone = next((origin for origin in _lan_origins(serving)), url)
        lines += ["", trust_advice(serving.tls, phone)]
    if code is not None:
        minutes = int(LIFETIMES[Purpose.FIRST_ADMINISTRATOR].total_seconds() // 60)
        lines += [
            "",
            "Nobody has an account yet. Open the address and become the first administrator with the code",
            f"    {code}",
            f"It works once, for {minutes} minutes; starting the server again makes a new one.",
        ]
    return lines


async def _first_code(server: Server) -> str | None:
    async with (
        build_pool(server.dsn(Role.APP), name="console", size=1) as pool,
        transaction(pool, None) as conn,
    ):
        return await first_administrator_code(conn, now=clock())


def _names(host: str) -> list[str]:
    here = ["127.0.0.1", "localhost", "::1"]
    return here if host in _ANY or is_loopback(host) else [host.strip("[]").lower(), *here]


def _names_in(certificate: Path) -> list[str]:
    """The names that a certificate stands for; browsers reach us by one of them."""
    chain = x509.load_pem_x509_certificates(certificate.read_bytes())
    try:
        names = chain[0].extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    addresses = [str(address) for address in names.get_values_for_type(x509.IPAddress)]
    return [name for name in names.get_values_for_type(x509.DNSName) if "*" not in name] + addresses


def _origins(scheme: str, names: Iterable[str], port: int) -> list[str]:
    """Addresses as browsers write them: the scheme's own port is left out."""
    is_own = port == (443 if scheme == "https" else 80)
    return [f"{scheme}://{_bracketed(name)}{'' if is_own else f':{port}'}" for name in dict.fromkeys(names)]


def _bracketed(name: str) -> str:
    try:
        return f"[{name}]" if ipaddress.ip_address(name).version == 6 else name
    except ValueError:
        return name


def _url(serving: Serving) -> str:
    scheme = "https" if serving.tls is not None else "http"
    return _origins(
        scheme, ["localhost" if serving.host in _ANY else serving.host.strip("[]")], serving.port
    )[0]


def _lan_origins(serving: Serving) -> Sequence[str]:
    return _origins("https", lan_addresses(), serving.port)
