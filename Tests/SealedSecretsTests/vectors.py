"""Sealed values by an independent implementation: Python's cryptography, from the format's description alone.

    vectors.py make             prints keys and sealed values as JSON
    vectors.py open  < request  opens what the product sealed: {"key": PEM, "label": text, "sealed": base64} each
"""
import base64, datetime, json, os, struct, sys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def oaep(label):
    return padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), label.encode() or None)


def seal(public, label, value):
    session = os.urandom(32)
    key = public.encrypt(session, oaep(label))
    return struct.pack(">H", len(key)) + key + AESGCM(session).encrypt(bytes(12), value, None)


def unseal(private, label, sealed):
    (count,) = struct.unpack(">H", sealed[:2])
    session = private.decrypt(sealed[2:2 + count], oaep(label))
    return AESGCM(session).decrypt(bytes(12), sealed[2 + count:], None)


def certificate(key, start):
    name = x509.Name([])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(start).not_valid_after(start + datetime.timedelta(days=3650))
    return builder.sign(key, hashes.SHA256())


def make():
    keys = []
    for name, year in (("older", 2024), ("newer", 2026)):
        key = rsa.generate_private_key(65537, 2048)
        cert = certificate(key, datetime.datetime(year, 1, 1))
        keys.append((name, key, cert))
    pem = serialization.Encoding.PEM
    written = [{
        "name": name,
        "key": key.private_bytes(pem, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()).decode(),
        "encrypted": key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"correct horse")).decode(),
        "certificate": cert.public_bytes(pem).decode(),
    } for name, key, cert in keys]
    labels = {"strict": "shop/database", "namespace-wide": "shop", "cluster-wide": ""}
    values = {"empty": b"", "short": b"s3cr3t", "binary": bytes(range(256)), "large": os.urandom(1 << 20)}
    cases = []
    for scope, label in labels.items():
        for key_name, key, _ in keys:
            for value_name, value in values.items():
                cases.append({
                    "scope": scope, "key": key_name, "name": value_name, "value": base64.b64encode(value).decode(),
                    "sealed": base64.b64encode(seal(key.public_key(), label, value)).decode(),
                })
    json.dump({"keys": written, "cases": cases}, sys.stdout)


def open_all():
    answers = []
    for request in json.load(sys.stdin):
        key = serialization.load_pem_private_key(request["key"].encode(), None)
        value = unseal(key, request["label"], base64.b64decode(request["sealed"]))
        answers.append(base64.b64encode(value).decode())
    json.dump(answers, sys.stdout)


{"make": make, "open": open_all}[sys.argv[1]]()
