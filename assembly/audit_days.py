"""What an audit bundle says of sealed days: which were removed and who signed, and the hash that their readings have.

A part of assembly.audit_verifier: from the line on assembly.auditing puts it into the one file of the verifier, so
that it too is plain Python 3.9 and nothing else.
"""

from __future__ import annotations

import hashlib
import json
import struct
import time
import unicodedata
from typing import Any

# ---- sealed days: what the ledger says of them, and their readings (the hash of coldchain.block_columns)
DAY_MS = 86_400_000
NULL = -(2**63)
ALL_THERE, NONE_THERE = 0, 1
OPTIONAL = ("micro_celsius", "device_ms", "origin_seq")
PEOPLE = ("proposed_name", "proposed_post", "confirmed_name", "confirmed_post")
COLUMNS = ("taken_ms", "micro_celsius", "quality", "seq", "boottime_ms", "device_ms", "origin_seq")


class Sealed:
    """What the ledger says of sealed days and of their removal: proposed, confirmed by another person, and done."""

    def __init__(self) -> None:
        self.newest: dict[tuple[str, int], tuple[int, int]] = {}  # (probe, day) -> entry of the block, readings
        self.gone: dict[int, tuple[int, str]] = {}  # entry of a block -> entry of its removal, who signed
        self.blocks: dict[int, dict[str, Any]] = {}
        self.steps: dict[str, list[dict[str, Any]]] = {}

    def take(self, seq: int, kind: str, payload: str) -> str:
        """Take the next entry; return what is wrong with a removal."""
        said = json.loads(payload) if kind in ("block", "disposal", "removal") else {}
        if kind == "block":
            self.blocks[seq] = said
            self.newest[said["probe"], said["day"]] = seq, said["n"]
        elif kind == "disposal":
            self.steps.setdefault(said["id"], []).append(said)
        elif kind == "removal":
            if why := self.unsigned(said):
                return why
            by = [f"{said[f'{one}_name']} ({said[f'{one}_post']})" for one in ("proposed", "confirmed")]
            self.gone.update({one["seq"]: (seq, " and ".join(by)) for one in said["blocks"]})
        return ""

    def unsigned(self, said: dict[str, Any]) -> str:
        """Return why a removal is not one for which two people signed ("": it is)."""
        steps = self.steps.get(said["disposal"], [])
        states, versions = [one["state"] for one in steps], [one["version"] for one in steps]
        if states[-2:] != ["confirmed", "removed"] or set(states[:-2]) != {"proposed"} or versions != sorted(versions):
            return "it was not proposed, confirmed and done in this order"
        signed, blocks = steps[-2], sorted(said["blocks"], key=lambda one: one["seq"])
        text = "".join(f"{one['seq']} {one['hash']}\n" for one in blocks)
        if signed["sha256"] != hashlib.sha256(f"coldchain removal 1\n{text}".encode()).hexdigest():
            return "they signed for other blocks"
        people = [signed[one] for one in PEOPLE]
        if people != [said[one] for one in PEOPLE]:
            return "it names other people than those who signed"
        if one_alone(*people):
            return "one person alone signed"
        pairs = [(self.blocks.get(one["seq"], one), one) for one in blocks]
        wrong = any(a[key] != b[key] for a, b in pairs for key in ("probe", "day", "generation", "n", "hash"))
        return "it names a block that was never sealed so" if wrong else ""

    def told(self) -> list[str]:
        """Say what went by policy, days that follow each other together."""
        known = [(*self.gone[one], self.blocks[one]) for one in sorted(self.gone.keys() & self.blocks.keys())]
        days = {(seq, who, one["probe"], one["day"]): one["n"] for seq, who, one in known}
        runs: list[list[Any]] = []
        for (seq, who, probe, day), n in sorted(days.items()):
            if runs and runs[-1][:3] == [seq, who, probe] and runs[-1][4] == day - 1:
                runs[-1][4:] = [day, runs[-1][5] + n]
            else:
                runs.append([seq, who, probe, day, day, n])
        return [
            f"probe {probe}, {date(first)} to {date(last)}, {n} readings: entry {seq}, signed by {who}"
            f" / 探头 {probe}，{date(first)} 至 {date(last)}，读数 {n} 条：第 {seq} 条，以上两人签字"
            for seq, who, probe, first, last, n in runs
        ]


def date(day: int) -> str:
    """Return a UTC day as a date."""
    return time.strftime("%Y-%m-%d", time.gmtime(day * DAY_MS // 1_000))


def plain(text: str) -> str:
    """Return a name without width, case, spaces, punctuation and what nobody sees: so two of them are compared."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(one for one in folded if (kind := unicodedata.category(one))[0] not in "ZP" and kind not in "Cf Cc")


def one_alone(name: str, post: str, other: str, other_post: str) -> bool:
    """Tell whether one person may have signed twice. A name or post of which nothing is seen is anybody's."""
    one, at, two, there = (plain(text) for text in (name, post, other, other_post))
    return "" in (one, at, two, there) or one == two or one + at == two + there or at == there


class Packed:
    """The columns of a row of the reading log, as stores.columns packs them."""

    def __init__(self, body: bytes) -> None:
        if body[:1] != b"\x01":
            raise ValueError("a row of readings has another layout")
        self.body, self.at = body, 1
        self.n = self.number()

    def columns(self) -> dict[str, list[int]]:
        """Return the columns by name; NULL where a value lacks."""
        found: dict[str, list[int]] = {}
        for name in COLUMNS:
            found[name] = self.optional() if name in OPTIONAL else self.integers(self.n)
        found["boottime_ms"] = [a + b for a, b in zip(found["boottime_ms"], found["taken_ms"])]  # noqa: B905 - 3.9
        if self.at != len(self.body):
            raise ValueError("a row of readings goes on behind its end")
        return found

    def raw(self, size: int) -> bytes:
        """Return the next bytes."""
        self.at += size
        return self.body[self.at - size : self.at]

    def number(self) -> int:
        """Return the next number of 7 bits a byte."""
        result = shift = 0
        while True:
            byte = self.raw(1)[0]
            result |= (byte & 0x7F) << shift
            if byte < 0x80:
                return result
            shift += 7

    def signed(self) -> int:
        """Return the next number, whose last bit is its sign."""
        number = self.number()
        return ~(number >> 1) if number & 1 else number >> 1

    def integers(self, n: int) -> list[int]:
        """Return the next column: a first value and what each adds to the one before."""
        values = [self.signed()]
        if n == 1:
            return values
        base, step, width = self.signed(), self.number(), self.raw(1)[0]
        above = self.raw(width * (n - 1))
        for i in range(n - 1):
            delta = int.from_bytes(above[i * width : (i + 1) * width], "little")
            values.append(values[-1] + base + step * delta)
        return values

    def optional(self) -> list[int]:
        """Return the next column of which values may lack."""
        kind = self.raw(1)[0]
        if kind == ALL_THERE:
            return self.integers(self.n)
        if kind == NONE_THERE:
            return [NULL] * self.n
        bits = int.from_bytes(self.raw((self.n + 7) // 8), "little")
        lacks = [bits >> i & 1 for i in range(self.n)]
        there = iter(self.integers(lacks.count(0)))
        return [NULL if lack else next(there) for lack in lacks]


def sealed_hash(probe: str, day: int, rows: list[dict[str, Any]]) -> str:
    """Return the SHA-256 over the raw columns of these rows, by admission: what an entry `block` says of a day."""
    sources = [tuple(row[one] for one in ("gateway", "epoch", "boot", "clock", "source_rank")) for row in rows]
    known = list(dict.fromkeys(sources))
    bodies = [Packed(bytes.fromhex(row["body"])).columns() for row in rows]
    table = [
        [row["admission"] for row in rows],
        [known.index(one) for one in sources],
        [row["received_ms"] for row in rows],
        [len(body["seq"]) for body in bodies],
        *([value for body in bodies for value in body[name]] for name in COLUMNS),
    ]
    head = {"day": day, "probe": probe, "sources": known, "v": 1}
    text = json.dumps(head, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(text.encode() + b"\0")
    for column in table:
        digest.update(struct.pack(f"<Q{len(column)}q", len(column), *column))
    return digest.hexdigest()
