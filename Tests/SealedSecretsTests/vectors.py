"""Sealed values by an independent implementation: Python's cryptography, from the format's description alone.

    vectors.py make             prints keys and sealed values as JSON
    vectors.py sops             prints a manifest as SOPS encrypts it for an age recipient, and the recipient's key, as JSON
    vectors.py open  < request  opens what the product sealed: {"key": PEM, "label": text, "sealed": base64} each
"""
import base64, datetime, hashlib, hmac, json, os, struct, sys
from decimal import Decimal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


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


def bech32(prefix, data):
    """BIP 173."""
    alphabet, generators = "qpzry9x8gf2tvdw0s3jn54khce6mua7l", (0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3)
    bits = "".join(f"{byte:08b}" for byte in data)
    bits += "0" * (-len(bits) % 5)
    values = [int(bits[at:at + 5], 2) for at in range(0, len(bits), 5)]
    check = 1
    for value in [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix] + values + [0] * 6:
        top, check = check >> 25, (check & 0x1ffffff) << 5 ^ value
        for bit, generator in enumerate(generators):
            check ^= generator if top >> bit & 1 else 0
    check ^= 1
    return prefix + "1" + "".join(alphabet[v] for v in values + [check >> 5 * (5 - i) & 31 for i in range(6)])


def derive(secret, salt, info):
    return HKDF(hashes.SHA256(), 32, salt, info).derive(secret)


def raw(key):
    return key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def age(recipient, plain):
    """https://age-encryption.org/v1"""
    bare = lambda data: base64.b64encode(data).rstrip(b"=")
    ephemeral, file_key, nonce = X25519PrivateKey.generate(), os.urandom(16), os.urandom(16)
    share = raw(ephemeral.public_key())
    wrap = derive(ephemeral.exchange(recipient), share + raw(recipient), b"age-encryption.org/v1/X25519")
    body = ChaCha20Poly1305(wrap).encrypt(bytes(12), file_key, None)
    # Another recipient's stanza comes first, as it may.
    header = b"age-encryption.org/v1\n-> X25519 " + bare(os.urandom(32)) + b"\n" + bare(os.urandom(32)) + b"\n"
    header += b"-> X25519 " + bare(share) + b"\n" + bare(body) + b"\n---"
    mac = hmac.new(derive(file_key, None, b"header"), header, hashlib.sha256).digest()
    payload_key = derive(file_key, nonce, b"payload")
    chunks = [plain[at:at + 65536] for at in range(0, len(plain), 65536)] or [b""]
    payload = b"".join(
        ChaCha20Poly1305(payload_key).encrypt(index.to_bytes(11, "big") + bytes([index == len(chunks) - 1]), chunk, None)
        for index, chunk in enumerate(chunks))
    text = base64.b64encode(header + b" " + bare(mac) + b"\n" + nonce + payload).decode()
    lines = [text[at:at + 64] for at in range(0, len(text), 64)]
    return "\n".join(["-----BEGIN AGE ENCRYPTED FILE-----"] + lines + ["-----END AGE ENCRYPTED FILE-----", ""])


def sops():
    identity, data_key = X25519PrivateKey.generate(), os.urandom(32)
    secret = identity.private_bytes(
        serialization.Encoding.Raw, serialization.PrivateFormat.Raw, serialization.NoEncryption())

    def encrypt(text, kind, path):
        nonce = os.urandom(32)
        sealed = AESGCM(data_key).encrypt(nonce, text.encode(), "".join(p + ":" for p in path).encode())
        b64 = lambda data: base64.b64encode(data).decode()
        return f"ENC[AES256_GCM,data:{b64(sealed[:-16])},iv:{b64(nonce)},tag:{b64(sealed[-16:])},type:{kind}]"

    manifest = {
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "database", "namespace": "shop"},
        "stringData": {
            "password": encrypt("s3cr3t", "str", ["stringData", "password"]), "port": encrypt("5432", "int", ["stringData", "port"]),
            "ready": encrypt("True", "bool", ["stringData", "ready"]), "empty": "",
            "hosts": [encrypt(host, "str", ["stringData", "hosts"]) for host in ("one", "two")],
        },
        "sops": {
            "age": [
                {"recipient": "age1other", "enc": age(X25519PrivateKey.generate().public_key(), data_key)},
                {"recipient": bech32("age", raw(identity.public_key())), "enc": age(identity.public_key(), data_key)},
            ],
            "lastmodified": "2026-11-21T00:00:00Z", "mac": "ENC[unchecked]", "encrypted_regex": "^(data|stringData)$", "version": "3.9.0",
        },
    }
    recipients = manifest["sops"]["age"]

    def spelt(value):
        if isinstance(value, bool):
            return "True" if value else "False"
        if isinstance(value, float):
            return format(Decimal(repr(value)), "f").removesuffix(".0")
        return str(value)

    def kind(value):
        return {bool: "bool", int: "int", float: "float"}.get(type(value), "str")

    def file(documents, encrypts, rules, moment="2026-11-21T00:00:00Z"):
        """The text of a file as SOPS writes it, whose values are in the open in `documents`: keys stand in their order."""
        only = rules.get("mac_only_encrypted", False)
        digest = hashlib.sha512(hashlib.sha256(b"sops").digest() if only else b"")

        def sealed(value, path):
            if isinstance(value, dict):
                return {key: sealed(below, path + [key]) for key, below in value.items()}
            if isinstance(value, list):
                return [sealed(item, path) for item in value]
            if value is None:
                return None
            if encrypts(path) or not only:
                digest.update(spelt(value).encode())
            return encrypt(spelt(value), kind(value), path) if encrypts(path) and value != "" else value

        bodies = [sealed(document, []) for document in documents]
        nonce = os.urandom(32)
        mac = AESGCM(data_key).encrypt(nonce, digest.hexdigest().upper().encode(), moment.encode())
        b64 = lambda data: base64.b64encode(data).decode()
        mac = f"ENC[AES256_GCM,data:{b64(mac[:-16])},iv:{b64(nonce)},tag:{b64(mac[-16:])},type:str]"
        metadata = {"age": recipients, "lastmodified": moment, "mac": mac, **rules, "version": "3.9.0"}
        return "---\n".join(json.dumps({**body, "sops": metadata}, indent=2) + "\n" for body in bodies)

    def secret_document(name, **more):
        # No order of the alphabet: a checksum over sorted keys is another.
        return {
            "kind": "Secret", "apiVersion": "v1", "type": "Opaque", "metadata": {"name": name, "namespace": "shop", "creationTimestamp": None},
            "stringData": {"zone": "eu-1", "password": "s3cr3t", "port": 5432, "ratio": 0.25, "large": 1e21, "ready": True, "off": False,
                           "empty": "", "hosts": ["one", "two"], "open_unencrypted": "plain", "count_unencrypted": 7,
                           "ratio_unencrypted": 0.5, "large_unencrypted": 1e21, "off_unencrypted": False}, **more}

    def in_data(path):
        return any(part in ("data", "stringData") for part in path)

    def by_suffix(path):
        return not any(part.endswith("_unencrypted") for part in path)

    files = {
        "regex": file([secret_document("database")], in_data, {"encrypted_regex": "^(data|stringData)$"}),
        "regex, only encrypted": file(
            [secret_document("database")], in_data, {"encrypted_regex": "^(data|stringData)$", "mac_only_encrypted": True}),
        "unencrypted regex": file(
            [secret_document("database")], lambda path: in_data(path) and by_suffix(path),
            {"unencrypted_regex": "^(apiVersion|kind|type|metadata|.*_unencrypted)$"}),
        "encrypted suffix": file(
            [secret_document("database")], lambda path: any(part.endswith("Data") for part in path), {"encrypted_suffix": "Data"}),
        "unencrypted suffix": file(
            [secret_document("database")], by_suffix, {"unencrypted_suffix": "_unencrypted"}),
        "two documents": file(
            [secret_document("database"), secret_document("queue")], in_data, {"encrypted_regex": "^(data|stringData)$"}),
        "before": file(
            [{**secret_document("database"), "stringData": {**secret_document("database")["stringData"], "password": "older"}}], in_data,
            {"encrypted_regex": "^(data|stringData)$"}),
    }
    large = os.urandom(200_000)
    json.dump({
        "files": files,
        "manifest": manifest, "identity": bech32("age-secret-key-", secret).upper(),
        "recipient": bech32("age", raw(identity.public_key())),
        "file": age(identity.public_key(), large), "plain": base64.b64encode(large).decode(),
    }, sys.stdout)


{"make": make, "open": open_all, "sops": sops}[sys.argv[1]]()
