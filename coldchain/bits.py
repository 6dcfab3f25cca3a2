"""Bits of a tag: a hexadecimal text as one whole number, read and written from the left."""


class BitReader:
    """Reads fields from the left. `left` counts the bits that are not read yet."""

    __slots__ = ("_value", "left")

    def __init__(self, value: int, bits: int) -> None:
        self._value = value
        self.left = bits

    def take(self, bits: int) -> int:
        """Return the next bits as an unsigned number. Raises ValueError if there are fewer."""
        if bits > self.left:
            msg = f"{bits} bits are needed where {self.left} are left"
            raise ValueError(msg)
        self.left -= bits
        return self._value >> self.left & ((1 << bits) - 1)

    def rest(self) -> int:
        """Return all that is left as one number: 0 if it is padding only."""
        return self.take(self.left)


class BitWriter:
    """Writes fields from the left."""

    __slots__ = ("_bits", "_value")

    def __init__(self) -> None:
        self._value = 0
        self._bits = 0

    def put(self, value: int, bits: int) -> None:
        """Append an unsigned number. Raises ValueError if it does not fit."""
        if value < 0 or value >> bits:
            msg = f"{value} does not fit into {bits} bits"
            raise ValueError(msg)
        self._value = self._value << bits | value
        self._bits += bits

    def hex_words(self) -> str:
        """Return upper-case hex, padded with zero bits on the right to whole 16-bit words, as a tag stores it."""
        pad = -self._bits % 16
        return f"{self._value << pad:0{(self._bits + pad) // 4}X}"
