"""Case 22: a unit that was issued comes back: within the profile's limit, beyond it, and never in China."""

from pathlib import Path
from typing import Any

from support.acceptance import HOSPITAL, MANAGER, SIGNED, House
from support.intake import HOUR, START
from support.lineage_story import donation

import rules
from rules.profile import profile_record

MINUTE = 60_000
THREE = START + 15 * HOUR


def stored(house: House, name: str, nth: int, profile: str, version: int) -> None:
    toml = Path(rules.__file__).parent / "profiles" / f"{profile}-{version}.toml"
    house.pipeline.set_up([profile_record(toml.read_bytes())], START)
    number = donation(house.scheme, nth)
    made = {"issuer": "station-1", "scheme": house.scheme, "donation_number": number, "product_code": "E0398V00"}
    label = {"division": "00", "component": "red cells", "blood_group": "O+"}
    house.post("/api/units", {"id": name, **made, **label, "profile": profile, "profile_version": version})
    house.clock.forward(2 * HOUR)
    house.put(name, HOSPITAL, START + HOUR)


def issue(house: House, name: str, at_ms: int) -> None:
    house.clock.forward(max(0, at_ms + MINUTE - house.clock.now_ms()))
    house.post(f"/api/units/{name}/issues", {"to": "ward-3", "at_ms": at_ms})


def back(house: House, name: str, at_ms: int) -> Any:
    house.clock.forward(max(0, at_ms + MINUTE - house.clock.now_ms()))
    body = {"place": HOSPITAL, "at_ms": at_ms, "sealed": True, "sound": True} | SIGNED
    return house.post(f"/api/units/{name}/returns", body)


def release(house: House, name: str, signed: dict[str, str], status: int) -> Any:
    seen = house.get(f"/api/units/{name}/evidence")
    body = {"evidence": seen["evidence"]["version"], "holds": [one["id"] for one in seen["holds"]]}
    body |= {"decision": "release-hold", "at_ms": house.clock.now_ms(), "reason": "core measured at 7.0 °C"}
    return house.post(f"/api/units/{name}/decisions", body | signed, status)


def test_case_22_a_return_after_28_minutes_is_accepted_and_after_35_blocked_until_a_quality_manager_decides(
    house: House,
) -> None:
    stored(house, "one", 1, "uk-rbc", 1)
    issue(house, "one", THREE)
    first = back(house, "one", THREE + 28 * MINUTE)
    assert (first["accepted"], first["out_ms"], first["limit_ms"]) == (True, 28 * MINUTE, 30 * MINUTE)
    (outing,) = [one for one in house.get("/api/units/one")["clocks"] if one["clock"] == "outing"]
    assert (outing["most_ms"], outing["running"]) == (28 * MINUTE, False)
    issue(house, "one", THREE + 40 * MINUTE)
    put = {"place": HOSPITAL, "at_ms": THREE + 75 * MINUTE}
    house.clock.forward(HOUR)
    house.post("/api/units/one/placements", put)
    assert house.get("/api/units/one")["standing"] == "held", "whoever puts it back, and with whatever word"
    second = back(house, "one", THREE + 75 * MINUTE)
    assert (second["accepted"], second["reason"], second["out_ms"]) == (False, "too-long", 35 * MINUTE)
    assert house.get("/api/units/one")["standing"] == "held"
    assert "quality manager only" in release(house, "one", SIGNED, 409)["detail"]
    release(house, "one", MANAGER, 201)
    assert house.get("/api/units/one")["standing"] != "held"
    (total,) = [one for one in house.get("/api/units/one")["clocks"] if one["clock"] == "outings"]
    assert (total["occasions"], total["most_ms"]) == (2, 63 * MINUTE)


def test_case_22_in_china_a_return_after_28_minutes_is_refused(house: House) -> None:
    stored(house, "two", 2, "cn-rbc", 3)
    issue(house, "two", THREE)
    house.clock.forward(HOUR)
    put = {"place": HOSPITAL, "at_ms": THREE + 28 * MINUTE}
    house.post("/api/units/two/placements", put)
    assert house.get("/api/units/two")["standing"] == "held"
    refused = back(house, "two", THREE + 28 * MINUTE)
    assert (refused["accepted"], refused["reason"]) == (False, "never")
    assert house.get("/api/units/two")["standing"] == "held"
