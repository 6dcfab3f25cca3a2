"""Is a batch signed by a key of its gateway? docs/wire.md, section 3.5; Ed25519 is RFC 8032."""

from collections.abc import Iterable, Mapping, Sequence

from coldchain.places import Gateway, Signatures
from coldchain.signed import KEYS_MAX, Verify, opened
from coldchain.trust import GatewayKey, SecurityKind

Fault = tuple[SecurityKind, str]


def verified(key: str, message: bytes, signature: bytes) -> bool:
    """Tell whether the private half of `key` (64 hex digits) made this signature. What is no key has made none."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def keys_by_gateway(keys: Iterable[GatewayKey]) -> dict[str, list[GatewayKey]]:
    """Return the keys of each gateway, the newest first: it is the likely one."""
    found: dict[str, list[GatewayKey]] = {}
    for key in sorted(keys, key=lambda key: (-key.from_ms, key.key)):
        found.setdefault(key.gateway, []).append(key)
    return found


def signature_fault(
    payload: bytes,
    gateway: Gateway,
    keys: Mapping[str, Sequence[GatewayKey]],
    received_ms: int,
    verify: Verify = verified,
) -> Fault | None:
    """Say what is wrong with the signature of a batch that was received at received_ms, or None.

    Where signatures are only accepted, a batch without one is taken, and one that nobody can check is too: no key of
    that gateway was ever registered. A signature that can be checked and is wrong is never taken.
    """
    found = opened(payload)
    required = gateway.signatures is Signatures.REQUIRED
    if found is None:
        missing = SecurityKind.SIGNATURE_MISSING, f"gateway {gateway.id} must sign its batches, and this one is not"
        return missing if required else None
    known = keys.get(gateway.id, ())
    if not known and not required:
        return None
    valid = [
        key for key in known if key.from_ms <= received_ms and (key.until_ms is None or received_ms < key.until_ms)
    ]
    if any(verify(key.key, *found) for key in valid[:KEYS_MAX]):
        return None
    ended = [key for key in known if key.is_ended and key not in valid]
    if by := next((key for key in ended[:KEYS_MAX] if verify(key.key, *found)), None):
        detail = (
            f"key {by.key} of gateway {gateway.id} was ended at {by.until_ms} ({by.reason}), and this is signed with it"
        )
        return SecurityKind.KEY_ENDED, detail
    return (
        SecurityKind.BAD_SIGNATURE,
        f"none of the {len(valid)} valid keys of gateway {gateway.id} made this signature",
    )
