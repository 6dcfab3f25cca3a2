"""A whole-blood donation and what becomes of it, in both schemes, for tests of lineage, recalls and ends."""

from collections.abc import Sequence

from msgspec.structs import replace
from support.intake import END, HOUR, PLACE, START, pipeline_on, unit

from coldchain.lineage import Act, EndHow, EndUnit, Output, RecallDonation, TransformUnits
from coldchain.ports import Store
from coldchain.units import Hold, PlaceUnit, RegisterUnit, Unit
from ingest.pipeline import Pipeline

SCHEMES = ["isbt128", "local"]
NUMBERS = {"isbt128": "G1234986543{:02d}", "local": "01607260297{:02d}"}
SIGNED = {"name": "李华", "post": "technician", "actor": "tech"}


def donation(scheme: str, nth: int) -> str:
    return NUMBERS[scheme].format(nth)


def bag(name: str, scheme: str, nth: int, product: str = "E0398V00", **changed: str | int | None) -> Unit:
    made = unit(name, donation(scheme, nth))
    return replace(made, **{"scheme": scheme, "product_code": product, **changed})


def output(name: str, product: str = "E0398V00", division: str = "00", **changed: str | int | None) -> Output:
    made = Output(
        id=name,
        product_code=product,
        division=division,
        component="red cells",
        profile="cn-rbc",
        profile_version=1,
    )
    return replace(made, **changed)


def act(name: str, how: Act, inputs: Sequence[str], outputs: Sequence[Output], at_ms: int = START) -> TransformUnits:
    return TransformUnits(
        id=name,
        act=how,
        inputs=tuple(inputs),
        outputs=tuple(outputs),
        at_ms=at_ms,
        place=PLACE,
        name="李华",
        post="technician",
        actor="tech",
    )


def centre(store: Store, scheme: str) -> Pipeline:
    """Return a centre with a donation processed into three, its plasma pooled with five others', and pool mates.

    wb-1 gave rc-1, pl-1, pt-1. pt-1 and pt-2..pt-6 of five other donations are in pool-1; rc-2..rc-6 are their red
    cells. rc-1 was transfused.
    """
    pipeline = pipeline_on(store)
    for nth in range(1, 7):
        pipeline.record(RegisterUnit(unit=bag(f"wb-{nth}", scheme, nth, "E0001V00"), actor="tech"), END)
        pipeline.record(PlaceUnit(unit=f"wb-{nth}", place=PLACE, at_ms=START, actor="tech"), END)
        outputs = [output(f"rc-{nth}"), output(f"pt-{nth}", "E2834V00")]
        outputs += [output("pl-1", "E0701V00")] if nth == 1 else []
        pipeline.record(act(f"a-{nth}", Act.PROCESS_DONATION, [f"wb-{nth}"], outputs, START + HOUR), END)
    pooled = output("pool-1", "E3088V00", donation_number=donation(scheme, 90))
    pipeline.record(act("p-1", Act.POOL, [f"pt-{n}" for n in range(1, 7)], [pooled], START + 2 * HOUR), END)
    pipeline.record(ended("rc-1", EndHow.TRANSFUSED, START + 3 * HOUR), END)
    return pipeline


def ended(name: str, how: EndHow, at_ms: int) -> EndUnit:
    return EndUnit(unit=name, how=how, at_ms=at_ms, **SIGNED)


def recalled(scheme: str, nth: int = 1, name: str = "r-1") -> RecallDonation:
    return RecallDonation(
        id=name,
        reason="late reactive test",
        at_ms=START + 4 * HOUR,
        donation_number=donation(scheme, nth),
        issuer="station-1",
        scheme=scheme,
        **SIGNED,
    )


def holds(store: Store, name: str) -> list[Hold]:
    with store.reading() as session:
        return list(session.records.holds_of_unit(name))


def held(store: Store) -> set[str]:
    with store.reading() as session:
        return {hold.unit for hold in session.records.holds()}


def stays(store: Store, name: str) -> list[tuple[str, int, int | None]]:
    with store.reading() as session:
        found = [one for one in session.records.stays_of_unit(name) if not one.withdrawn]
    return [(one.place, one.possible_from_ms, one.possible_to_ms) for one in found]
