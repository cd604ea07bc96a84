import ssl
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from core.settings import ROOT
from tests.stack import Stack

MIANSHI = Path(sys.executable).with_name("mianshi")


def certificate_for(name: str, folder: Path) -> tuple[Path, Path]:
    """A certificate that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    today = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    cert_file, key_file = folder / "cert.pem", folder / "key.pem"
    cert_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return cert_file, key_file


def answer_of(url: str, said: Path, verify: ssl.SSLContext | bool = True) -> httpx.Response:
    deadline = time.monotonic() + 120
    while True:
        try:
            return httpx.get(url, verify=verify, timeout=5)
        except httpx.TransportError:
            assert time.monotonic() < deadline, said.read_text()
            time.sleep(0.3)


@pytest.mark.servers
def test_a_certificate_of_ones_own_gives_https(tmp_path: Path) -> None:
    stack = Stack(tmp_path / "data")
    cert, key = certificate_for("localhost", tmp_path)
    said = tmp_path / "said"
    command = [MIANSHI, "serve", "--domain", "localhost", "--tls-cert", cert, "--tls-key", key]
    with said.open("wb") as output:
        app = subprocess.Popen(command, env=stack.environment, cwd=ROOT, stdout=output, stderr=output)
    try:
        url = stack.base.replace("http://127.0.0.1", "https://localhost")
        answer = answer_of(f"{url}/health", said, ssl.create_default_context(cafile=str(cert)))
        assert answer.status_code == 503  # this app has no Rasa
        assert "Caddy" not in said.read_text()
    finally:
        app.terminate()
        app.wait(30)


@pytest.mark.servers
def test_a_domain_without_a_certificate_prints_the_whole_caddyfile(tmp_path: Path) -> None:
    stack = Stack(tmp_path / "data")
    said = tmp_path / "said"
    with said.open("wb") as output:
        command = [MIANSHI, "serve", "--domain", "interviews.example.com"]
        app = subprocess.Popen(command, env=stack.environment, cwd=ROOT, stdout=output, stderr=output)
    try:
        assert answer_of(f"{stack.base}/health", said).status_code == 503
        port = stack.environment["PORT"]
        assert f"interviews.example.com {{\n    reverse_proxy 127.0.0.1:{port}\n}}" in said.read_text()
    finally:
        app.terminate()
        app.wait(30)
