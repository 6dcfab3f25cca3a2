"""Which donation a recall means: its number as somebody reads it off a list, and whose number it is."""

from collections.abc import Sequence

from api.find import donation_numbers
from api.wording import Words
from coldchain.errors import InvalidValueError
from coldchain.isbt128 import is_din
from coldchain.ports import Session
from coldchain.station_codes import CodeScheme

_ISBT_128 = "isbt128"
_LOCAL = "local"


def require_scheme(session: Session, schemes: Sequence[CodeScheme], donation: tuple[str, str, str]) -> None:
    """Raise InvalidValueError for a donation (issuer, scheme, number) that no unit has and none can come to have.

    A recall of it would be recorded, reach nothing, and promise to hold what comes later.
    """
    issuer, scheme, number = donation
    known = [_ISBT_128, _LOCAL, *(one.id for one in schemes)]
    if scheme not in known and not session.records.units_of_donation(issuer, scheme, number, 1):
        msg = f"scheme {scheme!r:.40} is not known here: use {', '.join(known)}"
        raise InvalidValueError(msg)


def donation_meant(
    session: Session, schemes: Sequence[CodeScheme], asked: str, issuer: str, scheme: str, words: Words
) -> dict[str, str]:
    """Return number, issuer and scheme of the donation that is meant, the number as units are registered with it.

    Issuer and scheme may be left out where a unit of the number is registered and no other source uses it. A recall
    must never reach nothing because of a space, so a number is looked for in every spelling that it may have.
    Raises InvalidValueError, in the page's language, if nobody could tell which donation is meant.
    """
    numbers = donation_numbers(asked)
    if issuer and scheme:
        known = (one for one in numbers if session.records.units_of_donation(issuer, scheme, one, 1))
        plain = [one for one in numbers if scheme == _ISBT_128 and is_din(one)] or numbers
        number = next(known, plain[0] if plain else "")
        require_scheme(session, schemes, (issuer, scheme, number))
        return {"donation_number": number, "issuer": issuer, "scheme": scheme}
    named = [unit for one in numbers for unit in session.records.units_by_number(one)]
    sources = sorted(
        {
            (unit.donation_number, unit.issuer, unit.scheme)
            for unit in named
            if issuer in {"", unit.issuer} and scheme in {"", unit.scheme}
        }
    )
    if len(sources) != 1:
        raise InvalidValueError(words.say("recalls.several" if sources else "recalls.unknown", asked=asked))
    return dict(zip(("donation_number", "issuer", "scheme"), sources[0], strict=True))
