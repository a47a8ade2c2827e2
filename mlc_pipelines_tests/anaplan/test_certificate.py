"""Certificates: signed log-ins, unusable pairs, the last day."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from mlc_pipelines.anaplan.certificate import Certificate
from mlc_pipelines.clock import SYSTEM_CLOCK
from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines_tests.anaplan.authentication_service import Service, make_pair, service_issuer
from mlc_pipelines_tests.anaplan.vendor import TestClock


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_certificate_signs_afresh_each_time(vendor, clock: TestClock, pair: tuple[str, str], version):
    service = Service(vendor)
    issuer = service_issuer(vendor, clock, Certificate(*pair).credentials(version, clock))
    issuer(None)
    issuer(None)
    messages = set()
    certificate = x509.load_pem_x509_certificate(pair[0].encode())
    public_key = certificate.public_key()
    assert isinstance(public_key, rsa.RSAPublicKey)
    for request in service.requests:
        scheme, _, sent = request.headers["authorization"].partition(" ")
        assert scheme == "CACertificate"
        assert base64.b64decode(sent).decode().startswith("-----BEGIN CERTIFICATE-----")
        assert x509.load_pem_x509_certificate(base64.b64decode(sent)) == certificate
        body = json.loads(request._body)
        assert body.pop("encodedDataFormat", "v1") == version
        message, signature = base64.b64decode(body["encodedData"]), base64.b64decode(body["encodedSignedData"])
        public_key.verify(signature, message, padding.PKCS1v15(), hashes.SHA512())
        assert len(message) == 100
        if version == "v2":
            assert int.from_bytes(message[:8], "big") == pytest.approx(clock.now().timestamp(), abs=5)
        messages.add(message)
    assert len(messages) == 2


def test_a_message_begins_as_in_the_vendor_s_own_sample(pair: tuple[str, str]):
    class Then(TestClock):
        def now(self) -> datetime:
            return datetime(2025, 6, 24, 3, 47, 6, 789000, UTC)

    sent = Certificate(*pair).credentials("v2", Then())()["json"]["encodedData"]
    assert sent.startswith("AAAAAGhaH7")
    assert len(base64.b64decode(sent)) == 100


def test_an_unusable_pair_is_a_fault_of_the_configuration(pair: tuple[str, str]):
    other = make_pair()
    with pytest.raises(ConfigurationError, match="is not the RSA key of"):
        Certificate(pair[0], other[1])
    with pytest.raises(ConfigurationError, match="no certificate in PEM"):
        Certificate("nonsense", pair[1])
    with pytest.raises(ConfigurationError, match="no private key in PEM") as caught:
        Certificate(pair[0], "nonsense")
    assert "nonsense" not in str(caught.value)


def test_the_last_day_of_a_certificate(pair: tuple[str, str]):
    assert timedelta(days=89) < Certificate(*pair).expires_at - SYSTEM_CLOCK.now() < timedelta(days=91)
