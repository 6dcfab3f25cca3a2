"""The folder of a CA, and what its commands make of it."""

import json
import stat
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from typer.testing import CliRunner

from assembly import cli_claim
from assembly.cli import app
from assembly.cli_pki import app as pki_app
from assembly.pki import Issued, Pki, make_request
from assembly.pki_certs import LEAF_DAYS, Kind, make_csr, new_key, read_csr
from assembly.pki_mosquitto import access_list, configuration
from assembly.tls import ExpiryWatch, TlsFiles, expires_ms, tls_context
from coldchain.errors import ColdchainError, InvalidValueError
from gateway.signing import load_signing_key

NOW = 1_795_000_000_000
DAY = 86_400_000


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki.init(tmp_path_factory.mktemp("site") / "pki", "storage-1", NOW)


def run(*words: str) -> str:
    result = CliRunner().invoke(app, ["pki", *words])
    assert result.exit_code == 0, result.output
    return result.output


def test_a_site_is_made_by_its_commands_and_each_says_what_to_do_next(tmp_path: Path) -> None:
    folder, device = str(tmp_path / "pki"), tmp_path / "device"
    said = [
        run("init", "storage-1", "--pki", folder),
        run("server", "broker", "--host", "broker.local", "--pki", folder),
    ]
    said += [run("request", "gw-1", "--into", str(device))]
    said += [
        run("gateway", "gw-1", "--csr", str(device / "gw-1.csr"), "--pki", folder),
        run("box", "box-1", "--pki", folder),
    ]
    said += [run("mosquitto", "broker", "--dock", "gw-1=box-1", "--pki", folder), run("renew", "gw-1", "--pki", folder)]
    said += [run("revoke", "box-1", "--pki", folder), run("crl", "--pki", folder)]
    assert all("Next: " in text and "下一步：" in text for text in said)
    listed = run("list", "--pki", folder).splitlines()
    assert [(line.split()[0], line.split()[3]) for line in listed] == [
        *(("centre", "stands"), ("broker", "stands"), ("gw-1", "stands"), ("box-1", "revoked"), ("gw-1", "stands"))
    ]
    secrets = list(tmp_path.rglob("*.key"))
    assert len(secrets) == 7
    assert {stat.S_IMODE(path.stat().st_mode) for path in secrets} == {0o600}
    assert load_signing_key(device / "gw-1-signing.key")[1] in said[2]


def test_a_revocation_is_not_lost_to_a_certificate_that_is_made_at_the_same_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pki = Pki.init(tmp_path / "pki", "storage-1", NOW)
    pki.make(Kind.GATEWAY, "stolen", NOW)
    other = Thread(target=Pki(pki.folder).revoke, args=("stolen", NOW))
    write = Pki.write_index

    def slowly(mine: Pki, issued: Sequence[Issued]) -> None:
        if mine is pki:  # the list has been read: now the other program comes
            other.start()
            other.join(0.2)
        write(mine, issued)

    monkeypatch.setattr(Pki, "write_index", slowly)
    pki.make(Kind.GATEWAY, "gw-1", NOW)
    other.join(10)
    assert {one.name: one.revoked_ms for one in pki.index()} == {"centre": None, "stolen": NOW, "gw-1": None}


def test_nothing_is_overwritten(pki: Pki, tmp_path: Path) -> None:
    with pytest.raises(ColdchainError, match="not overwritten"):
        Pki.init(pki.folder, "storage-1", NOW)
    make_request(tmp_path, "gw-9")
    before = (tmp_path / "gw-9.key").read_bytes()
    with pytest.raises(ColdchainError, match="not overwritten"):
        make_request(tmp_path, "gw-9")
    assert (tmp_path / "gw-9.key").read_bytes() == before
    pki.make(Kind.GATEWAY, "gw-9", NOW)
    with pytest.raises(ColdchainError, match="has a certificate already"):
        pki.make(Kind.GATEWAY, "gw-9", NOW)


def test_a_certificate_names_its_gateway_and_lives_a_year(pki: Pki) -> None:
    cert = x509.load_pem_x509_certificate(pki.certify(Kind.GATEWAY, "gw-2", new_key().public_key(), NOW).read_bytes())
    assert cert.subject.rfc4514_string() == "OU=gateway,CN=gw-2"
    assert cert.not_valid_after_utc.timestamp() * 1_000 == NOW + LEAF_DAYS * DAY
    cert.verify_directly_issued_by(x509.load_pem_x509_certificate(pki.ca_cert))
    usage = cert.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert [one.dotted_string for one in usage] == ["1.3.6.1.5.5.7.3.2"], "a gateway cannot play the broker"


def test_a_request_for_another_name_or_that_is_none_is_refused(pki: Pki) -> None:
    csr = make_csr("gw-3", new_key())
    with pytest.raises(InvalidValueError, match="for gw-3, not for gw-4"):
        pki.sign(Kind.GATEWAY, "gw-4", csr, NOW)
    for broken in (b"", b"x" * 20_000, csr[:200]):
        with pytest.raises(InvalidValueError):
            read_csr(broken, "gw-3")
    flipped = bytearray(x509.load_pem_x509_csr(csr).public_bytes(_DER))
    flipped[-3] ^= 1
    with pytest.raises(InvalidValueError, match="not signed"):
        read_csr(x509.load_der_x509_csr(bytes(flipped)).public_bytes(_PEM), "gw-3")


_DER, _PEM = (
    getattr(__import__("cryptography").hazmat.primitives.serialization.Encoding, name) for name in ("DER", "PEM")
)


@pytest.mark.parametrize("name", ["GW", "gw 1", "a" * 33, "", "centre", "+", "#"])
def test_a_name_that_is_no_id_or_the_servers_gets_no_certificate(pki: Pki, name: str) -> None:
    with pytest.raises(ColdchainError):
        pki.certify(Kind.GATEWAY, name, new_key().public_key(), NOW)


def test_renewal_keeps_the_key_and_revocation_takes_all_of_a_name(pki: Pki) -> None:
    path = pki.make(Kind.GATEWAY, "gw-5", NOW)
    old = x509.load_pem_x509_certificate(path.read_bytes())
    new = x509.load_pem_x509_certificate(pki.renew("gw-5", NOW + 300 * DAY).read_bytes())
    assert new.public_key() == old.public_key()
    assert new.not_valid_after_utc > old.not_valid_after_utc
    assert pki.revoke("gw-5", NOW) == 2
    crl = x509.load_pem_x509_crl((pki.folder / "crl.pem").read_bytes())
    assert {entry.serial_number for entry in crl} == {old.serial_number, new.serial_number}
    with pytest.raises(ColdchainError, match="nothing that stands"):
        pki.renew("gw-5", NOW)
    with pytest.raises(ColdchainError, match="nothing that stands"):
        pki.revoke("gw-5", NOW)


def test_a_damaged_list_is_told(tmp_path: Path) -> None:
    made = Pki.init(tmp_path / "pki", "s", NOW)
    made.index_file.write_text(json.dumps([{"name": "x"}]))
    with pytest.raises(ColdchainError, match="damaged"):
        made.index()
    with pytest.raises(ColdchainError, match="coldchain pki init"):
        Pki(tmp_path / "elsewhere").index()


def test_the_access_list_gives_a_dock_its_boxes_and_nobody_else() -> None:
    lines = access_list({"gw-1": ["box-2", "box-1"]}).splitlines()
    assert "pattern write cc/v1/+/%u/up" in lines
    assert "pattern read cc/v1/+/%u/cmd/#" in lines
    assert lines[lines.index("user gw-1") :] == [
        "user gw-1",
        *("topic write cc/v1/+/box-1/up", "topic read cc/v1/+/box-1/ack"),
        *("topic write cc/v1/+/box-2/up", "topic read cc/v1/+/box-2/ack"),
    ]


def test_thirty_days_before_its_end_a_certificate_is_told_once_a_day(pki: Pki) -> None:
    path = pki.make(Kind.GATEWAY, "gw-6", NOW)
    watch, end = ExpiryWatch(path), expires_ms(path)
    assert watch.due(end - 31 * DAY, 0) is None
    assert watch.due(end - 30 * DAY, 0) == 30
    assert watch.due(end - 30 * DAY, DAY - 1) is None
    assert watch.due(end - 29 * DAY, DAY) == 29
    assert watch.seconds_left(end + 5_000) == -5
    assert ExpiryWatch(None).due(NOW, 0) is None


def test_files_that_do_not_fit_are_named(pki: Pki, tmp_path: Path) -> None:
    one, two = (pki.make(Kind.GATEWAY, name, NOW) for name in ("gw-7", "gw-8"))
    ca = pki.folder / "ca.crt"
    tls_context(TlsFiles(ca=ca, cert=one, key=one.with_suffix(".key")))
    with pytest.raises(ColdchainError, match="no pair"):
        tls_context(TlsFiles(ca=ca, cert=one, key=two.with_suffix(".key")))
    with pytest.raises(ColdchainError, match="cannot be read"):
        tls_context(TlsFiles(ca=tmp_path / "none.crt"))
    with pytest.raises(ColdchainError, match="no certificate"):
        tls_context(TlsFiles(ca=one.with_suffix(".key")))


def test_a_signing_key_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    make_request(tmp_path, "gw-1")
    path = tmp_path / "gw-1-signing.key"
    path.chmod(0o640)
    with pytest.raises(ColdchainError, match="chmod 600"):
        load_signing_key(path)
    with pytest.raises(ColdchainError, match="no Ed25519 key"):
        load_signing_key(tmp_path / "gw-1.key")


def test_the_shipped_configuration_is_what_the_command_writes() -> None:
    shipped = Path(__file__).parents[2] / "deploy/mosquitto"
    text = configuration(Path("/etc/mosquitto/coldchain"), "broker")
    assert (shipped / "mosquitto.conf").read_text() == text
    assert (shipped / "mosquitto-acl").read_text() == access_list({"gw-1": ["box-1"]})


def test_the_configuration_names_the_files_where_the_broker_will_find_them(tmp_path: Path) -> None:
    run = CliRunner()
    folder = tmp_path / "pki"
    for words in (["init", "storage-1"], ["server", "broker", "--host", "localhost"]):
        assert run.invoke(pki_app, [*words, "--pki", str(folder)]).exit_code == 0
    told = run.invoke(pki_app, ["mosquitto", "broker", "--pki", str(folder), "--at", "/etc/mosquitto/coldchain"])
    assert (told.exit_code, "/etc/mosquitto/coldchain" in told.stdout) == (0, True)
    written = (folder / "mosquitto.conf").read_text()
    assert written == configuration(Path("/etc/mosquitto/coldchain"), "broker")
    assert run.invoke(pki_app, ["mosquitto", "broker", "--pki", str(folder)]).exit_code == 0
    assert f"keyfile {folder}/issued/broker.key" in (folder / "mosquitto.conf").read_text()


def test_what_is_printed_after_a_claim_can_be_copied_as_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli_claim, "ask", lambda *_: {"token": "ab12"})
    told = CliRunner().invoke(cli_claim.claim_app, ["new", "--gateway", "gw-7", "--serial", "A1"]).stdout
    assert "coldchain claim use URL ab12 --gateway gw-7 --serial A1" in told


def test_a_server_that_is_not_there_is_told_with_the_option_that_names_another_one() -> None:
    with pytest.raises(ColdchainError, match="--url"):
        cli_claim.ask("http://127.0.0.1:1/api/claims", None, "")


def test_a_gateway_without_keys_loads_no_cryptography() -> None:
    code = "import sys, assembly.run_gateway, assembly.settings; print('cryptography' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert answer.stdout.strip() == "False"
