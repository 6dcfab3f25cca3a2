"""How far the clock may be off by which a finding's readings were stamped, as its gateway said."""

import msgspec


class ClockDoubt(msgspec.Struct, frozen=True, kw_only=True):
    """What a gateway's words on its clock say of one finding, in whole seconds, rounded up.

    It may have begun and ended up to `early_ms` before, and up to `late_ms` after, the times that its readings carry.
    `span_ms`: by how much it may have been shorter or longer; None while it lasts, as its other figures. `reached`:
    whether it lasted for certain as long as its rule asks for; what lasts is not asked.
    """

    early_ms: int
    late_ms: int
    span_ms: int | None = None
    reached: bool = True
