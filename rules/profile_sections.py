"""The sections of a profile that a file may leave out: what is said of products, units, probes, checks and records."""

from typing import Any, Final

from coldchain.errors import InvalidValueError
from rules.limits import (
    Budget,
    Cumulative,
    KineticLimit,
    ManualCheck,
    NearLimit,
    Outing,
    Plausibility,
    Product,
    RecordInterval,
    Returns,
    ShelfLife,
    UnitRules,
    UseClock,
    VaccineAlarm,
)
from rules.profile_table import DAY, Table

OPTIONAL: Final = (
    "product",
    "near_limit",
    "outing",
    "four_hours",
    "issued",
    "thawed",
    "opened",
    "expiry",
    "budget",
    "kinetic",
    "vaccine",
    "plausibility",
    "cumulative",
    "manual_check",
    "record_interval",
    "retention",
)
LISTS: Final = ("budget", "kinetic")  # written [[budget]], once for each
LIST_MAX: Final = 8
KINETIC_FOR: Final = (Product.MEDICINE, Product.REAGENT)
PROCESSES_MAX: Final = 16


def optional_fields(tables: dict[str, list[Table]]) -> dict[str, Any]:
    """Return the fields of a Profile that the optional sections give, by name."""
    first = {name: found[0] for name, found in tables.items() if found}
    fields: dict[str, Any] = {}
    if "product" in first:
        fields |= _product(first["product"])
    if "near_limit" in first:
        near = first["near_limit"]
        fields["near_limit"] = NearLimit(
            margin_micro_celsius=near.span("margin_celsius"), delay_ms=near.time("delay_s")
        )
    if "vaccine" in first:
        fields["vaccine"] = _vaccine(first["vaccine"])
    if "cumulative" in first:
        fields["cumulative"] = _cumulative(first["cumulative"])
    if "plausibility" in first:
        fields["plausibility"] = _plausibility(first["plausibility"])
    if "manual_check" in first:
        fields["manual_check"] = _manual(first["manual_check"])
    if "record_interval" in first:
        fields["record_interval"] = _interval(first["record_interval"])
    if "retention" in first:
        fields["retention_years"] = first["retention"].whole("years", "years", least=1)
    fields["kinetic"] = tuple(_kinetic(table) for table in tables.get("kinetic", []))
    fields["units"] = _units(first, tables.get("budget", []))
    return fields


def _product(table: Table) -> dict[str, Any]:
    return {
        "product": Product(table.one_of("kind", tuple(Product))),
        "frozen": table.flag("frozen"),
        "thaw_micro_celsius": table.celsius_if("thawed_above_celsius"),
        "freeze_micro_celsius": table.celsius_if("frozen_at_or_below_celsius"),
    }


def _vaccine(table: Table) -> VaccineAlarm:
    return VaccineAlarm(
        heat_micro_celsius=table.celsius("heat_above_celsius"),
        heat_ms=table.time("heat_min"),
        freeze_micro_celsius=table.celsius("freeze_at_or_below_celsius"),
        freeze_ms=table.time("freeze_min"),
    )


def _cumulative(table: Table) -> Cumulative:
    found = Cumulative(budget_ms=table.time("outside_min"), window_ms=table.time("within_hours"))
    if not 0 < found.budget_ms <= found.window_ms:
        raise table.refuse("outside_min", "more than 0 is allowed, and no more than the window of within_hours")
    return found


def _plausibility(table: Table) -> Plausibility:
    return Plausibility(
        flat_micro_celsius=table.span("flat_celsius"),
        flat_ms=table.time("flat_s"),
        jump_micro_celsius_per_min=table.span("jump_celsius_per_min"),
        siblings_micro_celsius=table.span("siblings_celsius"),
        siblings_ms=table.time("siblings_s"),
    )


def _manual(table: Table) -> ManualCheck:
    return ManualCheck(
        per_day=table.whole("per_day"),
        apart_ms=table.time_if("apart_hours") or 0,
        unrecorded_ms=table.time_if("unrecorded_hours"),
    )


def _interval(table: Table) -> RecordInterval:
    return RecordInterval(
        storage_ms=table.time("storage_s"),
        transport_ms=table.time_if("transport_s"),
        outside_ms=table.time_if("outside_s"),
    )


def _units(first: dict[str, Table], budgets: list[Table]) -> UnitRules:
    clocks = {name: _use_clock(first[name]) for name in ("four_hours", "issued", "thawed") if name in first}
    expiry = first.get("expiry")
    return UnitRules(
        outing=_outing(first["outing"]) if "outing" in first else None,
        four_hours=clocks.get("four_hours"),
        issued=clocks.get("issued"),
        thawed=clocks.get("thawed"),
        opened_ms=first["opened"].time("limit_hours") if "opened" in first else None,
        expiry_warn_ms=expiry.time("warn_days") if expiry else None,
        shelf_lives=_shelf_lives(expiry) if expiry else (),
        budgets=tuple(_budget(table) for table in budgets),
    )


def _outing(table: Table) -> Outing:
    outing = Outing(
        returns=Returns(table.one_of("returns", tuple(Returns))),
        limit_ms=table.time_if("limit_min"),
        warn_ms=table.time_if("warn_min"),
        occasions=table.whole_if("occasions"),
        back_ms=table.time_if("back_hours"),
    )
    if outing.returns is Returns.WITHIN_LIMIT and outing.limit_ms is None:
        raise table.refuse("returns", "a return within the limit needs the key limit_min")
    _require_warned("warn_min", outing.warn_ms, outing.limit_ms, table)
    return outing


def _use_clock(table: Table) -> UseClock:
    clock = UseClock(limit_ms=table.time("limit_min"), warn_ms=table.time("warn_min"))
    _require_warned("warn_min", clock.warn_ms, clock.limit_ms, table)
    return clock


def _require_warned(key: str, warn_ms: int | None, limit_ms: int | None, table: Table) -> None:
    if warn_ms is not None and (limit_ms is None or warn_ms > limit_ms):
        raise table.refuse(key, "a warning at or before the limit is allowed")


def _shelf_lives(table: Table) -> tuple[ShelfLife, ...]:
    if "longest_days" not in table:
        return ()
    lives = Table(f"{table.name} longest_days", table.value("longest_days"))
    names = lives.keys()
    if len(names) > PROCESSES_MAX:
        raise table.refuse("longest_days", f"at most {PROCESSES_MAX} processes are allowed")
    return tuple(ShelfLife(process=name, longest_ms=lives.whole(name, "days", least=1) * DAY) for name in names)


def _budget(table: Table) -> Budget:
    above, below = table.celsius_if("above_celsius"), table.celsius_if("below_celsius")
    if above is not None and below is not None:
        raise table.refuse("below_celsius", "above_celsius or below_celsius is allowed, or neither")
    budget = Budget(
        above_micro_celsius=above,
        below_micro_celsius=below,
        itself=table.flag("itself") if "itself" in table else False,
        total_ms=table.time_if("total_min"),
        single_ms=table.time_if("single_min"),
        occasions=table.whole_if("occasions"),
        warn_percent=table.whole("warn_percent", "percent"),
    )
    if budget.total_ms is budget.single_ms is budget.occasions is None:
        raise table.refuse("total_min", "one of total_min, single_min and occasions is needed")
    if budget.warn_percent > 100:
        raise table.refuse("warn_percent", "0 to 100 are allowed")
    return budget


def _kinetic(table: Table) -> KineticLimit:
    limit = KineticLimit(
        window_ms=table.time("window_hours"),
        high_micro_celsius=table.celsius("high_celsius"),
        excursion_low_micro_celsius=table.celsius("excursion_low_celsius"),
        excursion_high_micro_celsius=table.celsius("excursion_high_celsius"),
        excursion_ms=table.time_if("excursion_hours"),
        transient_micro_celsius=table.celsius_if("transient_celsius"),
        transient_ms=table.time_if("transient_hours"),
    )
    if limit.window_ms <= 0:
        raise table.refuse("window_hours", "1 or more are allowed")
    if limit.excursion_low_micro_celsius >= limit.excursion_high_micro_celsius:
        raise table.refuse("excursion_low_celsius", "a temperature below excursion_high_celsius is allowed")
    if (limit.transient_micro_celsius is None) != (limit.transient_ms is None):
        raise table.refuse("transient_celsius", "it goes together with transient_hours, or neither")
    return limit


def require_fitting(fields: dict[str, Any], low: int | None, high: int) -> None:
    """Raise InvalidValueError for sections that contradict the limits or the product."""
    product, frozen = fields.get("product"), fields.get("frozen", False)
    if fields["kinetic"] and (product not in KINETIC_FOR or frozen):
        msg = (
            "the profile's [[kinetic]] is not allowed here: mean kinetic temperature is for medicines and reagents "
            "only (kind in [product]), never for blood cells, plasma or anything frozen"
        )
        raise InvalidValueError(msg)
    near = fields.get("near_limit")
    if near is not None and low is not None and 2 * near.margin_micro_celsius >= high - low:
        msg = "the profile's margin_celsius in [near_limit] leaves no room inside the limits"
        raise InvalidValueError(msg)
    _require_state(fields, high, frozen=frozen)
    vaccine = fields.get("vaccine")
    if vaccine is not None and product is not Product.VACCINE:
        msg = "the profile's [vaccine] is allowed only for the kind vaccine in [product]"
        raise InvalidValueError(msg)
    if vaccine is not None and vaccine.freeze_micro_celsius >= vaccine.heat_micro_celsius:
        msg = "the profile's freeze_at_or_below_celsius in [vaccine] must lie below heat_above_celsius"
        raise InvalidValueError(msg)


def _require_state(fields: dict[str, Any], high: int, *, frozen: bool) -> None:
    thaw, freeze = fields.get("thaw_micro_celsius"), fields.get("freeze_micro_celsius")
    if thaw is not None and (not frozen or thaw < high):
        msg = "the profile's thawed_above_celsius in [product] needs frozen = true, and must not lie below the limit"
        raise InvalidValueError(msg)
    if freeze is not None and (frozen or freeze >= high):
        msg = "the profile's frozen_at_or_below_celsius in [product] needs frozen = false, and must lie below the limit"
        raise InvalidValueError(msg)
