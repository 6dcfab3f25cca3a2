"""Whether two signatures may be one person's. Names are only as trustworthy as the logins behind them.

A name that cannot be told from another one, however it is spelled, counts as the same: it is safer to ask a third
person than to let one sign twice.
"""

import unicodedata
from typing import Final

UNNAMED: Final = "unnamed"  # the actor of a request that says none: nobody is told by it
_DROPPED: Final = frozenset("ZP")  # major categories: spaces and punctuation
_UNSEEN: Final = frozenset({"Cf", "Cc"})  # what no reader of a name sees


def same_person(name: str, post: str, other_name: str, other_post: str) -> bool:
    """Tell whether two signatures may be of one person: the same name, also with the post written into it.

    Compared without width, case, spaces, punctuation and characters that nobody sees. A name of nothing else is
    anybody's.
    """
    one, other = _plain(name), _plain(other_name)
    return not one or not other or one == other or one + _plain(post) == other + _plain(other_post)


def same_post(post: str, other: str) -> bool:
    """Tell whether two posts are one, compared like names."""
    one, two = _plain(post), _plain(other)
    return not one or not two or one == two


def same_actor(actor: str, other: str) -> bool:
    """Tell whether two requests were made by the same login; "" or UNNAMED: nobody knows, so nothing is said."""
    return UNNAMED not in (actor, other) and bool(_plain(actor)) and _plain(actor) == _plain(other)


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    seen = [(one, unicodedata.category(one)) for one in folded]
    return "".join(one for one, kind in seen if kind[0] not in _DROPPED and kind not in _UNSEEN)
