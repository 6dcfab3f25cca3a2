"""`coldchain identify`: what a scan or a tag means, in lines for a terminal."""

from typing import Final

from coldchain.identify import Kind, Reading, identify

_KINDS: Final = {
    Kind.EPC: "EPC of a tag / 标签 EPC",
    Kind.UID: "number of an ISO 15693 chip / ISO 15693 芯片号",
    Kind.GS1: "GS1",
    Kind.ISBT_128: "ISBT 128",
    Kind.STATION: "a station's number / 采供血机构编号",
}
_NOTHING: Final = (
    "not of a form that is known here; meant are an EPC in hex, a GS1 element string or Digital Link, an ISBT 128 scan",
    "无法识别：请输入十六进制 EPC、GS1 条码或 Digital Link、ISBT 128 条码内容",
)


def described(text: str) -> tuple[list[str], bool]:
    """Return the lines, and whether at least one reading is taken."""
    readings = identify(text)
    if not readings:
        return list(_NOTHING), False
    lines = [line for reading in readings for line in _lines(reading)]
    return lines, any(reading.refused is None for reading in readings)


def _lines(reading: Reading) -> list[str]:
    head = _KINDS[reading.kind]
    if reading.refused is not None:
        return [f"{head}: not taken / 不予采信: {reading.refused}"]
    width = max((len(name) for name in reading.fields), default=0)
    return [f"{head}:", *(f"  {name:<{width}}  {value}" for name, value in reading.fields.items())]
