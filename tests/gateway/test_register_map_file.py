"""The files of register maps: what may stand in them, and what is said when something else does."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain.places import ContactKind
from gateway.decoders.register_map import FaultBit, MapContact
from gateway.decoders.register_map_file import FILE_BYTES_MAX, InvalidMapError, placed, read_map
from gateway.maps import load_map, shipped

WHOLE = """
format = 1
name = "mine"
version = 2
en = "A controller"
zh = "控制器"
source = "its sheet, page 7"
confirmed = true
holes = 0
[reading]
function = 3
type = "int16"
order = "ABCD"
scale = "1/10"
least = "-50"
most = "50"
no_sensor = [0x8000]
[channel.air]
register = 5
fault_bits = [{ function = 3, address = 9, bit = 4 }, { function = 2, address = 1, bit = 7 }]
[channel.coil]
register = 6
type = "int32"
order = "CDAB"
no_sensor = [0x80000000, -1]
[channel.core]
stored = true
[contact.door]
function = 1
address = 3
bit = 5
kind = "door"
inverted = true
"""


def test_every_shipped_map_is_named_as_its_file_and_says_what_it_is_in_both_languages() -> None:
    assert shipped() == [
        *("controller-x1", "controller-x10", "float32-cdab", "pt100-x10", "pt100-x100"),
        *("r4dcb08", "renke", "xy-md02-x10", "xy-md02-x100"),
    ]
    for name in shipped():
        map_ = load_map(name)
        assert map_.name == name
        assert map_.text.en != map_.text.zh
        assert not map_.text.zh.isascii()
        assert map_.source


def test_a_map_whose_kind_differs_from_model_to_model_knows_no_address() -> None:
    for name in ("controller-x10", "controller-x1", "pt100-x10", "pt100-x100", "float32-cdab"):
        map_ = load_map(name)
        assert not map_.confirmed
        assert {channel.register for channel in map_.channels} == {None}


def test_what_a_channel_says_goes_before_what_holds_for_all() -> None:
    map_ = read_map(WHOLE.encode(), "mine.toml")
    air, coil, core = map_.channels
    assert (air.reading.type.words, coil.reading.type.words) == (1, 2)
    assert air.reading.no_sensor == {-(2**15)}
    assert coil.reading.no_sensor == {-(2**31), -1}
    assert air.faults == (FaultBit(function=3, address=9, bit=4), FaultBit(function=2, address=1, bit=0))
    assert (core.register, core.stored) == (None, True)
    assert map_.contacts == (
        MapContact(name="door", kind=ContactKind.DOOR, function=1, address=3, bit=0, inverted=True),
    )
    assert (map_.channel("nobody"), map_.contact("nobody")) == (None, None)


def test_the_settings_add_the_addresses_that_a_map_leaves_open() -> None:
    map_ = placed(read_map(WHOLE.encode(), "mine.toml"), {"core": 70, "core.min": 71, "core.max": 72})
    core = map_.channel("core")
    assert core is not None
    assert (core.register, core.stored_min, core.stored_max) == (70, 71, 72)


@pytest.mark.parametrize(
    ("registers", "says"),
    [
        ({"air": 7}, "knows the register of air itself"),
        ({"nobody": 7}, "has no channel for register 'nobody': air, coil, core"),
        ({"air.min": 7}, "has no channel for register 'air.min'"),
    ],
)
def test_an_address_that_has_no_place_is_refused(registers: dict[str, int], says: str) -> None:
    with pytest.raises(InvalidMapError, match=says):
        placed(read_map(WHOLE.encode(), "mine.toml"), registers)


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        ("format = 1", "format = 2", "has format 2, this program reads format 1"),
        ("version = 2", "version = 0", "`$.version`"),
        ("confirmed = true", "", "missing required field `confirmed`"),
        ("function = 3\ntype", "function = 6\ntype", "`$.reading.function`"),
        ('"int16"', '"int64"', "Invalid enum value 'int64'"),
        ('order = "ABCD"', "", "lacks order for channel air"),
        ('scale = "1/10"', "scale = 0.1", "`$.reading.scale`"),
        ('scale = "1/10"', 'scale = "1/0"', 'scale = "1/0" for channel air: write an exact number'),
        ('scale = "1/10"', 'scale = "0"', "scale 0"),
        ('least = "-50"', 'least = "60"', "least above most"),
        ("register = 5", "register = 65536", "`$.channel[...].register`"),
        ("register = 5", "regster = 5", "unknown field `regster`"),
        ("no_sensor = [0x8000]", "no_sensor = [0x18000]", "does not fit into 16 bits"),
        ("no_sensor = [0x8000]", "no_sensor = [-40000]", "does not fit into 16 bits"),
        ('"int16"', '"signmag16"', "calls -0 a sentinel"),
        ('kind = "door"', 'kind = "gate"', "Invalid enum value 'gate'"),
        ("[channel.air]", "[channel.AIR]", "`key"),
        ("format = 1", "format = ", "is not valid TOML"),
        ("format = 1", "format = 1\n" + "#" * FILE_BYTES_MAX, "is larger than"),
    ],
)
def test_a_wrong_map_is_refused_with_its_name_and_the_key(right: str, wrong: str, says: str) -> None:
    with pytest.raises(InvalidMapError, match=r"register map mine\.toml") as caught:
        read_map(WHOLE.replace(right, wrong, 1).encode(), "mine.toml")
    assert says in str(caught.value)
    assert "寄存器映射" in str(caught.value)


@given(st.binary(max_size=200))
def test_bytes_that_are_no_map_are_refused_and_nothing_else(noise: bytes) -> None:
    with pytest.raises(InvalidMapError):
        read_map(noise, "noise")


def test_a_map_of_ones_own_is_read_from_its_path(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(WHOLE, encoding="utf-8")
    assert load_map("mine.toml", tmp_path) == load_map(str(tmp_path / "mine.toml"))


def test_a_map_that_is_not_there_is_said_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(InvalidMapError, match=r"write controller-x1, .*, r4dcb08, renke, xy-md02-x10"):
        load_map("r4dcb80")
    with pytest.raises(InvalidMapError, match="cannot be read: No such file"):
        load_map("mine.toml", tmp_path)
