"""Bytes in, things heard out: pure decoders, one file a protocol, whatever way the bytes are sliced."""
