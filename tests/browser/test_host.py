"""The agent loads in the browser's Python, and the host's cryptography is the native host's to the byte."""

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from protocol.native import NativeHpke
from tests.browser.conftest import browser_files
from tests.house.sources import ROOT, module_name

pytestmark = pytest.mark.browser


def test_every_module_of_the_agent_loads_in_pyodide_without_cryptography(in_browser):
    loaded = in_browser(
        "loading", [module_name(path) for path in browser_files().values() if path.suffix == ".py"]
    )
    assert loaded == {
        "python": "3.14.2",
        "platform": "emscripten",
        "sqlite": "3.39.0",
        "cryptography": False,
    }


def test_every_vector_holds_in_pyodide(in_browser):
    folder = ROOT / "tests" / "vectors"
    vectors = {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8")
        for path in folder.rglob("*.txt")
        if path.parent.name != "csr"  # certificate requests are for native hosts (E2)
    }
    assert len(vectors) > 200
    beside = [folder / "check.py", folder / "layers.py", *folder.glob("*_check.py")]
    assert in_browser("vectors", vectors, beside=beside) == []


def test_the_host_signs_derives_and_encrypts_as_the_native_host_does(in_browser):
    seed, key, message, aad = b"\x01" * 32, b"\x02" * 32, "20.000 đ".encode(), b"salt and place"
    native = Ed25519PrivateKey.from_private_bytes(seed)
    nonce, hpke, private = b"\x03" * 12, NativeHpke(), b"\x04" * 32
    told = in_browser(
        "ciphers",
        {
            "seed": seed.hex(),
            "message": message.hex(),
            "key": key.hex(),
            "aad": aad.hex(),
            "to": hpke.public_of(private).hex(),
            "brought": hpke.encrypt_to(hpke.public_of(key), message, aad).hex(),
            "sealed": (nonce + AESGCM(key).encrypt(nonce, message, aad)).hex(),
        },
    )
    spki = native.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    sealed = bytes.fromhex(told["sealed"])
    assert told["spki"] == spki.hex()
    assert told["signature"] == native.sign(message).hex()
    assert told["derived"] == hashlib.pbkdf2_hmac("sha256", b"123456", aad, 1000).hex()
    assert told["device_output"] == hmac.digest(key, b"label", "sha256").hex()
    assert told["random"] == 8
    assert AESGCM(key).decrypt(sealed[:12], sealed[12:], aad) == message
    assert told["opened"] == message.hex()
    assert told["reply_to"] == hpke.public_of(key).hex()
    assert told["brought"] == message.hex()
    assert hpke.decrypt_with(private, bytes.fromhex(told["carried"]), aad) == message
    assert told["refused"] == [True] * 8
