"""Units for one patient: they leave for that patient only, in a box of their own, and what is made of them likewise."""

from collections.abc import Sequence
from itertools import permutations
from typing import Any

import msgspec
import pytest
from support.intake import END, HOUR, SITE, START, unit
from support.lineage_story import act, output
from support.memory_store import MemoryStore
from support.storage_point import BOX, point_on

from coldchain.alarms import Condition
from coldchain.closed_loop import MemberKind, Party, SetMember, SignHandover
from coldchain.entries import EntryKind
from coldchain.errors import ConflictError, InvalidValueError
from coldchain.intents import Basis, Intent, Kept, SetIntent
from coldchain.lineage import Act, Action, Aggregate, DeclareError, ErrorOf, ErrorReason, Said, UnitKind
from coldchain.places import Place, PlaceKind, Text
from coldchain.receiving import Visual
from coldchain.units import IssueUnit, PackBox, PersonFact, PlaceUnit, ReceiveUnit, RegisterUnit
from ingest.conditions_units import unit_conditions
from ingest.pipeline import Pipeline
from rules.issuable import Bar, barred, kept_of

DIN = "G1234986543"
SIGNED: dict[str, Any] = {"name": "李华", "post": "technician", "actor": "tech"}
OWN, ANY, ODD, MINE = "E0336100", "E0336V00", "E0336F00", "E0336A00"
NEVER = Kept(intent=Intent.NOT_STATED, patient="", basis=Basis.NOBODY)


def bag(name: str, code: str, **changed: Any) -> RegisterUnit:
    made = msgspec.structs.replace(unit(name, f"{DIN}{abs(hash(name)) % 90 + 10}"), scheme="isbt128", product_code=code)
    made = msgspec.structs.replace(made, donation_number=f"{DIN}{int(name[-1]):02d}")
    return RegisterUnit(unit=msgspec.structs.replace(made, **changed), actor="tech")


def word(name: str, intent: Intent, patient: str = "", at_ms: int = START, reason: str = "") -> SetIntent:
    return SetIntent(unit=name, intent=intent, patient=patient, reason=reason, at_ms=at_ms, **SIGNED)


class Centre:
    """A storage point with a shelf without probe or reader, which says for certain what people say."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.pipeline: Pipeline = point_on(self.store)
        name = Text(zh="架", en="Shelf")
        kinds = (("shelf", PlaceKind.FRIDGE), ("basket-1", PlaceKind.BASKET), ("far", PlaceKind.FRIDGE))
        for place, kind in kinds:
            site = "station" if place == "far" else SITE
            thing = Place(id=place, site=site, name=name, profile="cn-rbc", profile_version=2, kind=kind)
            self.pipeline.set_up([thing], START)

    def say(self, *facts: PersonFact) -> None:
        for fact in facts:
            self.pipeline.record(fact, END)

    def put(self, *names: str, place: str = "shelf") -> None:
        self.say(*(PlaceUnit(unit=name, place=place, at_ms=START, actor="tech") for name in names))

    def pack(self, *names: str, patient: str = "", to: str = "hospital-2", manifest: str = "list-1") -> None:
        said = PackBox(
            manifest=manifest, box=BOX, units=names, at_ms=END - HOUR, destination=to, actor="tech", patient=patient
        )
        self.say(said)

    def kept(self, name: str) -> Kept:
        with self.store.reading() as session:
            found = session.records.unit(name)
            return NEVER if found is None else kept_of(session, found)

    def conditions(self, rule: str) -> list[Condition]:
        with self.store.reading() as session:
            return [one for one in unit_conditions(session, END) if one.rule == rule]


@pytest.fixture
def centre() -> Centre:
    return Centre()


def test_a_unit_for_one_patient_leaves_on_a_list_for_this_one_and_on_no_other(centre: Centre) -> None:
    centre.say(bag("u-1", OWN))
    centre.put("u-1")
    with pytest.raises(ConflictError, match="nobody has said for which one"):
        centre.pack("u-1", patient="p-1")
    centre.say(word("u-1", Intent.AUTOLOGOUS, "p-1"))
    for patient in ("", "p-2", "P-1"):
        with pytest.raises(ConflictError, match="this list is not for that one"):
            centre.pack("u-1", patient=patient)
    centre.pack("u-1", patient="p-1")
    with centre.store.reading() as session:
        assert session.records.manifests(BOX)[0].units == ("u-1",)
        assert b"p-1" not in msgspec.json.encode(session.records.manifests(BOX))


def test_the_station_takes_it_back_whoever_it_was_for_but_in_a_box_of_its_own(centre: Centre) -> None:
    centre.say(bag("u-1", OWN), bag("u-2", ANY))
    centre.say(SetMember(site="station", kind=MemberKind.STATION, at_ms=START, **SIGNED))
    centre.put("u-1", "u-2")
    with pytest.raises(ConflictError, match="unit u-1 is kept for one patient and unit u-2 is not"):
        centre.pack("u-1", "u-2", to="station")
    centre.pack("u-1", to="station")
    with pytest.raises(ConflictError, match="do not travel in one box"):
        centre.pack("u-2", manifest="list-2")  # the first one lies in that box


def test_samples_travel_with_it(centre: Centre) -> None:
    centre.say(bag("u-1", OWN), word("u-1", Intent.AUTOLOGOUS, "p-1"), bag("u-2", ANY, kind=UnitKind.SAMPLE))
    centre.put("u-1", "u-2")
    centre.pack("u-1", "u-2", patient="p-1")
    assert centre.conditions("A24") == []


def test_a_type_that_nobody_here_knows_waits_until_somebody_says_for_whom(centre: Centre) -> None:
    centre.say(bag("u-1", ODD))
    centre.put("u-1")
    with pytest.raises(ConflictError, match=r"E0336F00.* names a type of donation that is not known here"):
        centre.pack("u-1")
    with pytest.raises(InvalidValueError, match="say why"):
        centre.say(word("u-1", Intent.ALLOGENEIC))
    centre.say(word("u-1", Intent.ALLOGENEIC, reason="family reserved, released by the station"))
    centre.pack("u-1")
    assert centre.kept("u-1").basis is Basis.STATED


def test_only_means_only(centre: Centre) -> None:
    centre.say(bag("u-1", OWN), bag("u-2", MINE))
    with pytest.raises(ConflictError, match="its own patient only"):
        centre.say(word("u-1", Intent.ALLOGENEIC, reason="there is need"))
    centre.say(word("u-2", Intent.ALLOGENEIC, reason="patient does not need it; medical director agreed"))
    centre.say(act("a-1", Act.WASH, ["u-1"], [output("u-3", "local code", scheme="local")]))
    with pytest.raises(ConflictError, match="label of unit u-1"):
        centre.say(word("u-3", Intent.ALLOGENEIC, reason="washed"))
    assert centre.kept("u-3").reserved


def test_a_word_without_sense_is_refused(centre: Centre) -> None:
    centre.say(bag("u-1", ANY), word("u-1", Intent.DIRECTED, "p-1"))
    for wrong, why in (
        (word("u-1", Intent.UNREAD, at_ms=START + 1), "say allogeneic"),
        (word("u-1", Intent.ALLOGENEIC, "p-1", START + 1, "x"), "for no patient"),
        (word("u-1", Intent.DIRECTED, "张三", START + 1), "no name"),
    ):
        with pytest.raises(InvalidValueError, match=why):
            centre.say(wrong)
    with pytest.raises(ConflictError, match="already said"):
        centre.say(word("u-1", Intent.DIRECTED, "p-2"))
    before = centre.pipeline.record(word("u-1", Intent.DIRECTED, "p-1"), END).seq
    assert centre.pipeline.record(word("u-1", Intent.DIRECTED, "p-1"), END).seq == before, "the same again is nothing"


def test_registration_and_receipt_say_it_where_a_local_code_does_not(centre: Centre) -> None:
    first = RegisterUnit(unit=unit("u-1", "016"), actor="lis", intent=Intent.AUTOLOGOUS, patient="p-1")
    centre.say(first, first)
    assert centre.kept("u-1").is_for("p-1")
    with pytest.raises(InvalidValueError, match="say autologous or directed"):
        centre.say(RegisterUnit(unit=unit("u-9", "019"), actor="lis", patient="p-1"))
    received = ReceiveUnit(
        unit=unit("u-2", "017"),
        place="shelf",
        at_ms=START,
        epc="",
        visual=Visual.INTACT,
        note="",
        micro_celsius=None,
        intent=Intent.DIRECTED,
        patient="p-2",
        **SIGNED,
    )
    centre.say(received, received)
    assert (centre.kept("u-2").intent, centre.kept("u-2").is_for("p-2")) == (Intent.DIRECTED, True)
    centre.say(RegisterUnit(unit=unit("u-3", "018"), actor="lis"))
    assert centre.kept("u-3") == NEVER


def test_an_issue_for_somebody_else_is_recorded_and_called_out(centre: Centre) -> None:
    centre.say(bag("u-1", OWN), bag("u-2", OWN), bag("u-3", ANY))
    centre.put("u-1", "u-2", "u-3")
    at_ms = END - HOUR
    for name, patient in (("u-1", "p-1"), ("u-2", ""), ("u-3", "")):
        centre.say(IssueUnit(unit=name, to="ward", at_ms=at_ms, actor="lis", patient=patient))
    assert [one.subject for one in centre.conditions("A16")] == ["u-1", "u-2"], "nobody has said for whom they are"
    centre.say(word("u-1", Intent.AUTOLOGOUS, "p-1"), word("u-2", Intent.AUTOLOGOUS, "p-2"))
    (one,) = centre.conditions("A16")
    assert (one.subject, one.values, one.severity.value) == ("u-2", {"what": "another", "to": "ward"}, "critical")
    centre.say(IssueUnit(unit="u-2", to="ward", at_ms=at_ms, actor="lis", patient="p-2"))
    assert centre.conditions("A16") == []
    with pytest.raises(ConflictError, match="another patient"):
        centre.say(IssueUnit(unit="u-2", to="ward", at_ms=at_ms, actor="lis", patient="p-1"))
    wrong = Said(unit="u-2", at_ms=at_ms, object="ward")
    right = Said(unit="u-2", at_ms=at_ms + 1, object="ward 3")
    fault: dict[str, Any] = {
        "wrong": wrong,
        "reason": ErrorReason.INCORRECT_DATA,
        "instead": right,
        "note": "ward 3 it was",
        "at_ms": END,
    }
    centre.say(DeclareError(of=ErrorOf.ISSUE, **fault, **SIGNED))
    assert centre.conditions("A16") == [], "a correction keeps for whom it was issued"


def test_what_lies_among_others_is_called_out_until_it_is_apart(centre: Centre) -> None:
    centre.say(bag("u-1", OWN), bag("u-2", MINE), bag("u-3", ANY))
    centre.put("u-1", "u-2", "u-3")
    (one,) = centre.conditions("A24")
    assert (one.place, one.values) == ("shelf", {"what": "together", "number": 2, "unit": "u-1"})
    basket: dict[str, Any] = {"action": Action.ADD, "actor": "tech"}
    centre.say(Aggregate(parent="shelf", containers=("basket-1",), at_ms=START + 1, **basket))
    centre.say(Aggregate(parent="basket-1", units=("u-1", "u-2"), at_ms=START + 2, **basket))
    assert centre.conditions("A24") == []


def test_whoever_asks_for_the_patient_is_not_barred(centre: Centre) -> None:
    centre.say(bag("u-1", OWN), word("u-1", Intent.AUTOLOGOUS, "p-1"))
    with centre.store.reading() as session:
        found = session.records.unit("u-1")
        assert found is not None
        bars = [barred(session, found, (), END, patient) for patient in ("", "p-1", "p-2")]
    assert bars == [[Bar.RESERVED], [], [Bar.RESERVED]]


def facts_of(names: Sequence[str]) -> list[PersonFact]:
    stories: dict[str, PersonFact] = {
        "split": act(
            "a-1", Act.SPLIT, ["u-1"], [output(f"u-{n}", "c", division=f"0{n}", scheme="local") for n in (2, 3)]
        ),
        "washed": act("a-2", Act.WASH, ["u-2"], [output("u-4", "c", division="04", scheme="local")], START + HOUR),
        "mine": word("u-1", Intent.AUTOLOGOUS, "p-1", START + HOUR),
        "older": word("u-1", Intent.DIRECTED, "p-9", START),
        "free": word("u-3", Intent.ALLOGENEIC, "", START + 2 * HOUR, "agreed"),
    }
    return [stories[name] for name in names]


ORDERS = [
    one
    for one in permutations(("split", "washed", "mine", "older", "free"))
    if one.index("split") < min(one.index("washed"), one.index("free"))
]


@pytest.mark.parametrize("names", ORDERS, ids=",".join)
def test_what_is_made_of_it_is_for_the_same_patient_whatever_was_recorded_first(
    centre: Centre, names: tuple[str, ...]
) -> None:
    centre.say(RegisterUnit(unit=unit("u-1", "016"), actor="tech"))
    centre.say(*facts_of(names))
    found = {name: centre.kept(name) for name in ("u-1", "u-2", "u-3", "u-4")}
    assert found["u-1"] == Kept(intent=Intent.AUTOLOGOUS, patient="p-1", basis=Basis.STATED)
    made = Kept(intent=Intent.AUTOLOGOUS, patient="p-1", basis=Basis.MADE_FROM)
    assert (found["u-2"], found["u-4"]) == (made, made)
    assert (found["u-3"].intent, found["u-3"].reserved) == (Intent.ALLOGENEIC, False)


def test_the_reference_stands_in_the_words_alone(centre: Centre) -> None:
    centre.say(bag("u-1", OWN), word("u-1", Intent.AUTOLOGOUS, "secret-1"))
    centre.put("u-1")
    centre.pack("u-1", patient="secret-1")
    with centre.store.reading() as session:
        entries = session.ledger.entries(0, 10_000)
    assert {one.kind for one in entries if b"secret-1" in one.payload} == {EntryKind.UNIT_INTENT}


def test_a_storage_point_separates_no_donation_and_the_station_does(centre: Centre) -> None:
    centre.say(RegisterUnit(unit=unit("u-1", "016"), actor="tech"))
    centre.say(SetMember(site=SITE, kind=MemberKind.STORAGE_POINT, at_ms=START, **SIGNED))
    parts = [output("u-2", "c", division="02", scheme="local")]
    wrong = msgspec.structs.replace(act("a-1", Act.PROCESS_DONATION, ["u-1"], parts), place="shelf")
    with pytest.raises(ConflictError, match="may not separate donations"):
        centre.say(wrong)
    centre.say(SetMember(site=SITE, kind=MemberKind.STATION, at_ms=START + 1, **SIGNED))
    centre.say(wrong)
    assert centre.kept("u-2") == NEVER


def test_two_persons_sign_the_same_hand_over(centre: Centre) -> None:
    centre.say(bag("u-1", ANY))
    centre.put("u-1")
    centre.pack("u-1")
    said: dict[str, Any] = {"manifest": "list-1", "units": ("u-1",), "seal": "7", "documents": (), "at_ms": END}
    centre.say(SignHandover(party=Party.GIVER, **said, **SIGNED))
    other = SIGNED | {"name": "王芳"}
    for wrong, why in (
        (SignHandover(party=Party.RECEIVER, **said, **SIGNED), "another person"),
        (SignHandover(party=Party.RECEIVER, **(said | {"seal": "8"}), **other), "other content"),
        (SignHandover(party=Party.RECEIVER, **(said | {"units": ()}), **other), "not what packing list"),
    ):
        with pytest.raises(ConflictError, match=why):
            centre.say(wrong)
    centre.say(SignHandover(party=Party.RECEIVER, **said, **other))
    with centre.store.reading() as session:
        assert [one.party for one in session.records.handovers_of("list-1")] == [Party.GIVER, Party.RECEIVER]


def test_a_defect_on_receipt_holds_a_bag_and_an_expired_one_is_not_packed(centre: Centre) -> None:
    torn = ReceiveUnit(
        unit=unit("u-1", "016"),
        place="shelf",
        at_ms=START,
        epc="",
        visual=Visual.DEFECT,
        note="leaks",
        micro_celsius=None,
        **SIGNED,
    )
    centre.say(torn, bag("u-2", ANY, expires_ms=END - HOUR, profile_version=2))
    centre.say(bag("u-3", ANY, profile="cn-plt", profile_version=1))
    centre.put("u-2", "u-3")
    with pytest.raises(ConflictError, match="unit u-2 has expired"):
        centre.pack("u-2")
    with pytest.raises(ConflictError, match="do not travel in one box"):
        centre.pack("u-2", "u-3")
    with centre.store.reading() as session:
        assert [one.basis for one in session.records.holds_of_unit("u-1")] == ["inspection"]
