"""The local authority of `--lan`: real handshakes, kept over restarts, renewed in time."""

import asyncio
import ssl
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from aegrid_energy.api.local_authority import make_local_certificate
from aegrid_energy.api.tls import TlsFiles, fingerprint

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def real_now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)  # handshakes look at the wall clock


async def handshake(files: TlsFiles, trusted: Path, name: str) -> str:
    server_side = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server_side.load_cert_chain(files.certificate, files.key)
    client_side = ssl.create_default_context(cafile=str(trusted))

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=server_side)
    async with server:
        port = server.sockets[0].getsockname()[1]
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=client_side, server_hostname=name)
        version = writer.get_extra_info("ssl_object").version()
        writer.transport.abort()
    return version


async def test_a_device_that_trusts_the_authority_trusts_the_server(tmp_path: Path) -> None:
    files = make_local_certificate(tmp_path, ["127.0.0.1", "energy.local"], now=real_now())
    assert files.authority is not None
    for name in ("127.0.0.1", "energy.local"):
        assert await handshake(files, files.authority, name) == "TLSv1.3"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_nobody_else_is_believed(tmp_path: Path) -> None:
    files = make_local_certificate(tmp_path / "ours", ["127.0.0.1"], now=real_now())
    other = make_local_certificate(tmp_path / "other", ["127.0.0.1"], now=real_now())
    assert other.authority is not None
    assert files.authority is not None
    with pytest.raises(ssl.SSLCertVerificationError):
        await handshake(files, other.authority, "127.0.0.1")
    with pytest.raises(ssl.SSLCertVerificationError):
        await handshake(files, files.authority, "energy.local")


def test_keys_are_for_their_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "tls"
    make_local_certificate(folder, ["127.0.0.1"], now=NOW)
    assert folder.stat().st_mode & 0o777 == 0o700
    files = list(folder.iterdir())
    assert {file.name for file in files} == {"authority.crt", "authority.key", "server.crt", "server.key"}
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def test_a_second_start_changes_nothing(tmp_path: Path) -> None:
    def contents() -> dict[str, bytes]:
        return {file.name: file.read_bytes() for file in tmp_path.iterdir()}

    make_local_certificate(tmp_path, ["127.0.0.1", "192.168.1.5"], now=NOW)
    before = contents()
    make_local_certificate(tmp_path, ["192.168.1.5"], now=NOW + timedelta(days=300))
    assert contents() == before


@pytest.mark.parametrize(
    ("hosts", "later"),
    [
        pytest.param(["10.0.0.9"], timedelta(days=1), id="another-address"),
        pytest.param(["127.0.0.1"], timedelta(days=368), id="soon-over"),
    ],
)
def test_the_certificate_is_renewed_under_the_same_authority(
    tmp_path: Path, hosts: list[str], later: timedelta
) -> None:
    first = make_local_certificate(tmp_path, ["127.0.0.1"], now=NOW)
    assert first.authority is not None
    authority, server = fingerprint(first.authority), fingerprint(first.certificate)
    second = make_local_certificate(tmp_path, hosts, now=NOW + later)
    assert second.authority is not None
    assert fingerprint(second.authority) == authority
    assert fingerprint(second.certificate) != server


@pytest.mark.parametrize("name", ["authority.key", "server.key", "server.crt"])
def test_what_a_crash_cut_short_is_made_anew(tmp_path: Path, name: str) -> None:
    files = make_local_certificate(tmp_path, ["127.0.0.1"], now=NOW)
    (tmp_path / name).write_bytes(b"-----BEGIN")
    made = make_local_certificate(tmp_path, ["127.0.0.1"], now=NOW)
    chain = x509.load_pem_x509_certificates(made.certificate.read_bytes())
    chain[0].verify_directly_issued_by(chain[1])
    assert made == files


def test_the_authority_can_vouch_for_servers_and_not_for_authorities(tmp_path: Path) -> None:
    files = make_local_certificate(tmp_path, ["127.0.0.1"], now=NOW)
    server, authority = x509.load_pem_x509_certificates(files.certificate.read_bytes())
    assert authority.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == 0
    assert not server.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert server.not_valid_after_utc - NOW <= timedelta(days=398)
