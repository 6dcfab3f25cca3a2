"""Devices from their data sheets: bytes and times are handed in, frames come out; no clock, no disk, no socket."""
