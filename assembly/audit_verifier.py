"""Check an audit bundle of a blood cold chain offline: python3 verify.py BUNDLE.zip [--key HEX].

核对审计包（离线，无需安装任何软件）：python3 verify.py BUNDLE.zip [--key 公钥]

Plain Python 3.9 or later and nothing else. It reads the bundle and believes nothing in it: every byte is covered by a
sum, every entry by a path to the root of a checkpoint, every checkpoint by a signature (Ed25519, RFC 8032) of a key
that the ledger itself names. Every sealed day of readings that was asked for is there as it was sealed, or was removed
by policy as two people signed, or is called lost. The first key is what you trust: compare it with the one you were
given, or use --key. If you do not trust who made the bundle, run the project's own: python3 -m assembly.audit_verifier.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import struct
import sys
import zipfile
import zlib
from typing import Any

from assembly.audit_days import DAY_MS, Sealed, date, sealed_hash

# ---- Ed25519 (RFC 8032, 5.1): points in extended coordinates (X, Y, Z, T), x = X/Z, y = Y/Z, xy = T/Z
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]


def add(a: Point, b: Point) -> Point:
    """Return the sum of two points."""
    p, q = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    c, d = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = q - p, d - c, d + c, q + p
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(scalar: int, point: Point) -> Point:
    """Return a multiple of a point."""
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point, scalar = add(point, point), scalar >> 1
    return result


def point_of(text: bytes) -> Point | None:
    """Return the point that 32 bytes spell, None if they spell none."""
    y = int.from_bytes(text, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_1 % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little")) or (0, 1, 1, 0)


def signed(key: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether the private half of a key made this signature: S·B = R + k·A, with S below the group's order."""
    if len(key) != 32 or len(signature) != 64:
        return False
    a, r = point_of(key), point_of(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    left, right = times(s, BASE), add(r, times(k, a))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


# ---- the tree (RFC 9162, 2.1.3.2 and 2.1.4.2)
def node(left: bytes, right: bytes) -> bytes:
    """Return the hash over two others."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of_path(leaf: bytes, number: int, size: int, path: list[bytes]) -> bytes | None:
    """Return the root to which a path leads from a leaf, None if it has the wrong length."""
    last, digest = size - 1, leaf
    if not 0 <= number < size:
        return None
    for step in path:
        if last == 0:
            return None
        if number & 1 or number == last:
            digest = node(step, digest)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            digest = node(digest, step)
        number, last = number >> 1, last >> 1
    return digest if last == 0 else None


def consistent(old: int, size: int, path: list[bytes], old_root: bytes, root: bytes) -> bool:
    """Tell whether the tree of `size` entries begins with that of `old`."""
    if old == size:
        return not path and old_root == root
    steps = list(path) if old & (old - 1) else [old_root, *path]
    if not 0 < old < size or not steps:
        return False
    number, last = old - 1, size - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    before = after = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            before, after = node(step, before), node(step, after)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            after = node(after, step)
        number, last = number >> 1, last >> 1
    return last == 0 and before == old_root and after == root


# ---- the bundle: a ZIP archive without compression and without freedom, so that it can be made again byte for byte
def pack(files: dict[str, bytes]) -> bytes:
    """Return the archive of files (name -> bytes), in the order of their names, each stored as it is."""
    out, index = bytearray(), bytearray()
    for name in sorted(files):
        content, encoded = files[name], name.encode("ascii")
        fields = (20, 0, 0, 0, 33, zlib.crc32(content), len(content), len(content), len(encoded), 0)
        index += b"PK\x01\x02" + struct.pack("<HHHHHHIIIHHHHHII", 20, *fields, 0, 0, 0, 0, len(out)) + encoded
        out += b"PK\x03\x04" + struct.pack("<HHHHHIIIHH", *fields) + encoded + content
    end = struct.pack("<HHHHIIH", 0, 0, len(files), len(files), len(index), len(out), 0)
    return bytes(out + index + b"PK\x05\x06" + end)


NOTE = re.compile(
    r"((coldchain/[a-z0-9-]{1,32})\n([1-9][0-9]{0,17})\n([A-Za-z0-9+/]{43}=)\ntime ([0-9]{1,16})\n)\n"
    r"— (coldchain/[a-z0-9-]{1,32}) ([A-Za-z0-9+/]{91}=)\n"
)


class Bundle:
    """What a bundle says and what does not agree in it."""

    def __init__(self, path: str, pinned: str = "") -> None:
        self.pinned, self.size, self.proved = pinned, 0, 0
        self.faults: list[str] = []
        self.notes: list[str] = []
        self.files: dict[str, bytes] = {}
        self.hashes: list[bytes] = []
        self.keys: list[tuple[int, bytes, str]] = []  # the number of its entry, the key, its origin
        self.checkpoints: dict[int, bytes] = {}  # size -> root
        self.asked: dict[str, Any] = {}  # for what time, unit or place, and which probes that is
        self.removed: list[str] = []  # what went by policy
        self.lost: list[str] = []  # of the faults those that speak of a loss
        with open(path, "rb") as file:  # noqa: PTH123 - nothing but what is needed
            self.whole = file.read()
        try:
            with zipfile.ZipFile(path) as archive:
                self.files = {name: archive.read(name) for name in archive.namelist()}
        except Exception as error:  # noqa: BLE001 - however it fails, it was changed
            self.fault("the archive cannot be read", str(error), "压缩包无法读取")

    def fault(self, what: str, where: str, zh: str) -> None:
        """Note what does not agree."""
        self.faults.append(f"{where}: {what} / {zh}")

    def check(self) -> list[str]:
        """Return all that does not agree."""
        if self.faults:
            return self.faults
        try:
            self.check_bytes()
            self.hashes = [bytes.fromhex(line) for line in self.text("hashes.txt").split()]
            entries = [json.loads(line) for line in self.text("entries.jsonl").splitlines()]
            self.read_keys(entries)
            self.check_checkpoints()
            for entry in entries:
                self.check_entry(entry)
            readings = [json.loads(line) for line in self.text("readings.jsonl").splitlines()]
            self.check_days(entries, [self.check_reading(row) for row in readings])
        except Exception as error:  # noqa: BLE001 - whatever was changed in it, that is the answer
            self.fault("it cannot be understood", repr(error), "内容无法解析")
        return self.faults

    def text(self, name: str) -> str:
        """Return a file of the bundle as text."""
        return self.files[name].decode()

    def check_bytes(self) -> None:
        """Every byte: the archive is exactly its files, and each file has the sum that is listed."""
        if pack(self.files) != self.whole:
            self.fault("the archive is not exactly its files", "zip", "压缩包结构被改动")
        listed = dict(line.split("  ", 1)[::-1] for line in self.text("SHA256SUMS").splitlines())
        sums = {name: hashlib.sha256(self.files[name]).hexdigest() for name in self.files if name != "SHA256SUMS"}
        canonical = "".join(f"{listed[name]}  {name}\n" for name in sorted(listed))
        if canonical != self.text("SHA256SUMS"):
            self.fault("the list of sums was changed", "SHA256SUMS", "校验和列表被改动")
        for name in sorted(set(listed) | set(sums)):
            if listed.get(name) != sums.get(name):
                self.fault("its sum is another", name, "文件校验和不符")

    def read_keys(self, entries: list[dict[str, Any]]) -> None:
        """The ledger's keys, each endorsed by the one before; the first is what the auditor trusts."""
        for entry in entries:
            if entry["kind"] != "ledger-key":
                continue
            said = json.loads(entry["payload"])
            if self.keys and not said["reason"]:
                told = f"coldchain ledger key\n{said['origin']}\n{said['key']}\n"
                if not signed(self.keys[-1][1], told.encode(), bytes.fromhex(said["endorsed"])):
                    self.fault("the key before did not endorse it", f"key {said['key']}", "密钥未经前一密钥认可")
            elif self.keys:
                self.notes.append(f"key {said['key']} not endorsed / 未经前一密钥认可: {said['reason']}")
            self.keys.append((entry["seq"], bytes.fromhex(said["key"]), said["origin"]))
        if not self.keys:
            self.fault("the bundle names no key", "keys", "缺少公钥")
        if self.pinned and self.keys and self.keys[0][1].hex() != self.pinned.lower():
            self.fault("the first key is another than yours", self.keys[0][1].hex(), "首个公钥与给定公钥不符")

    def check_checkpoints(self) -> None:
        """Each is signed by the key that the ledger named then, and leads to the newest without a break."""
        for name in sorted(self.files):
            if name.startswith("checkpoints/"):
                self.check_note(name, self.text(name))
        self.size = max(self.checkpoints)
        paths = json.loads(self.text("consistency.json"))
        for size in sorted(set(self.checkpoints) ^ {int(size) for size in paths}):
            self.fault("nothing shows that the ledger goes on from it", f"checkpoint {size}", "缺少一致性证明")
        for size, path in paths.items():
            steps = [self.hashes[i] for i in path]
            if not consistent(int(size), self.size, steps, self.checkpoints[int(size)], self.checkpoints[self.size]):
                self.fault("the ledger does not go on from it", f"checkpoint {size}", "与后续检查点不一致")

    def check_note(self, name: str, note: str) -> None:
        """One checkpoint."""
        found = NOTE.fullmatch(note)
        if not found:
            return self.fault("it is no checkpoint", name, "不是检查点")
        text, origin, size, root, _, signer, signature = found.groups()
        mark, current = base64.b64decode(signature), [key for key in self.keys if key[0] <= int(size)]
        if name != f"checkpoints/{int(size)}.note" or int(size) in self.checkpoints:
            self.fault("it lies under the name of another", name, "检查点文件名不符")
        self.checkpoints[int(size)] = base64.b64decode(root)
        _, key, named = current[-1] if current else (0, b"", "")
        name_hash = hashlib.sha256(origin.encode() + b"\n\x01" + key).digest()[:4]
        if signer != origin or named != origin or mark[:4] != name_hash or not signed(key, text.encode(), mark[4:]):
            self.fault("its signature is wrong", name, "检查点签名无效")
        return None

    def check_entry(self, entry: dict[str, Any]) -> None:
        """An entry's hash leads to the root of the newest checkpoint."""
        head = f'{{"actor":{spelled(entry["actor"])},"kind":{spelled(entry["kind"])},"payload":'
        tail = f',"record_ms":{entry["record_ms"]:d},"seq":{entry["seq"]:d},"site":{spelled(entry["site"])}}}'
        body = head.encode() + entry["payload"].encode("utf-8", "surrogateescape") + tail.encode()
        leaf = hashlib.sha256(b"\x00" + body).digest()
        path = [self.hashes[i] for i in entry["path"]]
        if root_of_path(leaf, entry["seq"] - 1, self.size, path) != self.checkpoints[self.size]:
            return self.fault("it is not what the ledger holds", f"entry {entry['seq']}", "条目与账本不符")
        self.proved += 1
        return None

    def check_reading(self, row: dict[str, Any]) -> dict[str, Any]:
        """A row of readings has the sum that stands beside it."""
        said = row.pop("sha256", "")
        if hashlib.sha256(json.dumps(row, sort_keys=True, separators=(",", ":")).encode()).hexdigest() != said:
            self.fault("its sum is another", f"reading row {row.get('admission')}", "读数校验和不符")
        return row

    def check_days(self, entries: list[dict[str, Any]], rows: list[dict[str, Any]]) -> None:
        """Each sealed day is here just as it was sealed, or it was removed by policy; else it is lost or changed."""
        record, there = Sealed(), dict[tuple[str, int], dict[int, dict[str, Any]]]()
        for entry in sorted(entries, key=lambda one: one["seq"]):
            if wrong := record.take(entry["seq"], entry["kind"], entry["payload"]):
                self.fault(wrong, f"removal, entry {entry['seq']}", "销毁未经两人按规定签字")
        self.removed = record.told()
        if "request.json" not in self.files:
            return self.notes.append("what was asked for is not said: losses are not looked for / 未写明范围，不查缺失")
        self.asked = json.loads(self.text("request.json"))
        for row in rows:
            day = row["first_taken_ms"] // DAY_MS
            if row["stream"] == "samples" and day == row["last_taken_ms"] // DAY_MS:
                there.setdefault((row["device"], day), {})[row["admission"]] = row
        begin, end = self.asked["from_ms"], self.asked["to_ms"] - DAY_MS
        for (probe, day), (seq, n) in sorted(record.newest.items()):
            if begin <= day * DAY_MS <= end and seq not in record.gone:
                kept = there.get((probe, day), {})
                self.check_day((probe, day, seq), n, [kept[one] for one in sorted(kept)], record.blocks[seq]["hash"])
        if self.proved < self.size:
            few = f"{self.size - self.proved} entries of the ledger are not in this bundle: no day is missed that they"
            self.notes.append(f"{few} sealed / 账本中另有 {self.size - self.proved} 条不在本包内，其封存的日子无从核查")
        return None

    def check_day(self, where: tuple[str, int, int], n: int, rows: list[dict[str, Any]], digest: str) -> None:
        """The first rows of a sealed day, by admission, are those that were sealed; later ones came late."""
        told = f"probe {where[0]}, {date(where[1])}, entry {where[2]}"
        found, sealed = sum(row["n"] for row in rows), list[dict[str, Any]]()
        if found < n:
            zh = f"封存 {n} 条，现有 {found} 条，无销毁签字"
            self.fault(f"{n} readings were sealed, {found} are here, nobody signed for a removal", told, zh)
            return self.lost.append(self.faults[-1])
        while rows and sum(row["n"] for row in sealed) < n:
            sealed.append(rows.pop(0))
        if sealed_hash(where[0], where[1], sealed) != digest:
            self.fault("the readings that are here are not those that were sealed", told, "现有读数与封存内容不符")
        return None


def spelled(text: str) -> str:
    """Return a text as canonical JSON."""
    return json.dumps(text, ensure_ascii=False)


def main(arguments: list[str]) -> int:
    """Check a bundle and say what was found; 0 if all agrees."""
    if len(arguments) not in (1, 3) or (len(arguments) == 3 and arguments[1] != "--key"):
        sys.stdout.write(__doc__ + "\n")
        return 2
    bundle = Bundle(arguments[0], arguments[2] if len(arguments) == 3 else "")
    for line in bundle.check()[:20]:
        sys.stdout.write(f"{'LOST / 缺失' if line in bundle.lost else 'CHANGED / 已改动'}  {line}\n")
    if bundle.faults:
        return 1
    for line in bundle.notes:
        sys.stdout.write(f"note / 注意  {line}\n")
    for line in bundle.removed:
        sys.stdout.write(f"removed by policy / 已按期限销毁  {line}\n")
    sys.stdout.write(f"{bundle.proved} entries are in the ledger of {bundle.size} / 条目均在账本中\n")
    if bundle.asked:
        span = " - ".join(date(bundle.asked[one] // DAY_MS) for one in ("from_ms", "to_ms"))
        of = " ".join(filter(None, [bundle.asked["unit"], bundle.asked["place"]])) or "everything / 全部"
        of += f" ({len(bundle.asked['probes'])} probes / 个探头)"
        sys.stdout.write(f"asked for / 导出范围: {span} UTC, {of}\n")
    sys.stdout.write(f"first key / 首个公钥: {bundle.keys[0][1].hex()}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
