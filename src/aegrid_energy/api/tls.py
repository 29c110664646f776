"""Which bindings need TLS, whether its files can serve, and how devices come to trust a local authority."""

import io
import ipaddress
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

import segno
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from aegrid_energy.domain.errors import InvalidError, RefusedError


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFiles:
    """What the server loads.

    Args:
        certificate: PEM, the server's certificate and those it hangs on.
        key: PEM, its private key.
        authority: PEM of the local authority that devices are to trust; None for a certificate of one's own.
    """

    certificate: Path
    key: Path
    authority: Path | None = None


def check_binding(
    host: str, *, tls_cert: Path | None, tls_key: Path | None, lan: bool, is_behind_proxy: bool
) -> None:
    """Refuse to be reachable from other machines by plain HTTP.

    Args:
        host: Address or name to listen on.
        tls_cert: From `--tls-cert`.
        tls_key: From `--tls-key`.
        lan: From `--lan`.
        is_behind_proxy: Whether a trusted proxy that ends TLS is set.

    Raises:
        RefusedError: `bind_needs_tls`, naming the ways.
        InvalidError: `tls_pair_incomplete`.
    """
    if (tls_cert is None) != (tls_key is None):
        raise InvalidError("tls_pair_incomplete")
    if not (is_loopback(host) or tls_cert is not None or lan or is_behind_proxy):
        raise RefusedError("bind_needs_tls", host=host)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address; names other than `localhost` are taken for more."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check_files(files: TlsFiles) -> None:
    """Refuse a certificate and key that do not load together, before the server starts.

    Raises:
        InvalidError: `tls_file_unreadable`.
    """
    for file, kind in ((files.certificate, "certificate"), (files.key, "private key")):
        try:
            file.read_bytes()
        except OSError as error:
            reason = error.strerror or "it cannot be opened"
            raise InvalidError("tls_file_unreadable", file=str(file), kind=kind, reason=reason) from error
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(files.certificate, files.key)
    except (ssl.SSLError, OSError) as error:
        raise InvalidError(
            "tls_file_unreadable",
            file=str(files.certificate),
            kind="certificate with its private key",
            reason="they do not belong together, or one of them is damaged",
        ) from error


def lan_addresses() -> list[str]:
    """Addresses under which other machines may reach this one, the usual one first."""
    found: list[str] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Chooses the outgoing interface without sending anything; TEST-NET-1 belongs to nobody.
            probe.connect(("192.0.2.1", 9))
            found.append(str(probe.getsockname()[0]))
        except OSError:
            pass  # no network: whoever is on this machine can still use it
    try:
        named = socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)
    except OSError:
        named = []
    found.extend(str(entry[4][0]) for entry in named)
    return [address for address in dict.fromkeys(found) if not is_loopback(address)]


def fingerprint(certificate: Path) -> str:
    """SHA-256 of a certificate, to be compared by eye."""
    digest = x509.load_pem_x509_certificate(certificate.read_bytes()).fingerprint(hashes.SHA256())
    return digest.hex(":").upper()


def trust_advice(files: TlsFiles, url: str) -> str:
    """What the console prints for `--lan`: where to go, and how a device comes to trust us.

    Args:
        files: With a local authority.
        url: The address for phones.
    """
    lines = [f"Open {url} on a device in this network, or scan:", "", qr_code(url)]
    if files.authority is not None:
        lines += [
            "Until a device trusts this server's own authority its browser warns. Copy the file to it once:",
            f"  {files.authority}",
            f"  SHA-256 {fingerprint(files.authority)}",
            "and compare the fingerprint before you trust it:",
            "  Windows   double-click > Install Certificate > Local Machine >",
            "            Trusted Root Certification Authorities",
            "  macOS     Keychain Access > System > add the file > Get Info > Trust > Always Trust",
            "  iOS       open the file > Settings > Profile Downloaded > Install; then General > About >",
            "            Certificate Trust Settings > switch it on",
            "  Android   Settings > Security > Encryption & credentials > Install a certificate >",
            "            CA certificate",
            "  Linux     copy to /usr/local/share/ca-certificates/ and run update-ca-certificates",
            "  Firefox   Settings > Certificates > Authorities > Import",
            "The key beside it can vouch for any site: it never leaves this machine.",
        ]
    return "\n".join(lines)


def qr_code(url: str) -> str:
    """A QR code of half blocks for a terminal."""
    out = io.StringIO()
    segno.make(url, error="m", micro=False).terminal(out, compact=True, border=2)
    return out.getvalue()
