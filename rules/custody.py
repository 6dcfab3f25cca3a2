"""Custody of one unit: where it was, certainly or possibly, out of reader events and people's words. Pure.

    outside ──arrived──► inside ──left──► outside          a cabinet's difference between two door closings
              placed ──► possibly inside ──arrived──► inside   a person's word that the reader has yet to confirm
    inside ──uncertain─► possibly inside                   the reads after a door opening decided neither way
    left ──seen-again, no door opened since──► inside      the leave was a mistake of the reads and is taken back

Absence alone is never a movement. Facts are put in order by when they happened, so the order of arrival is nothing.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Final

from coldchain.entries import Binding, Placement, RecordedEvent, Retirement
from coldchain.facts import EventKind
from coldchain.units import Stay

BY_READER = "reader"
BY_PERSON = "person"
BY_SCAN = "scanned"  # a person scanned its barcode in the place
BY_BOTH = "person-and-reader"  # a person's word that the reader has confirmed
BY_LIST = "list"  # a list has it come with a crate in which neither a reader nor a person found it yet
LISTED_AHEAD_MS: Final = 24 * 3_600_000  # so long before a bag leaves its fridge may its packing list be written


_INSIDE: Final = (EventKind.ARRIVED, EventKind.SEEN_AGAIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One thing that was said of the unit: by a reader's presence event or by a person.

    `since_ms`: where an arrival of which nobody knows the time may have been at the earliest, the tag's binding.
    `listed`: it is no more than the word of this list (rules.expected); `box`: in which it has to be still by then.
    """

    at_ms: int
    rank: int
    key: tuple[str, str, int]
    kind: EventKind | None
    place: str | None
    earliest_ms: int
    latest_ms: int
    since_ms: int | None = None
    by: str = BY_PERSON
    listed: str = ""
    box: str = ""


def words_of(
    bindings: Sequence[Binding],
    rivals: Sequence[Binding],
    events: Sequence[RecordedEvent],
    placements: Sequence[Placement],
    retired: Sequence[Retirement] = (),
    lists: Sequence[Word] = (),
) -> list[Word]:
    """Return all that was said of a unit in the order in which it happened.

    `bindings` are the unit's own, `rivals` all bindings of its tags: an event counts for the unit to which its tag
    was bound when the event happened. What a tag did before anybody bound it counts for the first unit that it was
    bound to, as possible only: bags are often put away before somebody scans them. What a tag does after it was taken
    out of use (`retired`) moves nothing, until it is bound again. `lists`: what lists say of it (rules.expected).
    """
    words = [*lists, *(_person_word(placement) for placement in placements)]
    for epc in sorted({binding.epc for binding in bindings}):
        all_of_tag = sorted((b for b in rivals if b.epc == epc), key=lambda b: (b.from_ms, b.unit))
        ends = [one.at_ms for one in retired if one.epc == epc]
        own = sorted((e for e in events if e.epc == epc), key=lambda e: (_at_ms(e), e.gateway, e.epoch, e.seq))
        standing = [event for event in own if not _is_retired(event, all_of_tag, ends)]
        words += [_reader_word(event, all_of_tag) for event in standing if _owner(event, all_of_tag) in bindings]
        if all_of_tag[0] in bindings:
            words += _before_binding([e for e in own if _at_ms(e) < all_of_tag[0].from_ms], all_of_tag[0])
    return sorted(words, key=lambda word: (word.at_ms, word.rank, word.key))


def stays_of(unit: str, words: Sequence[Word], watched: AbstractSet[str]) -> list[Stay]:
    """Return a unit's stays in the order in which they began; `watched` are the places that have a reader.

    At most one open stay is undoubted. Beside it others may be open as possible: a person said that the unit has gone
    from a place whose reader has not seen it go, or a reader may have seen it come that is elsewhere by words alone.
    """
    stays: list[Stay] = []
    listed: Word | None = None  # a person's word that it is in a place without a reader, a box, as far as it stands
    for word in words:
        if word.listed:
            _expected(unit, stays, word, watched)
            continue
        if word.kind is None:
            listed = word if word.place is not None and word.place not in watched else None
        elif word.kind in _INSIDE and _open_at(stays, word.place) is None:
            listed = None  # it has come there from where it was
        if word.kind is None:
            _placed(unit, stays, word, watched)
        elif word.kind is EventKind.ARRIVED:
            _arrived(unit, stays, word)
        elif word.kind is EventKind.SEEN_AGAIN:
            _seen_again(unit, stays, word)
        else:
            _doubted(unit, stays, word, watched)
            if word.kind is EventKind.LEFT:
                _gone_as_listed(unit, stays, word, listed)
    return stays


def _at_ms(event: RecordedEvent) -> int:
    return event.taken_ms if event.latest_ms is None else event.latest_ms


def _owner(event: RecordedEvent, of_tag: Sequence[Binding]) -> Binding | None:
    """Return the newest binding of the tag when the event happened."""
    standing = [binding for binding in of_tag if binding.from_ms <= _at_ms(event)]
    return standing[-1] if standing else None


def _is_retired(event: RecordedEvent, of_tag: Sequence[Binding], ends: Sequence[int]) -> bool:
    """Tell whether a tag was out of use when the event happened: retired, and not bound again since."""
    last = max((at_ms for at_ms in ends if at_ms <= _at_ms(event)), default=None)
    owner = _owner(event, of_tag)
    return last is not None and (owner is None or owner.from_ms <= last)


def _reader_word(event: RecordedEvent, of_tag: Sequence[Binding]) -> Word:
    owner = _owner(event, of_tag)
    earliest = _at_ms(event) if event.earliest_ms is None else event.earliest_ms
    return Word(
        at_ms=_at_ms(event) if event.kind != EventKind.UNSEEN else earliest,
        rank=1,
        key=(event.gateway, event.epoch, event.seq),
        kind=EventKind(event.kind),
        place=event.place,
        earliest_ms=earliest,
        latest_ms=_at_ms(event),
        since_ms=owner.from_ms if owner and event.earliest_ms is None else None,
    )


def _before_binding(events: Sequence[RecordedEvent], first: Binding) -> list[Word]:
    """Return what a tag did before its first binding, arrivals as doubtful; at the binding they become certain."""
    words = []
    for event in events:
        word = _reader_word(event, [])
        inside = word.kind in (EventKind.ARRIVED, EventKind.SEEN_AGAIN)
        words.append(replace(word, kind=EventKind.UNCERTAIN) if inside else word)
    if events and events[-1].kind in (EventKind.ARRIVED, EventKind.SEEN_AGAIN):
        bound = first.from_ms
        words.append(replace(words[-1], at_ms=bound, kind=EventKind.ARRIVED, earliest_ms=bound, latest_ms=bound))
    return words


def _person_word(placement: Placement) -> Word:
    return Word(
        at_ms=placement.at_ms,
        rank=0,
        key=(placement.place or "", "", 0),
        kind=None,
        place=placement.place,
        earliest_ms=placement.at_ms,
        latest_ms=placement.at_ms,
        by=BY_SCAN if placement.scanned else BY_PERSON,
    )


def _open_at(stays: Sequence[Stay], place: str | None) -> int | None:
    """Return the index of the open stay in a place, if there is one."""
    return next((i for i, stay in enumerate(stays) if stay.open and stay.place == place), None)


def _expected(unit: str, stays: list[Stay], word: Word, watched: AbstractSet[str]) -> None:
    """Take a list's word: the unit may have come there, unless a reader undoubtedly has it, beside where it was.

    One that was found since its box was packed, by a shelf's reader too, is not in the box any more.
    """
    if word.box and _open_at(stays, word.box) is None:
        return
    if _open_at(stays, word.place) is None and not any(_seen_in(stay, watched) for stay in stays):
        stays.append(_with(_possible(unit, word.place or "", word.at_ms, BY_LIST), listed=word.listed))


def _placed(unit: str, stays: list[Stay], word: Word, watched: AbstractSet[str]) -> None:
    """Take a person's word: it moves the unit, but where a reader looks it is certain only once the reader agrees.

    That holds for both ends: where a reader saw it go in and has yet to see it gone, it may still be.
    """
    here = _open_at(stays, word.place)
    if here is not None and stays[here].entered_by == BY_LIST:  # a person found what the list had come
        sure_ms = None if word.place in watched else word.at_ms
        stays[here] = _with(stays[here], entered_by=word.by, certain_from_ms=sure_ms)
    elif here is not None and stays[here].certain_to_ms is None:
        return
    for index, stay in enumerate(stays):
        if not stay.open or index == here:
            continue
        if stay.place in watched and stay.certain_from_ms is not None:
            stays[index] = _with(stay, certain_to_ms=_certain_end(stay, word.at_ms))
        else:
            stays[index] = _ended(stay, word.at_ms, word.at_ms, word.by)
    if word.place is not None and here is None:
        stay = _possible(unit, word.place, word.at_ms, word.by)
        stays.append(stay if word.place in watched else _with(stay, certain_from_ms=word.at_ms))


def _arrived(unit: str, stays: list[Stay], word: Word) -> None:
    place = word.place or ""
    earliest_ms = word.earliest_ms
    if not stays and word.since_ms is not None:
        earliest_ms = min(word.since_ms, word.earliest_ms)  # nobody knows since when: possibly ever since it was bound
    _leave_others(stays, place, word)
    here = _open_at(stays, place)
    if here is not None and stays[here].certain_to_ms is None:
        stays[here] = _confirmed(stays[here], word)
        return
    if here is not None:
        # It is certain again from now on; the doubtful time before stays what it was, possible.
        stays[here] = _ended(stays[here], stays[here].certain_to_ms or word.latest_ms, word.latest_ms, BY_READER)
        earliest_ms = word.latest_ms
    stay = _possible(unit, place, _after(stays, earliest_ms, word.latest_ms), BY_READER)
    stays.append(_with(stay, certain_from_ms=max(word.latest_ms, stay.possible_from_ms)))


def _leave_others(stays: list[Stay], place: str, word: Word) -> None:
    """A reader has it inside: it is nowhere else any more."""
    for index, stay in enumerate(stays):
        if stay.open and stay.place != place:
            stays[index] = _ended(stay, word.earliest_ms, word.latest_ms, BY_READER)


def _possible(unit: str, place: str, from_ms: int, by: str) -> Stay:
    """Return an open stay that is possible and not yet certain."""
    return Stay(
        unit=unit,
        place=place,
        possible_from_ms=from_ms,
        certain_from_ms=None,
        certain_to_ms=None,
        possible_to_ms=None,
        entered_by=by,
        left_by=None,
    )


def _after(stays: Sequence[Stay], earliest_ms: int, latest_ms: int) -> int:
    """Return where a new stay may begin: not before the last one is over, for a unit is in one place at a time."""
    over = [stay.possible_to_ms for stay in stays if stay.possible_to_ms is not None]
    return max(earliest_ms, min(max(over), latest_ms)) if over else earliest_ms


def _confirmed(stay: Stay, word: Word) -> Stay:
    """The reader finds a unit where it already was, certainly or on a person's word."""
    certain_from = stay.certain_from_ms if stay.certain_from_ms is not None else word.latest_ms
    return _with(stay, certain_from_ms=certain_from, certain_to_ms=None, unseen_since_ms=None, **_confirms(stay))


def _confirms(stay: Stay) -> dict[str, str]:
    if stay.entered_by == BY_LIST:
        return {"entered_by": BY_READER}
    return {"entered_by": BY_BOTH} if stay.entered_by in {BY_PERSON, BY_SCAN} else {}


def _seen_again(unit: str, stays: list[Stay], word: Word) -> None:
    """No door opened since earliest_ms, so the unit was inside all that time: what contradicts it is taken back."""
    place = word.place or ""
    since = replace(word, latest_ms=word.earliest_ms)
    here = _open_at(stays, place)
    if here is None:
        here = next((i for i, stay in enumerate(stays) if _left_at(stay, place, word.earliest_ms)), None)
    if here is None or _doubted_before(stays[here], word.earliest_ms):
        _arrived(unit, stays, since)
        return
    _leave_others(stays, place, word)
    last = stays[here]
    if last.entered_by == BY_LIST:  # the reader knows since when, and the list does not
        last = _with(last, possible_from_ms=min(last.possible_from_ms, word.earliest_ms))
    certain_from = last.certain_from_ms
    if certain_from is None:
        certain_from = max(word.earliest_ms, last.possible_from_ms)
    stays[here] = _with(
        last,
        certain_from_ms=certain_from,
        certain_to_ms=None,
        possible_to_ms=None,
        left_by=None,
        unseen_since_ms=None,
        **_confirms(last),
    )


def _left_at(stay: Stay, place: str, at_ms: int) -> bool:
    """Tell whether a stay was ended by its reader just then: the leave that a later read takes back."""
    return stay.place == place and stay.left_by == BY_READER and stay.possible_to_ms == at_ms


def _doubted_before(stay: Stay, at_ms: int) -> bool:
    """Tell whether an open stay became doubtful before an instant; nothing that is known since then heals that."""
    return stay.open and stay.certain_to_ms is not None and stay.certain_to_ms < at_ms


def _doubted(unit: str, stays: list[Stay], word: Word, watched: AbstractSet[str]) -> None:
    """Left and unseen speak only of a unit that was there; uncertain also of one that may just have come.

    Unless another reader undoubtedly has it. A packing list is no such witness: nobody writes when a box is emptied.
    """
    here = _open_at(stays, word.place)
    if here is None:
        if word.kind is EventKind.UNCERTAIN and not any(_seen_in(stay, watched) for stay in stays):
            stays.append(_possible(unit, word.place or "", _after(stays, word.earliest_ms, word.latest_ms), BY_READER))
        return
    stay = stays[here]
    match word.kind:
        case EventKind.LEFT:
            stays[here] = _ended(stay, word.earliest_ms, word.latest_ms, BY_READER)
        case EventKind.UNCERTAIN:
            stays[here] = _with(stay, certain_to_ms=_certain_end(stay, word.earliest_ms))
        case EventKind.UNSEEN:
            stays[here] = _with(stay, unseen_since_ms=word.earliest_ms)
        case _:
            return


def _gone_as_listed(unit: str, stays: list[Stay], word: Word, listed: Word | None) -> None:
    """Take a unit that left nowhere for possibly where a person had it go while it was still seen inside.

    Packing lists are written before the last bag is taken out of the fridge; until then its reader contradicts them.
    """
    if listed is None or word.latest_ms - listed.at_ms > LISTED_AHEAD_MS or any(stay.open for stay in stays):
        return
    from_ms = max(listed.at_ms, word.earliest_ms)
    stays.append(_possible(unit, listed.place or "", min(from_ms, word.latest_ms), BY_PERSON))


def _seen_in(stay: Stay, watched: AbstractSet[str]) -> bool:
    """Tell whether a reader has the unit in a stay, and nothing has made that doubtful."""
    certain = stay.certain_from_ms is not None and stay.certain_to_ms is None
    return stay.open and certain and stay.place in watched


def _ended(stay: Stay, earliest_ms: int, latest_ms: int, by: str) -> Stay:
    certain_to_ms = _certain_end(stay, earliest_ms)
    return _with(
        stay,
        certain_to_ms=certain_to_ms,
        possible_to_ms=max(latest_ms, stay.possible_from_ms, certain_to_ms or 0),
        left_by=by,
        unseen_since_ms=None,
    )


def _certain_end(stay: Stay, earliest_ms: int) -> int | None:
    """Return where certainty ends: at the first doubt, never before it began; None if it never was certain."""
    if stay.certain_from_ms is None:
        return None
    first = earliest_ms if stay.certain_to_ms is None else min(stay.certain_to_ms, earliest_ms)
    return max(first, stay.certain_from_ms)


def _with(stay: Stay, **changes: int | str | None) -> Stay:
    return Stay(**{name: changes.get(name, getattr(stay, name)) for name in stay.__struct_fields__})
