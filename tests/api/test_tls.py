"""Which bindings need TLS, and what the console says of a local authority."""

import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aegrid_energy.api.local_authority import make_local_certificate
from aegrid_energy.api.tls import (
    TlsFiles,
    check_binding,
    check_files,
    is_loopback,
    lan_addresses,
    qr_code,
    trust_advice,
)
from aegrid_energy.domain.errors import InvalidError, RefusedError
from aegrid_energy.domain.sentences import sentence

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
FILE = Path("x.pem")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost"])
def test_the_loopback_needs_nothing(host: str) -> None:
    check_binding(host, tls_cert=None, tls_key=None, lan=False, is_behind_proxy=False)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "energy.example.org", "", "localhost."])  # noqa: S104  # a host to refuse
def test_any_other_binding_is_refused_and_the_ways_are_named(host: str) -> None:
    assert not is_loopback(host)
    with pytest.raises(RefusedError) as caught:
        check_binding(host, tls_cert=None, tls_key=None, lan=False, is_behind_proxy=False)
    text = sentence(caught.value.code, caught.value.params)
    assert all(way in text for way in ("--tls-cert", "--tls-key", "--lan", "AEGRID_TRUSTED_PROXIES"))


@pytest.mark.parametrize(
    "way",
    [{"tls_cert": FILE, "tls_key": FILE}, {"lan": True}, {"is_behind_proxy": True}],
    ids=["own-certificate", "lan", "proxy"],
)
def test_each_way_opens_the_binding(way: dict[str, object]) -> None:
    given = {"tls_cert": None, "tls_key": None, "lan": False, "is_behind_proxy": False} | way
    check_binding("192.168.1.5", **given)


def test_a_certificate_comes_with_its_key() -> None:
    with pytest.raises(InvalidError, match="tls_pair_incomplete"):
        check_binding("127.0.0.1", tls_cert=FILE, tls_key=None, lan=False, is_behind_proxy=False)


def test_files_that_do_not_belong_together_are_refused_before_the_start(tmp_path: Path) -> None:
    one = make_local_certificate(tmp_path / "one", ["127.0.0.1"], now=NOW)
    two = make_local_certificate(tmp_path / "two", ["127.0.0.1"], now=NOW)
    check_files(one)
    with pytest.raises(InvalidError, match="do not belong together"):
        check_files(TlsFiles(certificate=one.certificate, key=two.key))
    with pytest.raises(InvalidError, match=r"missing\.pem"):
        check_files(TlsFiles(certificate=tmp_path / "missing.pem", key=one.key))
    (tmp_path / "noise.pem").write_bytes(b"\x00noise")
    with pytest.raises(InvalidError, match="tls_file_unreadable"):
        check_files(TlsFiles(certificate=tmp_path / "noise.pem", key=one.key))


def test_the_console_says_where_to_go_and_how_to_trust_us(tmp_path: Path) -> None:
    files = make_local_certificate(tmp_path, ["192.168.1.5"], now=NOW)
    text = trust_advice(files, "https://192.168.1.5:8470/")
    assert "https://192.168.1.5:8470/" in text
    assert str(files.authority) in text
    assert "SHA-256 " in text
    assert qr_code("https://192.168.1.5:8470/") in text


def test_a_qr_code_is_made_of_half_blocks_for_the_terminal() -> None:
    rows = qr_code("https://192.168.1.5:8470/").splitlines()
    assert len(rows) > 10
    assert any("▀" in row or "▄" in row for row in rows)


def test_a_machine_without_a_network_has_no_address_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: object) -> None:
        raise OSError(101, "Network is unreachable")

    def names(*_: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_DGRAM, 17, "", ("127.0.1.1", 0))]

    monkeypatch.setattr(socket.socket, "connect", unreachable)
    monkeypatch.setattr(socket, "getaddrinfo", names)
    assert lan_addresses() == []


def test_the_usual_address_comes_first_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def names(*_: object) -> list[tuple[object, ...]]:
        return [
            (socket.AF_INET, socket.SOCK_DGRAM, 17, "", (address, 0))
            for address in ("10.1.1.1", "192.168.1.5", "127.0.1.1")
        ]

    monkeypatch.setattr(socket.socket, "connect", lambda *_: None)
    monkeypatch.setattr(socket.socket, "getsockname", lambda _: ("192.168.1.5", 40000))
    monkeypatch.setattr(socket, "getaddrinfo", names)
    assert lan_addresses() == ["192.168.1.5", "10.1.1.1"]
