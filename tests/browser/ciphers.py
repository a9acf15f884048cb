"""Inside Pyodide: the host's cryptography through the ports, as hexadecimal text."""

from protocol.errors import BadSignatureError
from tests.browser.ports import HostSigner, HostVault, HostVerifier


def main(given):
    """Sign, verify, derive and decrypt what CPython prepared; encrypt something for CPython to open."""
    seed, message, key, aad = (bytes.fromhex(given[name]) for name in ("seed", "message", "key", "aad"))
    signer, verifier, vault = HostSigner(seed), HostVerifier(), HostVault(key)
    signature = signer.sign(message)
    verifier.verify(signer.spki, signature, message)
    sealed = vault.encrypt(key, message, aad)
    return {
        "spki": signer.spki.hex(),
        "signature": signature.hex(),
        "derived": vault.derive(b"123456", aad, 1000).hex(),
        "device_output": vault.device_output(b"label").hex(),
        "random": len({vault.random(32) for _ in range(8)}),
        "sealed": sealed.hex(),
        "opened": vault.decrypt(key, bytes.fromhex(given["sealed"]), aad).hex(),
        "carried": vault.encrypt_to(bytes.fromhex(given["to"]), message, aad).hex(),
        "brought": vault.decrypt_with(key, bytes.fromhex(given["brought"]), aad).hex(),
        "reply_to": vault.public_of(key).hex(),
        "refused": [
            _refuses(lambda: verifier.verify(signer.spki, signature, message + b"!")),
            _refuses(lambda: verifier.verify(b"no key", signature, message)),
            _refuses(lambda: vault.decrypt(key, sealed, aad + b"!")),
            _refuses(lambda: vault.decrypt(key, b"short", aad)),
            _refuses(lambda: vault.decrypt_with(key, bytes.fromhex(given["brought"]), aad + b"!")),
            _refuses(lambda: vault.decrypt_with(key, bytes(60), aad)),
            _refuses(lambda: vault.encrypt_to(vault.public_of(key)[:12] + bytes(32), message, aad)),
            _refuses(lambda: vault.encrypt_to(signer.spki, message, aad)),
        ],
    }


def _refuses(attempt):
    try:
        attempt()
    except BadSignatureError:
        return True
    return False
