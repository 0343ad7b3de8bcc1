"""The emulator's certificate authority, saved in a folder so that it stays trusted after a restart.

The official client uses TLS for every endpoint and reads its roots once per process from
GRPC_DEFAULT_SSL_ROOTS_FILE_PATH, so the bundle contains our authority and the public roots.
"""

import datetime as dt
import ipaddress
from pathlib import Path

import certifi
import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_AUTHORITY_DAYS = 3650
_RENEW_BEFORE = dt.timedelta(days=7)
_Key = ec.EllipticCurvePrivateKey


def ensure_authority(state_dir: Path) -> Path:
    """Create the authority and the server certificate if missing; return the PEM root bundle.

    Set GRPC_DEFAULT_SSL_ROOTS_FILE_PATH to the returned path before the first secure channel
    of the process: gRPC reads it once.
    """
    folder = _folder(state_dir)
    bundle = folder / "roots.pem"
    if not _is_valid(folder):
        _issue_certificates(folder)
    own = (folder / "ca.pem").read_text()
    content = own + Path(certifi.where()).read_text()
    if not bundle.exists() or bundle.read_text() != content:
        bundle.write_text(content)
    return bundle


def server_credentials(state_dir: Path) -> grpc.ServerCredentials:
    """TLS credentials for localhost and 127.0.0.1, signed by the authority in `state_dir`."""
    ensure_authority(state_dir)
    folder = _folder(state_dir)
    pair = ((folder / "server.key").read_bytes(), (folder / "server.pem").read_bytes())
    return grpc.ssl_server_credentials([pair])


def _folder(state_dir: Path) -> Path:
    folder = state_dir / "google_tls"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _is_valid(folder: Path) -> bool:
    names = ("ca.pem", "server.key", "server.pem")
    if not all((folder / name).exists() for name in names):
        return False
    cert = x509.load_pem_x509_certificate((folder / "server.pem").read_bytes())
    return cert.not_valid_after_utc > dt.datetime.now(dt.UTC) + _RENEW_BEFORE


def _issue_certificates(folder: Path) -> None:
    ca_key = ec.generate_private_key(ec.SECP256R1())
    ca_name = _name("Ads sandbox authority")
    ca_cert = _authority_certificate(ca_key, ca_name)
    key = ec.generate_private_key(ec.SECP256R1())
    cert = _server_certificate(key, ca_key, ca_cert)
    _write_key(folder / "server.key", key)
    (folder / "server.pem").write_bytes(cert.public_bytes(serialization.Encoding.PEM))
    (folder / "ca.pem").write_bytes(ca_cert.public_bytes(serialization.Encoding.PEM))


def _authority_certificate(key: _Key, name: x509.Name) -> x509.Certificate:
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    builder = _builder(name, name, key).add_extension(x509.BasicConstraints(True, 0), True)
    return builder.add_extension(usage, True).sign(key, hashes.SHA256())


def _server_certificate(key: _Key, ca_key: _Key, ca_cert: x509.Certificate) -> x509.Certificate:
    loopback = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), loopback])
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
    builder = _builder(_name("localhost"), ca_cert.subject, key)
    builder = builder.add_extension(names, False).add_extension(issuer, False)
    builder = builder.add_extension(x509.BasicConstraints(False, None), True)
    return builder.sign(ca_key, hashes.SHA256())


def _builder(subject: x509.Name, issuer: x509.Name, key: _Key) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    subject_key = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=_AUTHORITY_DAYS))
        .add_extension(subject_key, False)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _write_key(path: Path, key: _Key) -> None:
    data = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.touch(mode=0o600)
    path.write_bytes(data)
