"""The certificate of a run, as cryptography and OpenSSL read it."""

from __future__ import annotations

import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from veeam_pulumi.terraform.certificate import own


def test_it_is_its_own_issuer_for_localhost_and_a_month() -> None:
    der, pem = own()
    read = x509.load_der_x509_certificate(der)
    read.verify_directly_issued_by(read)
    assert x509.load_pem_x509_certificate(pem.encode()) == read
    assert (read.version, read.subject.rfc4514_string()) == (x509.Version.v3, "CN=localhost")
    names = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    constraints = read.extensions.get_extension_for_class(x509.BasicConstraints)
    assert (constraints.critical, constraints.value.ca) == (True, True)
    now = datetime.datetime.now(datetime.timezone.utc)
    assert now - datetime.timedelta(minutes=6) < read.not_valid_before_utc < now
    assert read.not_valid_after_utc - now < datetime.timedelta(days=31)

    key = load_pem_private_key(pem.encode(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert key.public_key() == read.public_key()


def test_no_two_are_alike() -> None:
    (one, _), (other, _) = own(), own()
    numbers = {x509.load_der_x509_certificate(der).serial_number for der in (one, other)}
    keys = [x509.load_der_x509_certificate(der).public_key() for der in (one, other)]
    assert len(numbers) == 2
    assert keys[0] != keys[1]
