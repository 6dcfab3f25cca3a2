"""A file that was handed out is what it was, or the check says so: any changed byte of the data is found."""

import json
import random
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from support.console import scene_app
from support.console_story import HOUR, NOW

from api.evidence_pack import IssuedPack
from api.evidence_pdf import ATTACHMENT
from api.report_check import checked
from api.report_pdf import attached_json, written_pdf
from coldchain.canonical import canonical_json
from coldchain.errors import InvalidValueError
from coldchain.units import Reason

QUERY = f"from={NOW - 3 * HOUR}&to={NOW}"
CHANGES = 400
GOLDEN = Path(__file__).parents[1] / "golden" / "reports"


@pytest.fixture(scope="module")
def files() -> Iterator[dict[str, bytes]]:
    with TestClient(scene_app("morning"), base_url="http://127.0.0.1") as client:
        yield {
            ending: client.get(f"/api/history/place/fridge-2.{ending}?{QUERY}&lang=zh").content
            for ending in ("json", "csv", "pdf")
        }


def test_the_three_files_say_the_same(files: dict[str, bytes]) -> None:
    found = {ending: checked(data) for ending, data in files.items()}
    assert len({(one.code, one.export, one.sha256) for one in found.values()}) == 1
    assert found["pdf"].pages is True
    assert found["csv"].issued is None


@pytest.mark.parametrize("ending", ["json", "csv"])
def test_any_changed_byte_is_found(files: dict[str, bytes], ending: str) -> None:
    data, dice = files[ending], random.Random(7)
    true = checked(data)
    missed = []
    for _ in range(CHANGES):
        at = dice.randrange(len(data))
        other = bytearray(data)
        other[at] ^= dice.randrange(1, 256)
        try:
            said = checked(bytes(other))
        except InvalidValueError:
            continue
        # Consistent in itself: then it names another export or other data, which the ledger does not have.
        issued, was = said.issued, true.issued
        if (said.export, said.sha256) == (true.export, true.sha256) and issued and was:
            if (issued.at_ms, issued.as_known_seq) != (was.at_ms, was.as_known_seq):
                continue
            missed.append(at)
        elif (said.export, said.sha256) == (true.export, true.sha256):
            missed.append(at)
    assert missed == []


@pytest.mark.parametrize("ending", ["json", "csv"])
def test_what_is_cut_or_longer_is_found(files: dict[str, bytes], ending: str) -> None:
    data = files[ending]
    for other in (data[:-1], data + b"\n", data[: len(data) // 2], data + data, data[3:]):
        with pytest.raises(InvalidValueError):
            checked(other)


def test_a_file_of_an_earlier_version_is_what_it_was() -> None:
    """What a later version would tell besides, such as the reason of a hold, is nothing that was changed in it."""
    data = (GOLDEN / "unit-0.5.0.json").read_bytes()
    found = checked(data)
    assert found.code == "RBXP-9KZD-3C1G-ESWV-GC63-CM85"
    assert found.issued is not None
    assert [one.reason for one in found.issued.report.exposures] == [Reason.NOT_SAID]
    begin = b'"outside_certain":true,'
    assert begin in data
    for other in (b"", b'"outside_certain":false,', begin + b'"reason":"",'):
        with pytest.raises(InvalidValueError):
            checked(data.replace(begin, other))
    for beside in (b'"more":1,', b'"report":{},'):
        with pytest.raises(InvalidValueError):
            checked(data.replace(b'"readings_sha256":', beside + b'"readings_sha256":', 1))


def test_changed_pages_are_told_from_changed_data(files: dict[str, bytes]) -> None:
    pdf = files["pdf"]
    at = pdf.rindex(b"/Title") if b"/Title" in pdf else len(pdf) - 10
    pages = checked(pdf[:at] + b"%" + pdf[at:])
    assert pages.pages is False
    data = attached_json(pdf)
    packed = next(part for part in pdf.split(b"stream\n") if part.startswith(b"x") and _unpacked(part) == data)
    forged = pdf.replace(packed[:200], zlib.compress(data.replace(b'"readings":', b'"readings":1', 1)) + packed[:0])
    with pytest.raises(InvalidValueError):
        checked(forged)


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"\xef\xbb\xbf", b"\xef\xbb\xbfa,b\r\n", b"%PDF-", b"\x00" * 50])
def test_what_is_no_report_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidValueError):
        checked(data)


def _unpacked(part: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(part)
    except zlib.error:
        return b""


def test_a_pack_of_an_earlier_version_is_checked_by_the_data_that_it_has() -> None:
    data = (GOLDEN / "pack-0.6.0.json").read_bytes()
    found = checked(data)
    assert (found.code, found.pages) == ("6BZZ-ACY9-5RZ9-B1SM-5HX7-94BB", None)
    for wrong in (b'"barred":["on-hold"]', b'"limit_ms":'):
        assert wrong in data
        with pytest.raises(InvalidValueError):
            checked(data.replace(wrong, wrong[:-1] + b" " + wrong[-1:], 1))
    with pytest.raises(InvalidValueError, match="does not have the hash"):
        checked(data.replace(b'"barred":["on-hold"]', b'"barred":[]'))


def test_the_pages_of_an_earlier_pack_differ_and_what_it_carries_still_verifies() -> None:
    data = (GOLDEN / "pack-0.6.0.json").read_bytes()
    issued = checked(data).issued
    assert isinstance(issued, IssuedPack)
    drawn = written_pdf("<h1>Evidence pack</h1>", ATTACHMENT, data, issued.at_ms, issued.sha256)
    found = checked(drawn)
    assert (found.code, found.pages) == (issued.code, False)


def test_what_a_later_version_adds_to_a_pack_is_part_of_what_is_checked() -> None:
    issued = json.loads((GOLDEN / "pack-0.6.0.json").read_bytes())
    issued["pack"]["added"] = "later"
    with pytest.raises(InvalidValueError, match="does not have the hash"):
        checked(canonical_json(issued))
