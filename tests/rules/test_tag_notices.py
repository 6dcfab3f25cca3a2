"""Tags that contradict the record and crates whose way is open need a look at their place."""

from support import store_words as words

from coldchain.standing import NoticeKind
from rules.tag_notices import of_crates, of_tags


def test_a_tag_is_one_notice_since_its_first_conflict_that_stands() -> None:
    conflicts = [words.tag_conflict(at_ms=at_ms) for at_ms in (9, 7, 8)]
    (notice,) = of_tags([*conflicts, words.tag_conflict(at_ms=1, stands=False)])
    assert (notice.kind, notice.origin, notice.since_ms, notice.due_ms) == (NoticeKind.TAG_CONFLICT, words.EPC, 7, 7)
    assert [one.origin for one in of_tags([words.tag_conflict("BB"), words.tag_conflict("AA")])] == ["AA", "BB"]


def test_a_crate_is_a_notice_until_its_way_is_known() -> None:
    crates = [words.receipt("r-2", way="ambiguous"), words.receipt("r-1", way="ambiguous", to_ms=7)]
    known = [words.receipt("r-3", way="in"), words.receipt("r-4"), words.receipt("r-5", way="ambiguous", answered="in")]
    assert [(one.kind, one.origin) for one in of_crates([*crates, *known])] == [
        (NoticeKind.CRATE_WAY, "r-1"),
        (NoticeKind.CRATE_WAY, "r-2"),
    ]
    assert of_crates(crates)[0].due_ms == 7
