"""Links: ports, time-outs and turns on a line. Here bytes are stamped, once, when they are complete."""
