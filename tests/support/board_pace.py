"""How long a person waits for a board: its slowest query, where each of its panels is answered with something."""

from collections.abc import Container
from typing import Any, Final

from support.board_targets import Asked, View

TRIES: Final = 3  # the least of these counts: other work on the machine only adds
ROOM: Final = 2.5  # a machine that tests several things at once


def slowest(view: View, board: dict[str, Any], empty: Container[str]) -> Asked:
    """Run every query of a board some times; return the one that took longest, in its best run.

    A query of nothing is quick: only panels with the titles `empty` may have no answer. Asserts.
    """
    best: dict[str, Asked] = {}
    for _ in range(TRIES):
        view.asked.clear()
        for panel in board["panels"]:
            if "targets" in panel:
                assert view.frames(panel) or panel["title"] in empty, panel["title"]
        for annotation in board["annotations"]["list"]:
            view.ask(view.filled(annotation["query"], {}, 60))
        for asked in view.asked:
            best[asked.query] = min(asked, best.get(asked.query, asked), key=lambda one: one.seconds)
    return max(best.values(), key=lambda one: one.seconds)
