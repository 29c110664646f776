"""`serve`: who can reach it and by what names; and the real thing, started and stopped."""

import argparse
import signal
import socket
import ssl
import urllib.request
from datetime import UTC, datetime

import pytest

from aegrid_energy.api.local_authority import make_local_certificate
from aegrid_energy.commands import main
from aegrid_energy.commands.listening import listening
from aegrid_energy.commands.serve import add_arguments
from aegrid_energy.commands.serve_run import greeting, serving_of
from aegrid_energy.domain.errors import ConflictError, InvalidError, RefusedError
from aegrid_energy.main import Serving
from aegrid_energy.settings import read_settings
from aegrid_energy.storage.roles import Role as DatabaseRole
from aegrid_energy.storage.roles import drop_database, ensure_database, role_names
from command_process import first_administrator, started, told_until

EVERYWHERE = "0.0.0.0"  # noqa: S104  # compared and refused, never bound
NAMES = role_names("aegrid")
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def serving(*words: str, **settings: str) -> Serving:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    environ = {f"AEGRID_{name.upper()}": value for name, value in settings.items()}
    return serving_of(parser.parse_args(words), read_settings(environ), now=NOW)


def test_by_default_only_this_machine_reaches_it():
    one = serving()
    assert (one.host, one.port, one.tls, one.is_tls, one.works) == ("127.0.0.1", 8400, None, False, True)
    assert one.origins == {"http://127.0.0.1:8400", "http://localhost:8400", "http://[::1]:8400"}
    assert not one.demo


def test_arguments_stand_over_settings():
    one = serving("--port", "9000", "--no-worker", port="9100")
    assert (one.port, one.works) == (9000, False)


def test_another_address_without_a_certificate_is_refused():
    with pytest.raises(RefusedError, match="bind_needs_tls"):
        serving("--host", EVERYWHERE)


def test_a_certificate_and_its_key_go_together():
    with pytest.raises(InvalidError, match="tls_pair_incomplete"):
        serving("--host", EVERYWHERE, "--tls-cert", "x.pem")


def test_a_certificate_opens_the_address_under_its_own_names(tmp_path):
    files = make_local_certificate(tmp_path, ["energy.example.org", "192.0.2.7"], now=NOW)
    words = [
        "--host",
        EVERYWHERE,
        "--port",
        "443",
        "--tls-cert",
        str(files.certificate),
        "--tls-key",
        str(files.key),
    ]
    one = serving(*words)
    assert one.is_tls
    assert {"https://energy.example.org", "https://192.0.2.7"} <= one.origins
    assert all(origin.startswith("https://") for origin in one.origins)


def test_lan_makes_a_certificate_and_listens_to_the_network(tmp_path, monkeypatch):
    monkeypatch.setattr("aegrid_energy.commands.serve_run.lan_addresses", lambda: ["192.0.2.9"])
    one = serving("--lan", state_dir=str(tmp_path))
    assert one.host == EVERYWHERE
    assert one.tls is not None
    assert one.tls.authority is not None
    assert one.tls.key.stat().st_mode & 0o077 == 0
    assert {"https://localhost:8400", "https://192.0.2.9:8400"} <= one.origins
    assert str(one.tls.authority) in "\n".join(greeting(one, read_settings({}), None))
    again = serving("--lan", state_dir=str(tmp_path))
    assert again.tls == one.tls


def test_behind_a_proxy_the_address_that_browsers_use_has_to_be_known():
    with pytest.raises(InvalidError, match="public_url_needed"):
        serving("--host", EVERYWHERE, trusted_proxies="192.0.2.1")
    one = serving("--host", EVERYWHERE, trusted_proxies="192.0.2.1", public_url="https://energy.example.org/")
    assert "https://energy.example.org" in one.origins
    assert one.is_tls
    assert one.tls is None


@pytest.mark.parametrize("port", ["0", "65536", "x"])
def test_an_impossible_port_is_wrong_usage(port, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["serve", "--port", port])
    assert caught.value.code == 2


def test_the_code_is_told_while_nobody_has_an_account():
    text = "\n".join(greeting(serving(), read_settings({}), "abc123"))
    assert "abc123" in text
    assert "30 minutes" in text
    assert "first administrator" not in "\n".join(greeting(serving(), read_settings({}), None))


def test_the_server_answers_by_tls_tells_its_code_and_stops_when_told(state, unused_port):
    process = started(state, "serve", "--lan", "--port", str(unused_port))
    try:
        heard = told_until(process, "works once")
        assert f"https://localhost:{unused_port}" in heard
        trust = ssl.create_default_context(cafile=str(state / "tls" / "authority.crt"))
        url = f"https://localhost:{unused_port}/api/energy/health/ready"
        with urllib.request.urlopen(url, context=trust, timeout=20) as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["term", "int"])
def test_a_worker_stops_when_told(state, number):
    process = started(state, "worker")
    try:
        told_until(process, "Working off jobs")
        process.send_signal(number)
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.communicate()


def test_files_loaded_before_anybody_had_an_account_are_the_first_administrators(
    state, unused_port, tmp_path, capsys
):
    file = tmp_path / "meter.csv"
    file.write_text(
        "time,kWh\n2026-01-01T00:00:00Z,1.5\n2026-01-02T00:00:00Z,2.5\n2026-01-03T00:00:00Z,3.5\n"
    )
    assert main(["import", str(file), "--site", "Depot", "--meter", "M1", "--accept-proposed"]) == 0
    assert "My organisation" in capsys.readouterr().err
    process = started(state, "serve", "--port", str(unused_port))
    try:
        with first_administrator(process, f"http://127.0.0.1:{unused_port}") as browser:
            (member,) = browser.get("/api/energy/session").json()["memberships"]
            (site,) = browser.get("/api/energy/overview").json()["sites"]
            (loaded,) = browser.get("/api/energy/imports").json()["imports"]
    finally:
        process.kill()
        process.communicate()
    assert (member["tenant"], member["tenant_name"]) == ("shire-of-banksia", "Shire of Banksia")
    assert site["name"] == "Depot"
    assert loaded["added"] == 3


def test_a_port_that_is_taken_is_told_before_anything_is_started(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("AEGRID_STATE_DIR", str(tmp_path / "none"))
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        for words in (["serve"], ["demo", "--no-browser"]):
            assert main([*words, "--port", str(port)]) == 1
            assert f"Another program listens on port {port}" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


def test_an_address_of_another_machine_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("AEGRID_STATE_DIR", str(tmp_path / "none"))
    monkeypatch.setenv("AEGRID_TRUSTED_PROXIES", "192.0.2.1")
    monkeypatch.setenv("AEGRID_PUBLIC_URL", "https://energy.example.org")
    assert main(["serve", "--host", "192.0.2.55"]) == 2
    assert "Nothing was started" in capsys.readouterr().err


def test_a_port_is_free_again_at_once_and_held_while_it_is_used(unused_port):
    for _ in range(2):
        with listening("127.0.0.1", unused_port):
            second = listening("127.0.0.1", unused_port)
            with pytest.raises(ConflictError, match="port_taken"):
                second.__enter__()


@pytest.mark.parametrize("command", [["serve"], ["worker"], ["import"]], ids=lambda words: words[0])
def test_a_database_that_does_not_answer_is_told_in_words(
    command, unused_port, tmp_path, monkeypatch, capsys
):
    (tmp_path / "m.csv").write_text("time,kWh\n2026-01-01T00:00:00Z,1.5\n2026-01-02T00:00:00Z,1.5\n")
    monkeypatch.setenv("AEGRID_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("AEGRID_DATABASE_URL", f"postgresql://app:geheim@127.0.0.1:{unused_port}/energy")
    words = [*command, str(tmp_path / "m.csv")] if command == ["import"] else command
    assert main(words) == 1
    said = capsys.readouterr().err
    assert "The database does not answer" in said
    assert "AEGRID_DATABASE_URL" in said
    assert "geheim" not in said


def test_somebody_elses_database_without_tables_is_sent_to_migrate(own_server, monkeypatch, capsys):
    ensure_database(own_server.dsn(DatabaseRole.ADMIN), "bare", NAMES)
    try:
        url = own_server.dsn(DatabaseRole.APP, "bare", names=NAMES)
        monkeypatch.setenv("AEGRID_DATABASE_URL", url)
        assert main(["serve"]) == 1
        assert "aegrid-energy migrate" in capsys.readouterr().err
    finally:
        drop_database(own_server.dsn(DatabaseRole.ADMIN), "bare")
