"""A site: its cabinets, its courier's box and all devices, on one clock. It touches no operating system.

Time and the host's bytes are handed in, frames come out. What can be wrong in more than one way (a door that the
scenario and a person hold open) stays so until the last cause is gone.
"""

import random
from typing import Any, Final, NamedTuple

from firmware_sim.box import STEP_MICRO_CELSIUS, Box
from firmware_sim.box_dock import Dock
from firmware_sim.box_physics import BoxBody
from firmware_sim.box_uplink import Uplink
from firmware_sim.devices.bb7e_reader import Bb7eReader, Tag
from firmware_sim.devices.contacts import Contacts, InputsAnswer
from firmware_sim.devices.r4dcb08 import NO_SENSOR, Answer, R4dcb08, register_of
from firmware_sim.labels import labels, moves
from firmware_sim.levels import TENTH_MICRO_CELSIUS, levels_of
from firmware_sim.physics import STEP_MS, Fridge
from firmware_sim.record import (
    BagRecord,
    Change,
    Conclusion,
    ContactRecord,
    PlaceRecord,
    Reading,
    Record,
    TemperatureAnswer,
    Visit,
)
from firmware_sim.story import (
    BOX,
    DEFROST,
    DOOR,
    LID,
    MAINS,
    MOTION,
    UPS,
    Contact,
    Place,
    Scenario,
    box_build_of,
    build_of,
)
from firmware_sim.timeline import Happening, What, timeline

STORY: Final = "story"
_BEGINS: Final = {
    What.DOOR_OPENS: (What.DOOR_OPENS, True),
    What.DOOR_SHUTS: (What.DOOR_OPENS, False),
    What.COMPRESSOR_FAILS: (What.COMPRESSOR_FAILS, True),
    What.COMPRESSOR_WORKS: (What.COMPRESSOR_FAILS, False),
    What.MAINS_LOST: (What.MAINS_LOST, True),
    What.MAINS_BACK: (What.MAINS_LOST, False),
    What.SENSOR_LOST: (What.SENSOR_LOST, True),
    What.SENSOR_BACK: (What.SENSOR_LOST, False),
    What.NETWORK_LOST: (What.NETWORK_LOST, True),
    What.NETWORK_BACK: (What.NETWORK_LOST, False),
}


class Reply(NamedTuple):
    """A frame that a device wants to send, and what it says if it is an answer of the collector or the contacts."""

    frame: bytes
    temperature: Answer | None = None
    inputs: InputsAnswer | None = None


class Site:
    """The world of one scenario. The same scenario, seed, start and host bytes give the same answers."""

    def __init__(self, scenario: Scenario, seed: int, start_ms: int, home: str = "storage-1") -> None:
        """Stand at start_ms (UTC, ms). `home`: the site of the box's topics."""
        self.scenario = scenario
        self.now_ms = start_ms
        self.cabinets = {
            place.id: Fridge(build_of(scenario, seed, place.id), start_ms, _watched(place))
            for place in scenario.places
            if place.kind != BOX
        }
        self.collector = R4dcb08(scenario.collector_address)
        self.contacts = Contacts(scenario.contacts_address)
        self.readers = {
            line: Bb7eReader(f"{seed}:{reader.id}", start_ms) for line, (_, reader) in scenario.readers.items()
        }
        self.box, self.box_body, self.dock = self._with_box(seed, start_ms, home)
        self.record = _record(scenario, seed, start_ms, self)
        self._causes: dict[tuple[What, str], set[str]] = {}
        self._readers_by_place = {place.id: self.readers[line] for line, (place, _) in scenario.readers.items()}
        self._tags = _tags(self.record, scenario, seed)
        self._epcs = list(self.record.bags)
        self._probes = [probe for place in scenario.places for probe in place.probes if probe.channel is not None]
        self._inputs = {contact.input: contact.id for contact in scenario.contacts if contact.input is not None}
        self._noticed: InputsAnswer | None = None
        self._step_ms = start_ms
        self._ahead = timeline(scenario, start_ms, seed)
        self._ahead.reverse()  # the next one is at the end, where it is cheap to take away
        self._fill(start_ms)
        self._show()

    @property
    def mains_present(self) -> bool:
        """Whether the site has mains."""
        return not self._is(What.MAINS_LOST, "")

    @property
    def has_network(self) -> bool:
        """Whether the box is where there is network, and switched on."""
        box = self.box
        return box is not None and box.is_on and not self._is(What.NETWORK_LOST, box.courier.place)

    def advance(self, to_ms: int) -> list[tuple[str, bytes]]:
        """Move everything to to_ms; return (line, frame) of what readers sent meanwhile."""
        sent: list[tuple[str, bytes]] = []
        while self._ahead and self._ahead[-1].at_ms <= to_ms:
            happening = self._ahead.pop()
            sent += self._move(happening.at_ms)
            self._happen(happening)
        return sent + self._move(to_ms)

    def hear(self, line: str, data: bytes) -> list[Reply]:
        """Take the host's bytes on a line other than the box's; return the answers."""
        if line in self.readers:
            return [Reply(frame) for frame in self.readers[line].receive(data, self.now_ms)]
        self._measure()
        temperatures = self.collector.receive(data, self.now_ms)
        inputs = self.contacts.receive(data, self.now_ms)
        return [Reply(answer.frame, temperature=answer) for answer in temperatures] + [
            Reply(answer.frame, inputs=answer) for answer in inputs
        ]

    def hear_dock(self, data: bytes, uplink: Uplink | None) -> list[bytes]:
        """Take the host's bytes on the box's line; return the answers. The uplink hears of acks that came here."""
        if self.dock is None:
            return []
        answers, heard = self.dock.receive(data, self.now_ms)
        if uplink is not None:
            for ack in heard:
                uplink.heard(ack)
        return answers

    def sent(self, reply: Reply, *, sound: bool) -> None:
        """Record that a reply left just now; `sound`: nothing spoilt it on its way."""
        said, inputs = reply.temperature, reply.inputs
        if said is not None and said.registers:
            self.record.answer(TemperatureAnswer(self.now_ms, said.first, said.registers, sound))
        if inputs is not None and sound and inputs != self._noticed:
            self._noticed = inputs
            for place, on in enumerate(inputs.inputs, inputs.first):
                if place in self._inputs:
                    self.record.notice(self._inputs[place], Change(self.now_ms, on))

    def midway(self) -> bool:
        """Tell whether a request has begun somewhere and is not yet complete."""
        slaves = self.collector.midway or self.contacts.midway
        return slaves or any(reader.midway for reader in self.readers.values())

    def turn(self, what: What, place: str, cause: str, *, on: bool) -> None:
        """Let a cause of something begin or end: DOOR_OPENS, COMPRESSOR_FAILS, MAINS_LOST, SENSOR_LOST, NETWORK_LOST.

        `place` is a probe's id for SENSOR_LOST and "" for MAINS_LOST.
        """
        causes = self._causes.setdefault((what, place), set())
        if on:
            causes.add(cause)
        else:
            causes.discard(cause)
        self._apply(what, place, is_so=bool(causes))
        self._show()

    def status(self) -> dict[str, Any]:
        """Return what is so now, as JSON can carry it: temperatures (celsius), mains, doors, the box's memory."""
        bodies: dict[str, Fridge | BoxBody] = dict(self.cabinets)
        if self.box is not None and self.box_body is not None:
            bodies[self.box.courier.place] = self.box_body
        said: dict[str, Any] = {
            "now_ms": self.now_ms,
            "mains_present": self.mains_present,
            "places": {
                name: {
                    "load_celsius": round(body.load_celsius, 3),
                    "air_celsius": round(body.air_celsius, 3),
                    "open": body.lid_open if isinstance(body, BoxBody) else body.door_open,
                }
                for name, body in bodies.items()
            },
        }
        if self.box is not None:
            said["box"] = {"rows": len(self.box.memory), "last_seq": self.box.memory.last_seq, "epoch": self.box.epoch}
            said["box"] |= {"bytes": self.box.memory.bytes_held, "network": self.has_network}
            said["box"] |= {"ready": self.box.mind.lamp, "beeps": sorted(self.box.mind.beeps)}
        return said

    def _with_box(self, seed: int, start_ms: int, home: str) -> tuple[Box | None, BoxBody | None, Dock | None]:
        courier = self.scenario.courier
        if courier is None:
            return None, None, None
        place = self.scenario.place(courier.place)
        build = box_build_of(self.scenario, seed, place.id)
        body = BoxBody(build, start_ms, _watched(place), courier.waypoints[0].ambient_celsius)
        box = Box(courier, place.probes, start_ms, f"{self.scenario.name}:{seed}:{start_ms}", limits=place.limits)
        return box, body, Dock(box, home)

    def _fill(self, start_ms: int) -> None:
        for number in range(1, len(self._epcs) + 1):
            if number not in self.scenario.outside_at_start:
                self._put_in(number, self.scenario.series_of(number)[0].place, start_ms)
        for line, (_, reader) in self.scenario.readers.items():
            for stray in reader.strays:
                self.readers[line].enter(Tag(stray.epc, stray.read_probability, stray.rssi_dbm))

    def _move(self, to_ms: int) -> list[tuple[str, bytes]]:
        """Let time pass in which nothing happens."""
        self.record.until_ms = self.now_ms = to_ms
        if to_ms >= self._step_ms + STEP_MS:
            self._step_ms += (to_ms - self._step_ms) // STEP_MS * STEP_MS
            for name, cabinet in self.cabinets.items():
                known = len(cabinet.defrosts)
                cabinet.run_to(to_ms)
                self.record.places[name].crossings_lost = cabinet.crossings_lost + cabinet.defrosts_lost
                if len(cabinet.defrosts) != known:
                    self._defrosted(name, cabinet, known)
            self._carry(to_ms)
        return [(line, frame) for line, reader in self.readers.items() for frame in reader.advance(to_ms)]

    def _carry(self, to_ms: int) -> None:
        if self.box is not None and self.box_body is not None:
            for at_ms, probe, micro_celsius in self.box.advance(to_ms, self.box_body):
                self.record.reading(Reading(at_ms, probe, micro_celsius))
            self.record.places[self.box.courier.place].crossings_lost = self.box_body.crossings_lost
            self._conclude(self.box)

    def _conclude(self, box: Box) -> None:
        """Keep what the box said of itself since."""
        for word in box.told():
            origin = word.origin or box.courier.gateway
            spoken = Conclusion(word.at_ms, word.kind, origin, word.earliest_ms, word.latest_ms, dict(word.details))
            self.record.conclusion(spoken)

    def _defrosted(self, name: str, cabinet: Fridge, known: int) -> None:
        for contact in self.scenario.contacts:
            if contact.kind == DEFROST and contact.place == name:
                for switching in cabinet.defrosts[known:]:
                    self.record.change(contact.id, Change(*switching))
        self._show()

    def _happen(self, happening: Happening) -> None:
        what = happening.what
        if what is What.BAG_IN:
            self._put_in(happening.bag, happening.place, happening.at_ms)
        elif what is What.BAG_OUT:
            self._take_out(happening.bag, happening.at_ms)
        elif what is What.SURROUNDINGS:
            if self.box_body is not None:
                self.box_body.ambient_celsius = happening.celsius
        else:
            begun, on = _BEGINS[what]
            self.turn(begun, happening.probe or happening.place, STORY, on=on)

    def _is(self, what: What, place: str) -> bool:
        return bool(self._causes.get((what, place)))

    def _apply(self, what: What, place: str, *, is_so: bool) -> None:
        if what is What.MAINS_LOST:
            for cabinet in self.cabinets.values():
                cabinet.mains_present = not is_so
        elif what is What.COMPRESSOR_FAILS:
            self.cabinets[place].compressor_works = not is_so
        elif what is What.DOOR_OPENS:
            if self.box is not None and self.box_body is not None and place == self.box.courier.place:
                self._carry(self.now_ms)
                self.box_body.lid_open = is_so
                self.box.turn_lid(self.now_ms, is_open=is_so)
                self._conclude(self.box)
            else:
                self.cabinets[place].door_open = is_so

    def _show(self) -> None:
        """Let all contacts show what is so now."""
        for contact in self.scenario.contacts:
            on = self._shown(contact)
            if contact.input is not None:
                self.contacts.inputs[contact.input] = on
            if contact.kind != DEFROST:  # its changes are noted at the second at which they happened
                self.record.change(contact.id, Change(self.now_ms, on))
            if contact.kind == LID and self.box is not None and self.box.is_on:
                self.record.notice(contact.id, Change(self.now_ms, on))

    def _shown(self, contact: Contact) -> bool:
        if contact.kind in {MAINS, UPS}:
            return self.mains_present == (contact.kind == MAINS)
        if contact.kind in {DOOR, LID}:
            return self._is(What.DOOR_OPENS, contact.place)
        cabinet = self.cabinets[contact.place]
        return cabinet.agitating if contact.kind == MOTION else cabinet.defrosting

    def _put_in(self, number: int, place: str, at_ms: int) -> None:
        epc = self._epcs[number - 1]
        self.record.bags[epc].visits.append(Visit(at_ms, place=place))
        if place in self._readers_by_place:
            self._readers_by_place[place].enter(self._tags[epc])

    def _take_out(self, number: int, at_ms: int) -> None:
        epc = self._epcs[number - 1]
        visit = self.record.bags[epc].visits[-1]
        visit.out_ms = at_ms
        if visit.place in self._readers_by_place:
            self._readers_by_place[visit.place].leave(epc)

    def _measure(self) -> None:
        for probe in self._probes:
            cabinet = self.cabinets[probe.place]
            celsius = cabinet.load_celsius if probe.role == "load" else cabinet.air_celsius
            lost = self._is(What.SENSOR_LOST, probe.id)
            self.collector.registers[probe.channel or 0] = NO_SENSOR if lost else register_of(celsius)


def _watched(place: Place) -> tuple[float, ...]:
    """Return the temperatures (celsius) whose crossings tell where the samples' sides must change."""
    step = STEP_MICRO_CELSIUS if place.kind == BOX else TENTH_MICRO_CELSIUS
    return tuple(level / 1_000_000 for level in levels_of(place.limits, step))


def _record(scenario: Scenario, seed: int, start_ms: int, site: Site) -> Record:
    bags = {label["epc"]: BagRecord(label, readable=not label["blind"]) for label in labels(scenario, start_ms, seed)}
    places: dict[str, PlaceRecord] = {}
    for place in scenario.places:
        body: Fridge | BoxBody | None = site.cabinets.get(place.id, site.box_body)
        places[place.id] = PlaceRecord(
            id=place.id,
            kind=place.kind,
            profile=place.profile,
            profile_version=place.profile_version,
            limits=place.limits,
            probes=place.probes,
            has_reader=place.reader is not None,
            step_micro_celsius=STEP_MICRO_CELSIUS if place.kind == BOX else TENTH_MICRO_CELSIUS,
            crossings=body.crossings if body is not None else [],
        )
    return Record(
        scenario=scenario.name,
        seed=seed,
        start_ms=start_ms,
        until_ms=start_ms,
        polling_interval_ms=scenario.polling_interval_ms,
        places=places,
        contacts={contact.id: ContactRecord(contact) for contact in scenario.contacts},
        bags=bags,
        strays=[stray.epc for _, reader in scenario.readers.values() for stray in reader.strays],
        moves=moves(scenario, start_ms, seed),
    )


def _tags(record: Record, scenario: Scenario, seed: int) -> dict[str, Tag]:
    """Draw for every bag how well its tag is read; a bag that lies in no reader's sight is drawn like the others."""
    readers = {place.id: reader for place, reader in scenario.readers.values()}
    dice = random.Random(f"{seed}:tags")  # noqa: S311 - a simulation must repeat, it protects nothing
    tags: dict[str, Tag] = {}
    for epc, bag in record.bags.items():
        reader = readers.get(bag.label["place"]) or next(iter(readers.values()), None)
        if reader is None:
            continue
        probability = dice.uniform(*reader.read_probability)
        rssi_dbm = dice.randint(*reader.rssi_dbm)
        tags[epc] = Tag(epc, probability if bag.readable else 0.0, rssi_dbm)
    return tags
