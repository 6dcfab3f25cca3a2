"""What a scan or a tag may mean: every reading that its form and its check characters allow. Pure.

A tag and a label are evidence beside the record. So nothing is guessed: where two readings are possible both are
returned, and where a check character is wrong the reading is refused with that reason.
"""

import re
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Final

import msgspec

from coldchain import epc, epc_plus, gs1, isbt128, iso15434, station_codes
from coldchain.errors import InvalidValueError
from coldchain.station_codes import CodeScheme

TEXT_MAX: Final = 1_000
_HEX: Final = re.compile(r"(?:[0-9A-Fa-f]{4}){4,31}")
_UID: Final = re.compile(r"E0[0-9A-F]{14}")  # ISO 15693: 64 bits, the first byte is E0
_SERIALS: Final = ("21", "10")  # where bag makers put a donation number, if they put it anywhere


class Kind(StrEnum):
    """Which system a reading belongs to."""

    EPC = "epc"
    UID = "uid"  # the number of an ISO 15693 chip
    GS1 = "gs1"
    ISBT_128 = "isbt128"
    STATION = "station"


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a text may mean. `fields` are its parts by name, in order; `refused` why it is not taken.

    `epc`: the hex by which a tag is bound. `numbers`: the donation numbers that it may carry.
    """

    kind: Kind
    fields: dict[str, str] = {}
    epc: str | None = None
    numbers: tuple[str, ...] = ()
    refused: str | None = None


def identify(text: str, schemes: Sequence[CodeScheme] = ()) -> tuple[Reading, ...]:
    """Return every reading of what was scanned, typed or heard from a tag; () if it is none of a known form."""
    text = text.strip(" \t\r\n")
    if not text or len(text) > TEXT_MAX:
        return ()
    if iso15434.is_message(text):
        return _envelope(text)
    for form, read in _FORMS:
        if form.match(text):
            return read(text)
    plain = "".join(text.split())
    return (*_tag(plain), *_din(plain.upper()), *_stations(plain, schemes), *_bare_gs1(text))


def _refused(kind: Kind, reason: str) -> tuple[Reading, ...]:
    return (Reading(kind=kind, refused=reason),)


def _isbt128(text: str) -> tuple[Reading, ...]:
    scanned = isbt128.parse(text)
    if isinstance(scanned, isbt128.Unreadable):
        return _refused(Kind.ISBT_128, scanned.reason)
    fields: dict[str, str] = {}
    numbers = []
    for structure in scanned:
        if isinstance(structure, isbt128.Din):
            numbers.append(structure.din)
        fields |= _structure_fields(structure)
    return (Reading(kind=Kind.ISBT_128, fields=fields, numbers=tuple(numbers)),)


def _structure_fields(structure: isbt128.Structure) -> dict[str, str]:
    match structure:
        case isbt128.Din(din=din, flags=flags):
            return {
                "donation_number": din,
                "flags": flags,
                "flags_mean": structure.meaning,
                "check_character": structure.check_character,
            }
        case isbt128.BloodGroup(code=code, abo_rhd=group, message=message):
            return {"blood_group_code": code} | _given({"blood_group": group, "message": message})
        case isbt128.ProductCode(code=code, division=division):
            return {"product_code": code, "division": division}
        case isbt128.Moment(what=what, year=year, day_of_year=day, hour=hour, minute=minute):
            return {what: f"{year}-{day:03d} {hour:02d}:{minute:02d}"}
        case isbt128.Opaque(structure=number, content=content):
            return {f"structure_{number}": content}


def _given(fields: dict[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value is not None}


def _gs1(read: Callable[[str], gs1.Pairs]) -> Callable[[str], tuple[Reading, ...]]:
    def reading(text: str) -> tuple[Reading, ...]:
        try:
            pairs = read(text)
        except (InvalidValueError, ValueError) as error:
            return _refused(Kind.GS1, str(error))
        return (Reading(kind=Kind.GS1, fields=_pair_fields(pairs), numbers=_numbers(pairs)),)

    return reading


def _pair_fields(pairs: gs1.Pairs) -> dict[str, str]:
    return {f"({ai})": value for ai, value in pairs} | {"element_string": gs1.element_string(pairs)}


def _numbers(pairs: gs1.Pairs) -> tuple[str, ...]:
    return tuple(value for ai, value in pairs if ai in _SERIALS)


def _tag_uri(text: str) -> tuple[Reading, ...]:
    try:
        return _tag(epc.encode(epc.parse_tag_uri(text)))
    except InvalidValueError as error:
        return _refused(Kind.EPC, str(error))


def _tag(text: str) -> tuple[Reading, ...]:
    if _HEX.fullmatch(text) is None:
        return ()
    text = text.upper()
    if _UID.fullmatch(text):
        return (Reading(kind=Kind.UID, fields={"uid": text}, epc=text),)
    tag = epc.decode(text)
    match tag:
        case epc.NotAnEpc(reason=reason):
            return (Reading(kind=Kind.EPC, epc=text, refused=reason),)
        case epc_plus.PlusEpc(scheme=scheme, filter_value=value, pairs=pairs):
            fields = {"scheme": scheme, "filter": str(value)} | _pair_fields(pairs)
            return (Reading(kind=Kind.EPC, fields=fields, epc=text, numbers=_numbers(pairs)),)
        case epc.Epc():
            fields = {"scheme": tag.scheme, "tag_uri": tag.tag_uri, "pure_identity": tag.pure_identity}
            keys = _pair_fields(tag.pairs) if tag.pairs else {}
            return (Reading(kind=Kind.EPC, fields=fields | keys, epc=text, numbers=_numbers(tag.pairs)),)


def _din(text: str) -> tuple[Reading, ...]:
    din, check = text[:13], text[13:]
    if not isbt128.is_din(din) or len(check) > 1:
        return ()
    expected = isbt128.din_check_character(din)
    if check not in {"", expected}:
        return _refused(Kind.ISBT_128, f"the check character of {din} is {expected}, not {check}: scan it again")
    return (Reading(kind=Kind.ISBT_128, fields={"donation_number": din, "check_character": expected}, numbers=(din,)),)


def _stations(text: str, schemes: Sequence[CodeScheme]) -> tuple[Reading, ...]:
    return tuple(
        Reading(kind=Kind.STATION, fields={"scheme": scheme.id, "donation_number": text}, numbers=(text,))
        for scheme in schemes
        if station_codes.fault(scheme, text) is None
    )


def _bare_gs1(text: str) -> tuple[Reading, ...]:
    """An element string without its symbology identifier is taken only if all of it fits: it may be anything.

    Any number that begins 10 or 21 fits, so without a check digit in it nothing is cut out of it: a local donation
    number 1012345678 is not the number 12345678 of another bag.
    """
    try:
        pairs = gs1.parse_element_string(text)
    except InvalidValueError:
        return ()
    checked = any(gs1.AIS[ai].check for ai, _ in pairs)
    return (Reading(kind=Kind.GS1, fields=_pair_fields(pairs), numbers=_numbers(pairs) if checked else ()),)


def _envelope(text: str) -> tuple[Reading, ...]:
    found = iso15434.split(text)
    if isinstance(found, iso15434.Broken):
        return _refused(Kind.GS1, found.reason)
    readings: list[Reading] = []
    for envelope in found:
        if envelope.format == "05":
            readings += _gs1(gs1.parse_element_string)(iso15434.GROUP.join(envelope.elements))
        else:
            for element in envelope.elements:
                readings += _isbt128(element) if element[:1] in {"=", "&"} else ()
    return tuple(readings) or _refused(Kind.GS1, "an envelope without anything that is read here")


_FORMS: Final = (
    (re.compile(r"[=&]"), _isbt128),
    (re.compile(r"\]|\(\d"), _gs1(gs1.parse_element_string)),
    (re.compile(r"https?://", re.IGNORECASE), _gs1(gs1.parse_digital_link)),
    (re.compile(r"urn:epc:tag:"), _tag_uri),
)
