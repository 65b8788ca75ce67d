"""A throw-away certificate authority and the leaf certificates of the servers, good ones and wrong ones."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_DAY = datetime.timedelta(days=1)
_KEY_USES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


@dataclass(frozen=True)
class Identity:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def certificate_pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def pem(self) -> str:
        key = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return key.decode() + self.certificate_pem()

    @staticmethod
    def from_pem(pem: str) -> Identity:
        key = serialization.load_pem_private_key(pem.encode(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return Identity(x509.load_pem_x509_certificate(pem.encode()), key)

    def thumbprint(self, algorithm: str = "sha256") -> str:
        """Upper-case hex without separators, as the consoles show it."""
        kinds: dict[str, hashes.HashAlgorithm] = {"sha256": hashes.SHA256(), "sha1": hashes.SHA1()}
        if algorithm not in kinds:
            raise ValueError(f"thumbprint {algorithm}: allowed are sha256, sha1")
        return self.certificate.fingerprint(kinds[algorithm]).hex().upper()

    def load_into(self, context: ssl.SSLContext) -> None:
        """Every handshake from now on shows this certificate. `ssl` reads files only, hence the short-lived one."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "leaf.pem"
            path.touch(mode=0o600)
            path.write_text(self.pem())
            context.load_cert_chain(path)


def authority() -> Identity:
    """A new certificate authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("Simulator throw-away CA")
    public = key.public_key()
    builder = (
        _builder(name, name, public, -_DAY, 3650 * _DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )
    return Identity(builder.sign(key, hashes.SHA256()), key)


def leaf(issuer: Identity, fault: str = "good") -> Identity:
    """A server certificate; `fault` is `good`, `expired`, `wrong_host` or `self_signed`."""
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key()
    host = "veeam.example" if fault == "wrong_host" else "localhost"
    names: list[x509.GeneralName] = [x509.DNSName(host)]
    if fault != "wrong_host":
        names += [x509.IPAddress(ipaddress.ip_address(address)) for address in ("127.0.0.1", "::1")]
    subject = _name(host)
    own = fault == "self_signed"
    signer, signed_by = (key, subject) if own else (issuer.key, issuer.certificate.subject)
    start, end = (-10 * _DAY, -_DAY) if fault == "expired" else (-_DAY, 365 * _DAY)
    builder = (
        _builder(subject, signed_by, public, start, end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage("digital_signature"), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    return Identity(builder.sign(signer, hashes.SHA256()), key)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey,
    start: datetime.timedelta,
    end: datetime.timedelta,
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.timezone.utc)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + start)
        .not_valid_after(now + end)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _usage(*wanted: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{use: use in wanted for use in _KEY_USES})
