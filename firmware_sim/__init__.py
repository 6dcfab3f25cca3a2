"""Devices, a fridge and a truth of its own: the witness against which the rest of the program is checked.

Nothing here imports anything of ours, and numpy and msgspec are not used either: frames are written from the data
sheets, so that a mistake in one of the gateway's codecs cannot hide in a shared helper.

The rooms, from the inside out:

- `devices/` is pure: bytes and times in, frames out. `r4dcb08` (Modbus RTU temperature collector), `contacts`
  (Modbus RTU digital inputs: door and mains), `bb7e_reader` (UHF reader of the BB..7E family), `modbus` (what the
  two slaves have in common: CRC-16 and the cutting of requests).
- `physics` is pure too: a blood fridge as an air node and a load node, in steps of one second.
- `scenario` reads a scenario file (`scenarios/*.toml`), `labels` says what is printed on each bag and what its tag
  carries, `timeline` puts the scenario's events on the clock for one seed and one start.
- `faults` spoils answers on purpose, seeded.
- `port` is one pseudo-terminal that never blocks; `bench` puts everything together and is the only room that
  touches the operating system (with `port`).
- `record` is what the bench really sent and what really happened; `truth` is the oracle that reads it.

Lock-step use, in one thread and without a clock::

    with Bench(night_failure(), seed=1, start_ms=start_ms) as bench:
        bench.advance(start_ms + 20_000)
        os.write(host, request)     # host: a descriptor of bench.bus_path
        bench.serve(0.2)
        os.read(host, 256)          # the answer
        truth(bench)
"""
