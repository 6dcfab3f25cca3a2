"""What all boards have around their panels: the choices at the top, and the links from one to the next."""

from typing import Final

from dashboards import place_queries, queries
from dashboards.model import BoardLink, ConstantVariable, DataLink, QueryVariable, SourceVariable
from dashboards.texts import Language, say

TAG: Final = "coldchain"  # every board of ours has it
SOURCE: Final = "coldchain"  # name and uid of our data source: Grafana up to 9 chooses by name, later ones by uid
ALL: Final = "$__all"  # Grafana's value for every one of a list


def source_variable(language: Language) -> SourceVariable:
    """Return the choice of the data source: ours if it is there, else the first. Nothing else in a board names one."""
    return SourceVariable(name="ds", label=say(language, "var.ds"), current={"text": SOURCE, "value": SOURCE})


def site_variable(language: Language) -> QueryVariable:
    """Return the choice of the site."""
    return _choice("site", say(language, "var.site"), queries.SITES, every=False)


def place_variable(language: Language, *, every: bool) -> QueryVariable:
    """Return the choice of a place of the site; with `every`, of all of them at once."""
    return _choice("place", say(language, "var.place"), queries.PLACES, every=every)


def probe_variable(language: Language) -> QueryVariable:
    """Return the choice of a probe of the place, sorted downwards: as most are named, load comes before air."""
    return _choice("probe", say(language, "var.probe"), place_queries.PROBES, every=False, down=True)


def gateway_variable(language: Language) -> QueryVariable:
    """Return the gateways that the probes of the place speak through, all of them at once."""
    return _choice("gateway", say(language, "var.gateway"), place_queries.GATEWAYS, every=True)


def console_variable(language: Language, url: str) -> ConstantVariable:
    """Return the address of the console, which the export puts in."""
    return ConstantVariable(
        name="console", label=say(language, "var.console"), query=url, current={"text": url, "value": url}
    )


def board_link(title: str, url: str, *, blank: bool = False) -> BoardLink:
    """Return a link at the top of a board."""
    return BoardLink(title=title, tooltip=title, url=url, target_blank=blank)


def finding_links(language: Language) -> tuple[DataLink, ...]:
    """Return the link from the id of a finding to its page in the console."""
    url = "${console:raw}/findings/${__value.raw:percentencode}"
    return (DataLink(title=say(language, "link.finding"), url=url, target_blank=True),)


def place_links(language: Language) -> tuple[DataLink, ...]:
    """Return the links from the state of the chosen place: to the site board, and to its page in the console."""
    url = "${console:raw}/places/${place:percentencode}"
    return (
        DataLink(title=say(language, "link.site"), url=_of_place("site", language)),
        DataLink(title=say(language, "link.place"), url=url, target_blank=True),
    )


def device_link(language: Language) -> DataLink:
    """Return the link from something of the chosen place to its device board."""
    return DataLink(title=say(language, "link.device"), url=_of_place("device", language))


def place_choice_links(language: Language) -> tuple[DataLink, ...]:
    """Return the links from the id of a place in a list: to its device board, and to its page in the console."""
    url = f"{_of_site('device', language)}&var-place=${{__value.raw:percentencode}}"
    page = "${console:raw}/places/${__value.raw:percentencode}"
    return (
        DataLink(title=say(language, "link.device"), url=url),
        DataLink(title=say(language, "link.place"), url=page, target_blank=True),
    )


def box_links(language: Language) -> tuple[DataLink, ...]:
    """Return the links from the id of a box in a list: to the transport board with it chosen, and on from there."""
    url = f"{_of_site('transport', language)}&var-place=${{__value.raw:percentencode}}"
    return (DataLink(title=say(language, "link.box"), url=url), *place_choice_links(language))


def probe_links(language: Language) -> tuple[DataLink, ...]:
    """Return the link from the id of a probe of the chosen place to the device board, with this probe chosen."""
    url = f"{_of_place('device', language)}&var-probe=${{__value.raw:percentencode}}"
    return (DataLink(title=say(language, "link.device"), url=url),)


def wall_link(language: Language) -> BoardLink:
    """Return the link to the wall."""
    return board_link(say(language, "link.wall"), _of_site("wall", language))


def ingest_link(language: Language) -> BoardLink:
    """Return the link to the board of the gateways."""
    return board_link(say(language, "link.ingest"), _of_site("ingest", language))


def transport_link(language: Language) -> BoardLink:
    """Return the link to the board of the boxes."""
    return board_link(say(language, "link.transport"), _of_site("transport", language))


def alarms_link(language: Language) -> BoardLink:
    """Return the link to the board of the alarms."""
    return board_link(say(language, "link.alarms"), _of_site("alarms", language))


def site_link(language: Language) -> BoardLink:
    """Return the link to the site board; the choices go with it."""
    return board_link(say(language, "link.site"), _of_site("site", language))


def console_link(language: Language) -> BoardLink:
    """Return the link to the first page of the console."""
    return board_link(say(language, "link.console"), "${console:raw}/", blank=True)


def _of_site(board: str, language: Language) -> str:
    return f"/d/cc-{board}-{language}?${{ds:queryparam}}&${{site:queryparam}}"


def _of_place(board: str, language: Language) -> str:
    return f"{_of_site(board, language)}&var-place=${{place:percentencode}}"


def _choice(name: str, label: str, query: str, *, every: bool, down: bool = False) -> QueryVariable:
    return QueryVariable(
        name=name,
        label=label,
        query=query,
        definition=query,
        include_all=every,
        multi=every,
        sort=2 if down else 1,
        current={"selected": True, "text": ["All"], "value": [ALL]} if every else {},
    )
