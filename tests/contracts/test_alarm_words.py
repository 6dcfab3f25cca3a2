"""What stands under an alarm: where bags can go and how that is known; whom to call, on the road the courier first."""

from typing import Any
from zoneinfo import ZoneInfo

from msgspec.structs import replace
from support.intake import HOUR, SITE, START, sample
from support.storage_point import BOX, POINT, bags, deliver, numbered, point_on, said

from coldchain.alarms import Alarm
from coldchain.capacity import SetCapacity
from coldchain.closed_loop import ExpectAnew, Party, SignHandover
from coldchain.duties import Address, Calendar, Escalation, Level, OnCallPerson, Plan, Rota, Shift
from coldchain.facts import EventKind, Fact
from coldchain.places import Text
from coldchain.ports import Store
from coldchain.tasks import PlaceUseKind, SetPlaceUse
from coldchain.units import PackBox
from ingest.alarm_duties import duties_now
from ingest.conditions_places import place_conditions
from ingest.pipeline import Pipeline
from rules.alarm_around import beside
from rules.alarm_time import at_site

MINUTE = 60_000
PACKED = START + HOUR
NOW = PACKED + 50 * MINUTE
ZONE = ZoneInfo("Australia/Sydney")
SIGNED: dict[str, Any] = {"name": "李华", "post": "technician", "actor": "tech"}
HERE = (289_400_000, 1_188_700_000)
NEAR, FAR = (289_500_000, 1_188_700_000), (289_700_000, 1_188_700_000)  # 1.1 km and 3.3 km to the north
ALL_DAY = Shift(days=tuple(range(7)), from_minute=0, to_minute=0, person="wang")
PEOPLE = (
    OnCallPerson(id="wang", name="王强", addresses=(Address(channel="sms", to="+861"),)),
    OnCallPerson(id="zhao", name="赵敏", addresses=(Address(channel="call", to="+862"),)),
)
ESCALATION = Escalation(
    plans=(Plan(site="", zone="Asia/Shanghai", levels=(Level(after_ms=0, rotas=("day",)),)),),
    calendar=Calendar(people=PEOPLE, rotas=(Rota(id="day", shifts=(ALL_DAY,)),)),
)


LIST = PackBox(
    manifest="list-1", box=BOX, units=("u-1", "u-2"), at_ms=PACKED, destination=SITE, actor="tech", courier="zhao"
)


def on_the_road(store: Store, *, courier: str = "zhao", to: str = SITE) -> Pipeline:
    """Two bags in a box that gets warm on its way; the fridges at the end of its route are fine."""
    pipeline = point_on(store, ("fridge-1", "fridge-2", BOX))
    pipeline.alarms.follow(ESCALATION, START, ZONE)
    for fact in bags(2):
        pipeline.record(fact, PACKED)
    pipeline.record(replace(LIST, destination=to, courier=courier), PACKED)
    times = range(PACKED - 10 * MINUTE, NOW, MINUTE)
    fridges = [f"fridge-{n}-{role}" for n in (1, 2) for role in ("load", "air")]
    calm = numbered([sample(0, ms, 4_000_000, probe) for ms in times for probe in fridges])
    deliver(pipeline, POINT, calm, sent_ms=NOW)
    way: list[Fact] = [sample(0, ms, 4_000_000 if ms < PACKED else 11_200_000, "box-1-load") for ms in times]
    way.append(said(0, BOX, EventKind.POSITION, NOW - MINUTE, latitude_e7=HERE[0], longitude_e7=HERE[1]))
    deliver(pipeline, BOX, numbered(way), sent_ms=NOW)
    return pipeline


def stands(pipeline: Pipeline, place: str, at: tuple[int, int], at_ms: int = NOW) -> None:
    use = SetPlaceUse(
        place=place, use=PlaceUseKind.RESCUE, at_ms=at_ms, latitude_e7=at[0], longitude_e7=at[1], **SIGNED
    )
    pipeline.record(use, NOW)


def alarm_of(store: Store) -> Alarm:
    with store.reading() as session:
        return next(one for one in session.records.active_alarms() if one.place == BOX and one.finding)


def told(store: Store, alarm: Alarm | None = None, now_ms: int = NOW) -> Text:
    alarm = alarm or alarm_of(store)
    with store.reading() as session:
        place = session.records.place(alarm.place)
        assert place is not None
        return beside(session, alarm, place, now_ms, ZONE)


def test_on_the_road_the_nearest_place_by_position_is_named_with_how_that_is_known(store: Store) -> None:
    pipeline = on_the_road(store)
    stands(pipeline, "fridge-2", NEAR)
    stands(pipeline, "fridge-1", FAR)
    text = told(store)
    assert "Nearest that can take 2 bags: Place fridge-2 (1.2 km as the crow flies from where the box was at" in text.en
    assert "最近可接收 2 袋：设备 fridge-2（直线 1.2 km" in text.zh
    assert "UTC+11:00" in text.en, "in the time of the site"


def test_one_that_has_no_room_or_an_alarm_or_is_behind_is_passed_over(store: Store) -> None:
    pipeline = on_the_road(store)
    stands(pipeline, "fridge-2", NEAR)
    stands(pipeline, "fridge-1", FAR)
    pipeline.record(SetCapacity(place="fridge-2", slots=1, at_ms=NOW, **SIGNED), NOW)
    assert "Place fridge-1 (3.4 km" in told(store).en
    assert "Place fridge-" not in told(store, now_ms=NOW + HOUR).en, "nobody knows whether they are fine by then"
    assert "No rescue fridge is known: call the station." in told(store, now_ms=NOW + HOUR).en


def test_without_coordinates_it_is_the_end_of_the_route_and_says_so(store: Store) -> None:
    pipeline = on_the_road(store)
    assert "Nearest that can take 2 bags: Place fridge-1 (at the end of the route; room unknown)" in told(store).en
    assert "设备 fridge-1（按路线终点；空位未知）" in told(store).zh
    use = SetPlaceUse(place="fridge-2", use=PlaceUseKind.RESCUE, at_ms=NOW, **SIGNED)
    pipeline.record(use, NOW)
    assert "Place fridge-2 (at the end of the route" in told(store).en, "a declared rescue fridge goes first"


def test_neither_coordinates_nor_a_route_that_ends_here_names_a_declared_rescue_fridge_or_none(store: Store) -> None:
    on_the_road(store, to="somewhere")
    assert "No rescue fridge is known" in told(store).en


def test_the_courier_of_the_leg_is_named_and_called_first_then_who_is_on_call(store: Store) -> None:
    on_the_road(store)
    text = told(store)
    assert "Call: the courier, 赵敏; then on call 王强" in text.en
    assert "联系：送血员 赵敏；值班 王强" in text.zh
    assert "+86" not in text.en + text.zh
    alarm = alarm_of(store)
    with store.reading() as session:
        at_once = [one for one in duties_now(session, ESCALATION, NOW) if one.alarm == alarm.id]
        later = [one for one in duties_now(session, ESCALATION, NOW + 5 * MINUTE) if one.alarm == alarm.id]
    assert [(one.channel, one.to) for one in at_once] == [("call", "+862")]
    assert {(one.channel, one.to) for one in later} == {("call", "+862"), ("sms", "+861")}


def test_once_the_receiver_has_signed_the_courier_is_called_no_more(store: Store) -> None:
    pipeline = on_the_road(store)
    sign = SignHandover(
        manifest="list-1", party=Party.RECEIVER, units=("u-1", "u-2"), seal="", documents=(), at_ms=NOW, **SIGNED
    )
    pipeline.record(sign, NOW)
    assert "courier," not in told(store).en
    with store.reading() as session:
        due = [one for one in duties_now(session, ESCALATION, NOW) if one.alarm == alarm_of(store).id]
    assert [(one.channel, one.to) for one in due] == [("sms", "+861")]


def test_a_courier_whom_nobody_can_call_is_named_all_the_same_and_nobody_on_call_is_said(store: Store) -> None:
    pipeline = on_the_road(store, courier="张师傅")
    assert "the courier, 张师傅; then on call 王强" in told(store).en
    rota = Rota(id="day", shifts=())
    calendar = Calendar(people=PEOPLE, rotas=(rota,))
    pipeline.alarms.follow(replace(ESCALATION, calendar=calendar), NOW, ZONE)
    assert "then nobody is on call: call the station" in told(store).en
    assert "没有值班人员" in told(store).zh


def test_a_message_says_all_of_it_and_one_that_has_cleared_calls_nobody_and_says_what_stays_on_hold(
    store: Store,
) -> None:
    pipeline = on_the_road(store)
    pipeline.alarms.look(NOW)
    alarm = alarm_of(store)
    with store.reading() as session:
        (message, *_) = session.records.notifications_of_alarm(alarm.id)
    for part in (
        "Place box-1",
        "11.2 °C",
        "Since 20",
        "2 bags inside",
        "Courier: keep the box shut",
        "Nearest",
        "Call: ",
    ):
        assert part in message.text
    over = told(store, replace(alarm, cleared_ms=NOW))
    assert "Call:" not in over.en
    assert "2 bags on hold" in over.en


def test_an_alarm_on_the_road_says_when_the_box_should_arrive_or_that_nobody_knows(store: Store) -> None:
    pipeline = on_the_road(store)
    assert "When it should arrive is unknown" in told(store).en
    again = replace(LIST, manifest="list-2", at_ms=PACKED + MINUTE, expected_ms=NOW + HOUR)
    pipeline.record(again, NOW)
    text = told(store)
    assert f"Expected {at_site(NOW + HOUR, ZONE)}" in text.en
    assert f"预计到达 {at_site(NOW + HOUR, ZONE)}" in text.zh
    pipeline.record(received("list-2", NOW), NOW)
    assert "预计到达" not in told(store).zh, "it has arrived"


def test_a_list_that_is_late_is_an_alarm_until_its_receiver_signs(store: Store) -> None:
    pipeline = on_the_road(store)
    pipeline.record(replace(LIST, manifest="list-2", at_ms=PACKED + MINUTE, expected_ms=NOW), NOW)
    assert late(store, NOW + 20 * MINUTE - 1) == []
    assert late(store, NOW + 20 * MINUTE) == [("list-2", 20)]
    assert late(store, NOW + 30 * MINUTE) == [("list-2", 30)]
    pipeline.record(received("list-2", NOW + 31 * MINUTE), NOW + 31 * MINUTE)
    assert late(store, NOW + 31 * MINUTE) == []


def anew(expected_ms: int, at_ms: int) -> ExpectAnew:
    return ExpectAnew(manifest="list-2", expected_ms=expected_ms, reason="堵车", at_ms=at_ms, **SIGNED)


def test_a_time_that_is_moved_ends_an_alarm_as_any_recovery_does_and_the_next_one_says_how_often(store: Store) -> None:
    pipeline = on_the_road(store)
    pipeline.record(replace(LIST, manifest="list-2", at_ms=PACKED + MINUTE, expected_ms=NOW), NOW)

    def look(at_ms: int) -> list[tuple[bool, bool, str]]:
        for ms in range(4):  # a slow machine does not reach every provider in one look
            pipeline.alarms.look(at_ms + ms)
        with store.reading() as session:
            known = session.records.alarms_of_subject("A20", "list-2", 0)
        return [(one.active, one.waits, str(one.values["what"])) for one in known]

    late_ms = NOW + 20 * MINUTE
    assert look(late_ms) == [(True, True, "late")]
    pipeline.record(anew(NOW + HOUR, late_ms), late_ms)
    assert f"Expected {at_site(NOW + HOUR, ZONE)} (moved 1× since packing)" in told(store, now_ms=late_ms).en
    assert "（装箱后改过 1 次）" in told(store, now_ms=late_ms).zh
    assert look(late_ms + 5_000) == [(True, True, "late")], "not at once"
    assert look(late_ms + 65_000) == [(False, True, "late")], "over, and it waits for its acknowledgement all the same"
    assert look(NOW + HOUR + 20 * MINUTE - 4) == [(False, True, "late")]
    again = look(NOW + HOUR + 20 * MINUTE)
    assert sorted(again) == [(False, True, "late"), (True, True, "late-moved")]


def test_where_nobody_said_when_it_is_expected_earlier_journeys_say_it_in_alarms_with_how_many(store: Store) -> None:
    pipeline = on_the_road(store)
    for n, lasted in enumerate((40, 50, 90)):
        packed = PACKED - (n + 1) * 3 * HOUR
        name = f"before-{n}"
        pipeline.record(replace(LIST, manifest=name, at_ms=packed), NOW)
        pipeline.record(received(name, packed + lasted * MINUTE), NOW)
    assert f"Expected {at_site(PACKED + 50 * MINUTE, ZONE)} (from 3 earlier journeys)" in told(store).en
    assert "（按以往 3 次运输）" in told(store).zh
    assert late(store, NOW + HOUR) == [], "half of all journeys last longer than the middle one"


def received(name: str, at_ms: int) -> SignHandover:
    return SignHandover(
        manifest=name, party=Party.RECEIVER, units=LIST.units, seal="", documents=(), at_ms=at_ms, **SIGNED
    )


def late(store: Store, now_ms: int) -> list[tuple[str, int | str]]:
    with store.reading() as session:
        found = place_conditions(session, now_ms)
    return [(one.subject, one.values["minutes"]) for one in found if one.values.get("what") == "late"]
