"""The board of ingest and gateways: what comes in, what does not, and whether mirror and centre keep up."""

from typing import Final

from dashboards import ingest_queries, place_queries, queries
from dashboards.charts import from_zero
from dashboards.frame import (
    TAG,
    console_link,
    console_variable,
    site_link,
    site_variable,
    source_variable,
    wall_link,
)
from dashboards.model import Board, GridPos, Listed, Panel, Target, TimeRange
from dashboards.panels import (
    CALM,
    COUNT,
    DURATION,
    EXACT,
    UNUSUAL,
    curve,
    field,
    missing,
    named,
    notes,
    only,
    series_query,
    sorted_by,
    table,
    table_query,
    tile,
    timeline,
)
from dashboards.registry import device_columns, edition_table, gateway_columns, heard_words
from dashboards.texts import Language, say
from dashboards.tiles import gateway_ages
from dashboards.units import BYTES

EVERY: Final = "1m"  # what the mirror writes every minute
KINDS: Final = "gateway|reader|box"
# What the centre refuses (coldchain.wire.Reason) and what it sets aside (ingest.admission.Doubt).
REASONS: Final = (
    *("too-large", "not-json", "unknown-version", "not-the-format", "wrong-topic", "not-registered"),
    *("quarantine-full", "bad-signature", "failed-here"),
    *("future", "clock-wrong", "clock-unset", "unknown-device", "impossible-time"),
)


def ingest(language: Language, console_url: str) -> Board:
    """Return the board of a language. `console_url`: where its links into the console lead, without a slash."""
    return Board(
        uid=f"cc-ingest-{language}",
        title=say(language, "ingest.title"),
        description=say(language, "ingest.about"),
        tags=(TAG, language.value),
        refresh="30s",
        time=TimeRange(from_="now-24h"),
        panels=(
            _online(language, 1),
            gateway_ages(language, 2, GridPos(h=4, w=12, x=12, y=0), "ingest.heard"),
            _mirror(language, 3),
            _centre(language, 19),
            _version(language, 4),
            _gateways(language, 5),
            _lanes(language, 6),
            *_curves(language, 7, y=18),
            _counts(language, 13, GridPos(h=6, w=12, x=0, y=39)),
            _totals(language, 14, GridPos(h=6, w=12, x=12, y=39)),
            _rejected(language, 15),
            _registry(language, 16),
            edition_table(language, 17, GridPos(h=7, w=16, x=0, y=53)),
            notes(
                18,
                GridPos(h=7, w=8, x=16, y=53),
                title=say(language, "ingest.notes"),
                about=say(language, "ingest.notes.about"),
                markdown=say(language, "ingest.notes.text"),
            ),
        ),
        templating=Listed(
            list=(source_variable(language), site_variable(language), console_variable(language, console_url))
        ),
        annotations=Listed(list=()),
        links=(wall_link(language), site_link(language), console_link(language)),
    )


def _online(language: Language, panel_id: int) -> Panel:
    return tile(
        panel_id,
        GridPos(h=4, w=12, x=0, y=0),
        title=say(language, "ingest.online"),
        about=say(language, "ingest.online.about"),
        targets=(table_query("A", ingest_queries.online()),),
        no_value=say(language, "no-data"),
        fields="/^online$/",
        mappings=(heard_words(language),),
        transformations=(sorted_by("online", down=False), only("gateway", "online")),
        mode="value_and_name",
        every_row=True,
    )


def _mirror(language: Language, panel_id: int) -> Panel:
    return tile(
        panel_id,
        GridPos(h=4, w=12, x=0, y=4),
        title=say(language, "ingest.mirror"),
        about=say(language, "ingest.mirror.about"),
        targets=(table_query("A", ingest_queries.centre(ingest_queries.BEHIND)),),
        no_value=say(language, "no-data"),
        mode="value_and_name",
        overrides=(
            field("readings_behind", say(language, "readings.short")),
            field("ledger_behind", say(language, "ledger.short")),
            field("spool_behind_s", say(language, "spool.behind"), unit=DURATION),
            field("write_queue", say(language, "write.queue")),
        ),
    )


def _centre(language: Language, panel_id: int) -> Panel:
    return tile(
        panel_id,
        GridPos(h=4, w=8, x=12, y=4),
        title=say(language, "ingest.centre"),
        about=say(language, "ingest.centre.about"),
        targets=(table_query("A", ingest_queries.centre(ingest_queries.HOST)),),
        no_value=say(language, "no-data"),
        mode="value_and_name",
        overrides=(
            field("uptime_s", say(language, "uptime"), unit=DURATION),
            field("disk_free_bytes", say(language, "disk.free"), unit=BYTES),
            field("store_bytes", say(language, "store.size"), unit=BYTES),
        ),
    )


def _version(language: Language, panel_id: int) -> Panel:
    return tile(
        panel_id,
        GridPos(h=4, w=4, x=20, y=4),
        title=say(language, "program"),
        about=say(language, "program"),
        targets=(table_query("A", ingest_queries.release()),),
        no_value=say(language, "no-data"),
        fields="/^release$/",
        unit=EXACT,
    )


def _gateways(language: Language, panel_id: int) -> Panel:
    order = ("gateway", *ingest_queries.STANDING)
    return table(
        panel_id,
        GridPos(h=5, w=24, x=0, y=8),
        title=say(language, "ingest.gateways"),
        about=say(language, "ingest.gateways.about"),
        targets=(table_query("A", ingest_queries.standing()),),
        no_value=say(language, "no-data"),
        columns=gateway_columns(language, order),
        order=order,
        hidden=("Time",),
    )


def _lanes(language: Language, panel_id: int) -> Panel:
    return timeline(
        panel_id,
        GridPos(h=5, w=24, x=0, y=13),
        title=say(language, "ingest.lanes"),
        about=say(language, "ingest.lanes.about"),
        targets=(series_query("A", ingest_queries.heard(), "$tag_gateway"),),
        no_value=say(language, "empty.chart"),
        interval=EVERY,
        mappings=(named(language, "online", ("0", "1"), (UNUSUAL, CALM)),),
    )


def _curves(language: Language, first_id: int, *, y: int) -> tuple[Panel, ...]:
    """Return six curves, two in a line."""
    named_targets = {
        "rate": (series_query("A", ingest_queries.rate(), "$tag_gateway"),),
        "lag": (series_query("A", place_queries.lag(queries.OF_SITE), "$tag_gateway"),),
        "spool": (series_query("A", ingest_queries.most("spool_rows"), "$tag_gateway"),),
        "behind": (
            series_query("A", ingest_queries.centre_most("readings_behind"), say(language, "readings.behind")),
            series_query("B", ingest_queries.centre_most("ledger_behind"), say(language, "ledger.behind")),
            series_query("C", ingest_queries.centre_most("write_queue"), say(language, "write.queue")),
        ),
        "skew": (
            series_query("A", ingest_queries.most("clock_skew_ms"), f"$tag_gateway {say(language, 'max')}"),
            series_query("B", ingest_queries.least("clock_skew_ms"), f"$tag_gateway {say(language, 'min')}"),
        ),
        "disk": (
            series_query("A", ingest_queries.centre_least("disk_free_bytes"), say(language, "disk.free")),
            series_query("B", ingest_queries.centre_most("store_bytes"), say(language, "store.size")),
        ),
    }
    units = {"lag": DURATION, "disk": BYTES}
    panels = []
    for at, (name, targets) in enumerate(named_targets.items()):
        drawn = curve(
            first_id + at,
            GridPos(h=7, w=12, x=at % 2 * 12, y=y + at // 2 * 7),
            title=say(language, f"ingest.{name}"),
            about=say(language, f"ingest.{name}.about"),
            targets=targets,
            no_value=say(language, "empty.chart"),
            unit=units.get(name, COUNT),
            decimals=0,
            interval=EVERY,
            overrides=(),
        )
        panels.append(drawn if name == "skew" else from_zero(drawn))
    return tuple(panels)


def _counts(language: Language, panel_id: int, at: GridPos) -> Panel:
    names = ingest_queries.GROWING
    targets = tuple(
        table_query(ref_id, ingest_queries.grown(name)) for ref_id, name in zip("ABCDE", names, strict=True)
    )
    return _counters(language, panel_id, at, "ingest.counts", targets, names)


def _totals(language: Language, panel_id: int, at: GridPos) -> Panel:
    names = (*ingest_queries.STANDING_COUNTS, *ingest_queries.GROWING)
    return _counters(language, panel_id, at, "ingest.totals", (table_query("A", ingest_queries.totals()),), names)


def _counters(
    language: Language, panel_id: int, at: GridPos, key: str, targets: tuple[Target, ...], names: tuple[str, ...]
) -> Panel:
    return table(
        panel_id,
        at,
        title=say(language, key),
        about=say(language, f"{key}.about"),
        targets=targets,
        no_value=say(language, "no-data"),
        columns=(
            field("gateway", say(language, "gateway")),
            *(field(name, say(language, f"count.{name}")) for name in names),
        ),
        order=("gateway", *names),
        hidden=("Time",),
    )


def _rejected(language: Language, panel_id: int) -> Panel:
    nobody = named(language, "gateway", ("none",))
    return table(
        panel_id,
        GridPos(h=8, w=10, x=0, y=45),
        title=say(language, "ingest.rejected"),
        about=say(language, "ingest.rejected.about"),
        targets=(
            table_query("A", ingest_queries.rejected_grown()),
            table_query("B", ingest_queries.rejected()),
        ),
        no_value=say(language, "empty.rejected"),
        columns=(
            field("gateway", say(language, "gateway"), mappings=(nobody,)),
            field("reason", say(language, "reason"), mappings=(named(language, "reason", REASONS),)),
            field("recent", say(language, "rejected.recent"), mappings=(missing("—", None),)),
            field("times", say(language, "rejected.times")),
        ),
        order=("gateway", "reason", "recent", "times"),
        hidden=("Time", "minutes"),
        sort=sorted_by("times"),
    )


def _registry(language: Language, panel_id: int) -> Panel:
    where = f'{queries.OF_SITE} AND "kind" =~ /^({KINDS})$/'
    columns, order = device_columns(language)
    return table(
        panel_id,
        GridPos(h=8, w=14, x=10, y=45),
        title=say(language, "ingest.registry"),
        about=say(language, "ingest.registry.about"),
        targets=(table_query("A", place_queries.devices(language, where)),),
        no_value=say(language, "empty.registry"),
        columns=columns,
        order=order,
        hidden=("Time", "gateway", "calibrated_ms", "offset_celsius"),
    )
