"""Limits of the centre reach the alarm only if the centre made them, where the gateway knows the centre's key."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from support.hand_clock import HandClock
from support.local_limits import payload
from support.spools import open_spool

from assembly.gateway_local import Local
from assembly.settings import load_gateway
from coldchain.signed import sealed

CENTRE, STRANGER = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2))
HEAD = """
[gateway]
id = "gw-1"
site = "storage-1"
[mqtt]
url = "mqtt://127.0.0.1:1883"
{key}
[spool]
path = "spool.db"
"""


def version_after(folder: Path, key: str, *offered: bytes) -> tuple[int | None, int]:
    """Offer limits; return which version is in use, and how many were not believed."""
    (folder / "gateway.toml").write_text(HEAD.format(key=key), encoding="utf-8")
    with open_spool(folder) as spool:
        local = Local(load_gateway(folder / "gateway.toml"), spool, HandClock())
        for one in offered:
            local.on_command("limits", one)
        local.tick()
        loaded = local.spool.keeper.loaded
        local.close()
        return (None if loaded is None else loaded.limits.version), local.spool.counters.limits_unsigned


def test_only_what_the_centre_signed_is_taken(tmp_path: Path) -> None:
    key = f'centre_key = "{CENTRE.public_key().public_bytes_raw().hex()}"'
    plain, good, strange = payload(9), sealed(payload(3), CENTRE.sign), sealed(payload(8), STRANGER.sign)
    spoilt = good.replace(b'"version":3', b'"version":7')
    assert version_after(tmp_path, key, plain, strange, spoilt, good) == (3, 3)


def test_without_the_centres_key_the_broker_is_trusted(tmp_path: Path) -> None:
    assert version_after(tmp_path, "", payload(2), sealed(payload(3), STRANGER.sign)) == (3, 0)
