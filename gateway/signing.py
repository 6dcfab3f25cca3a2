"""The gateway's own key: made on the device, never leaves it, signs each batch. Ed25519 (RFC 8032).

The file is PEM (PKCS 8) and belongs to its owner only (mode 0600). The library is loaded only where a key is in use.
"""

import os
import stat
from pathlib import Path

from coldchain.errors import ColdchainError
from coldchain.signed import Sign

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def make_signing_key(path: Path) -> str:
    """Make a key in a new file and return the public half as 64 hex digits. Raises ColdchainError if it exists."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    write_secret(path, key.private_bytes(encoding, form, serialization.NoEncryption()))
    return key.public_key().public_bytes_raw().hex()


def load_signing_key(path: Path) -> tuple[Sign, str]:
    """Return how to sign and the public half. Raises ColdchainError: no such key, or open to others."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        if path.stat().st_mode & _OTHERS:
            msg = f"the key {path} can be read by others: run chmod 600 on it, and make a new one if they may have"
            raise ColdchainError(msg)
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        msg = f"the signing key {path} cannot be read ({error.strerror}): check the path and its owner"
        raise ColdchainError(msg) from error
    except (ValueError, TypeError) as error:
        msg = f"{path} is no private key without a password: make one with coldchain pki request"
        raise ColdchainError(msg) from error
    if not isinstance(key, Ed25519PrivateKey):
        msg = f"{path} is no Ed25519 key: it signs batches; the key of the TLS certificate is another one"
        raise ColdchainError(msg)
    return key.sign, key.public_key().public_bytes_raw().hex()


def verified(key: str, message: bytes, signature: bytes) -> bool:
    """Tell whether the private half of `key` (64 hex digits) made this signature. What is no key has made none."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def write_secret(path: Path, content: bytes) -> None:
    """Write a new file that only its owner can read, and see it on the disk. Raises ColdchainError if it exists."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        line = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        msg = f"{path} exists already and is not overwritten: a key that is lost cannot be made again"
        raise ColdchainError(msg) from error
    except OSError as error:
        msg = f"{path} cannot be written ({error.strerror}): check the folder and its owner"
        raise ColdchainError(msg) from error
    with os.fdopen(line, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
