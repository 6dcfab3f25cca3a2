"""What all boards have around their panels: the choices at the top, and the links from one to the next."""

from typing import Final

from dashboards import queries
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
    chosen = "${ds:queryparam}&${site:queryparam}&var-place=${place:percentencode}"
    url = "${console:raw}/places/${place:percentencode}"
    return (
        DataLink(title=say(language, "link.site"), url=f"/d/cc-site-{language}?{chosen}"),
        DataLink(title=say(language, "link.place"), url=url, target_blank=True),
    )


def _choice(name: str, label: str, query: str, *, every: bool) -> QueryVariable:
    return QueryVariable(
        name=name,
        label=label,
        query=query,
        definition=query,
        include_all=every,
        multi=every,
        current={"selected": True, "text": ["All"], "value": [ALL]} if every else {},
    )
