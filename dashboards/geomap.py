"""Builders of maps (Grafana's geomap panel): dots in the colour of a state, a way as a line, and no map server.

The background is a picture of its own, an empty grid in the panel itself: so nothing is asked of the internet, and
where nothing answers, dots and lines are drawn all the same. How to lay a map of streets under it: docs/grafana.md.
"""

from typing import Final

from dashboards.model import (
    Color,
    Defaults,
    FieldConfig,
    GridPos,
    Json,
    Mapping,
    Override,
    Panel,
    Target,
    Transformation,
)
from dashboards.panels import BASE, COUNT, PLAIN

# 256 x 256 pixels, two colours, 128 bytes: every tile of the background is this one.
GRID_TILE: Final = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAQAAAAEAAQMAAABmvDolAAAABlBMVEUbHyQrMTo13wSsAAAANUlEQVR42u3KoQEAAAgDoJ3u53rC"
    "ogUy2SKTQhAEQRAEQRAEQRAEQRAEQRAEQRAEQRAE4TUc7E+fYRWr2IwAAAAASUVORK5CYII="
)
HERE: Final[Json] = {"mode": "coords", "latitude": "latitude", "longitude": "longitude"}
CLOSEST: Final = 15  # the zoom at which a single dot is shown, as of a street
LINE: Final = "#8ab8ff"


def geomap(
    panel_id: int,
    at: GridPos,
    *,
    title: str,
    about: str,
    targets: tuple[Target, ...],
    no_value: str,
    background: str,
    layers: tuple[Json, ...],
    mappings: tuple[Mapping, ...] = (),
    overrides: tuple[Override, ...] = (),
    transformations: tuple[Transformation, ...] = (),
) -> Panel:
    """Return a map that fits itself around its dots. `mappings`: words and colours of the field that paints them.

    All layers draw the first table of the panel: more than one, Grafana does not promise to draw.
    """
    options: dict[str, Json] = {
        "view": {"id": "fit", "allLayers": True, "lat": 0, "lon": 0, "zoom": CLOSEST, "padding": 15},
        "controls": {
            "showZoom": True,
            "mouseWheelZoom": False,
            "showAttribution": False,
            "showScale": True,
            "showMeasure": False,
            "showDebug": False,
        },
        "basemap": {"type": "xyz", "name": background, "config": {"url": GRID_TILE, "attribution": ""}},
        "layers": list(layers),
        "tooltip": {"mode": "details"},
    }
    defaults = Defaults(
        unit=COUNT,
        no_value=no_value,
        color=Color(mode="thresholds") if mappings else PLAIN,
        thresholds=BASE,
        mappings=mappings,
        custom={"hideFrom": {"legend": False, "tooltip": False, "viz": False}},
    )
    return Panel(
        id=panel_id,
        type="geomap",
        title=title,
        description=about,
        grid_pos=at,
        targets=targets,
        field_config=FieldConfig(defaults=defaults, overrides=overrides),
        options=options,
        transformations=transformations,
    )


def dots(name: str, *, size: int, painted_by: str = "", named_by: str = "") -> Json:
    """Return a layer of dots. `painted_by`: the field whose mapping gives the colour; `named_by`: its name."""
    color: dict[str, Json] = {"fixed": LINE}
    text: dict[str, Json] = {"mode": "fixed", "fixed": ""}
    style: Json = {
        "color": {**color, "field": painted_by} if painted_by else color,
        "opacity": 1,
        "rotation": {"mode": "mod", "fixed": 0, "min": -360, "max": 360},
        "size": {"fixed": size, "min": size, "max": size},
        "symbol": {"mode": "fixed", "fixed": "img/icons/marker/circle.svg"},
        "symbolAlign": {"horizontal": "center", "vertical": "center"},
        "text": {"mode": "field", "field": named_by, "fixed": ""} if named_by else text,
        "textConfig": {"fontSize": 14, "offsetX": 0, "offsetY": -20, "textAlign": "center", "textBaseline": "middle"},
    }
    config: Json = {"showLegend": False, "style": style}
    return {"type": "markers", "name": name, "tooltip": True, "location": HERE, "config": config}


def way(name: str) -> Json:
    """Return a layer that joins the rows by a line, with arrows in their order."""
    style: Json = {"color": {"fixed": LINE}, "opacity": 1, "lineWidth": 3}
    config: Json = {"arrow": 1, "style": style}
    return {"type": "route", "name": name, "tooltip": False, "location": HERE, "config": config}
