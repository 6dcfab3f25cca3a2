"""The short way to spell a struct gives the bytes of the long way, and the same errors."""

import hashlib
import math
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import inspect
from support import store_words as words

from coldchain.canonical import INTEGER_MAX, canonical_json, canonical_struct, canonical_text
from coldchain.entries import entry_hash
from coldchain.errors import InvalidValueError
from stores.projections import APPLY

_PIECES = st.sampled_from(
    ["", "a", "血", "\x00", "\x1f", "\x7f", '"', "\\", "/", "\u2028", "\ufb33", "\U0001f600", ",1234567890123456", ":-"]
)
_TEXT = st.lists(_PIECES, max_size=4).map("".join) | st.text(st.characters(codec="utf-8"), max_size=6)
_EDGES = st.sampled_from(
    [0, -1, 10**15 - 1, 10**15, INTEGER_MAX, INTEGER_MAX + 1, -INTEGER_MAX, 2**63, 2**70, -(2**63)]
)
_INT = st.integers(-(10**13), 10**13) | _EDGES
_WRONG = st.sampled_from([1.0, 1.5, 1e300, math.nan, True, [1], (), None, b"x", {"b": 1, "a": 2.5}, {1: 2}, "\ud800"])


_SIMPLE = {inspect.BoolType: st.booleans(), inspect.NoneType: st.none(), inspect.IntType: _INT, inspect.StrType: _TEXT}


def values(kind: inspect.Type) -> st.SearchStrategy[Any]:
    """Return what a field of this type may hold."""
    match kind:
        case inspect.StructType():
            return structs(kind.cls)
        case inspect.UnionType():
            return st.one_of([values(one) for one in kind.types])
        case inspect.TupleType():
            return st.tuples(*[values(one) for one in kind.item_types])
        case inspect.VarTupleType() | inspect.ListType():
            made = st.lists(values(kind.item_type), max_size=3)
            return made.map(tuple) if isinstance(kind, inspect.VarTupleType) else made
        case inspect.DictType():
            return st.dictionaries(_TEXT, values(kind.value_type), max_size=4)
        case inspect.EnumType():
            return st.sampled_from(kind.cls)
        case _:
            return _SIMPLE[type(kind)]


def structs(cls: type[Any]) -> st.SearchStrategy[Any]:
    """Return structs of a class, whether or not they make sense: nothing looks at what they say."""
    kind = inspect.type_info(cls)
    assert isinstance(kind, inspect.StructType)
    return st.fixed_dictionaries({field.name: values(field.type) for field in kind.fields}).map(
        lambda fields: cls(**fields)
    )


def outcome(spell: Any, value: Any) -> Any:
    """Return the bytes, or the error and its words."""
    try:
        return spell(value)
    except Exception as error:  # noqa: BLE001 - whatever it is, both ways must give it
        return type(error), str(error)


def long_way(value: Any) -> bytes:
    return canonical_json(msgspec.to_builtins(value))


@pytest.mark.parametrize("cls", sorted({cls for cls, _ in APPLY.values()}, key=str))
def test_every_payload_is_spelled_as_the_long_way_spells_it(cls: type[Any]) -> None:
    @given(structs(cls), st.sampled_from([field.name for field in msgspec.structs.fields(cls)]), _WRONG)
    @settings(max_examples=15, database=None)
    def check(value: Any, name: str, wrong: Any) -> None:
        assert outcome(canonical_struct, value) == outcome(long_way, value)
        msgspec.structs.force_setattr(value, name, wrong)  # a float, a number for a text, a list for a tuple
        assert outcome(canonical_struct, value) == outcome(long_way, value)

    check()


class Free(msgspec.Struct):
    """A struct whose types promise nothing."""

    number: float | int
    thing: Any = None


def test_a_struct_that_may_hold_a_float_goes_the_long_way() -> None:
    assert canonical_struct(Free(1, ("b", {"z": 1, "a": 2}))) == b'{"number":1,"thing":["b",{"a":2,"z":1}]}'
    with pytest.raises(InvalidValueError, match="float"):
        canonical_struct(Free(1.5))
    with pytest.raises(InvalidValueError, match="float"):
        canonical_struct(Free(1, [math.nan]))


def test_keys_beyond_sixteen_bits_are_ordered_by_utf16() -> None:
    event = words.event(1, details={"\ufb33": 2, "\U0001f600": 1})
    assert b'{"\xf0\x9f\x98\x80":1,"\xef\xac\xb3":2}' in canonical_struct(event)


@given(_TEXT, _TEXT, _TEXT, st.integers(0, 2**62), st.integers(0, 2**62), st.binary(max_size=9))
def test_the_hash_is_over_the_canonical_json_of_the_whole_entry(
    actor: str, kind: str, site: str, seq: int, record_ms: int, payload: bytes
) -> None:
    spelled = [canonical_json(text).decode() for text in (actor, kind, site)]
    head = f'{{"actor":{spelled[0]},"kind":{spelled[1]},"payload":'.encode()
    tail = f',"record_ms":{record_ms},"seq":{seq},"site":{spelled[2]}}}'.encode()
    expected = hashlib.sha256(b"\0" + head + payload + tail).digest()
    assert entry_hash(seq, record_ms, actor, site, kind, payload) == expected
    assert canonical_text(actor) == spelled[0]


@pytest.mark.parametrize("number", [1.0, 1.5, "1", None, math.nan])
def test_a_damaged_number_is_no_number(number: Any) -> None:
    good = entry_hash(1, 1, "a", "b", "gap", b"{}")
    with pytest.raises((TypeError, ValueError)):
        entry_hash(1, number, "a", "b", "gap", b"{}")
    with pytest.raises((TypeError, ValueError)):
        entry_hash(number, 1, "a", "b", "gap", b"{}")
    assert outcome(lambda one: entry_hash(1, 1, one, "b", "gap", b"{}"), number) != good


def test_a_damaged_text_that_equals_another_one_is_not_taken_for_it() -> None:
    one = entry_hash(1, 1, 1, "b", "gap", b"{}")  # type: ignore[arg-type]
    assert entry_hash(1, 1, True, "b", "gap", b"{}") != one  # type: ignore[arg-type]
    with pytest.raises(InvalidValueError, match="float"):
        entry_hash(1, 1, 1.0, "b", "gap", b"{}")  # type: ignore[arg-type]
