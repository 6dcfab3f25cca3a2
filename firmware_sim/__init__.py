"""A storage point of simulated devices and a truth of its own: the witness against which the rest is checked.

Nothing here imports anything of ours, and numpy and msgspec are not used either: frames and messages are written from
the data sheets and from docs/wire.md and docs/dock.md, so that a mistake in one of the gateway's codecs cannot hide in
a shared helper. docs/simulator.md tells the story, the lines and the control line.

The rooms, from the inside out:

- `devices/` is pure: bytes and times in, frames out. `r4dcb08` (Modbus RTU temperature collector), `contacts`
  (Modbus RTU digital inputs), `registers` (transmitters, fridge controllers, meters: slaves that are tables of
  registers), `loggers` (lines of text, the kernel's files of 1-Wire probes), `bb7e_reader` (UHF reader of the BB..7E
  family), `modbus` (what the slaves have in common: CRC-16 and the cutting of requests).
- `physics` (fridges, freezers, incubators) and `box_physics` (a courier's box) are pure too, in steps of one second.
- `box_memory`, `box`, `box_uplink` and `box_dock` are the firmware of the courier's box, pure: rows and batches, what
  it measures and hears, its way up over MQTT, and its serial line. `box_gps` is its receiver, `box_mind` and
  `box_compass` what it concludes by itself. `box_radio` is the thread that speaks MQTT.
- `story` has the words of a scenario, `scenario` reads its file (`scenarios/*.toml`), `timeline` puts its events on
  the clock for one seed and one start, `labels` says what is printed on each bag and what people say of it.
- `site` is the world: all places and devices on one clock, without an operating system. `control` says what a person
  may do to it.
- `faults` spoils answers on purpose, seeded. `port` is one pseudo-terminal that never blocks; `bench` puts a site on
  its lines. `bus_line` is a line of Modbus slaves without a site, for tests and benchmarks.
- `record` is what was really sent and what really happened; `truth`, with `truth_runs`, `truth_story` and `levels`, is
  the oracle that reads it.

Lock-step use, in one thread and without a clock::

    with Bench(storage_point(), seed=1, start_ms=start_ms) as bench:
        bench.advance(start_ms + 20_000)
        os.write(host, request)     # host: a descriptor of bench.path("bus")
        bench.serve(0.2)
        os.read(host, 256)          # the answer
        truth(bench)
"""
