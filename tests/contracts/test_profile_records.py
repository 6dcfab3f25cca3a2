"""Proposals, approvals and what places have to keep, as every store keeps them."""

import msgspec
from support import store_words as words

from coldchain.entries import EntryKind
from coldchain.ports import Store
from coldchain.profiles import Approval, PlaceProfile, Proposal

WHO = {"name": "李华", "post": "quality", "reason": "试用"}


def proposal(profile: str, version: int, at_ms: int) -> Proposal:
    return Proposal(profile=profile, version=version, sha256="00", at_ms=at_ms, **WHO)


def approval(profile: str, version: int, at_ms: int, *, approved: bool) -> Approval:
    return Approval(profile=profile, version=version, sha256="00", approved=approved, at_ms=at_ms, **WHO)


def change(place: str, at_ms: int, from_ms: int) -> PlaceProfile:
    second = {"second_name": "王", "second_post": "head"}
    return PlaceProfile(place=place, profile="cn-rbc", version=3, from_ms=from_ms, at_ms=at_ms, **WHO, **second)


def keep(store: Store, kind: EntryKind, *payloads: msgspec.Struct) -> None:
    with store.writing() as session:
        session.ledger.append([words.draft(kind, payload) for payload in payloads], 5)


def test_words_on_profiles_come_by_profile_version_and_time(store: Store) -> None:
    late, early, other = proposal("cn-rbc", 10, 9), proposal("cn-rbc", 10, 2), proposal("cn-rbc", 9, 99)
    keep(store, EntryKind.PROFILE_PROPOSAL, late, early, other)
    no, yes = approval("cn-rbc", 10, 3, approved=False), approval("cn-rbc", 10, 11, approved=True)
    keep(store, EntryKind.PROFILE_APPROVAL, yes, no)
    with store.reading() as session:
        assert session.records.profile_proposals() == (other, early, late)
        assert session.records.profile_approvals() == (no, yes)


def test_what_a_place_keeps_comes_in_the_order_in_which_it_was_said(store: Store) -> None:
    later, sooner, other = change("f-1", 5, 50), change("f-1", 6, 20), change("f-2", 4, 4)
    keep(store, EntryKind.PLACE_PROFILE, sooner, later, other)
    with store.reading() as session:
        assert session.records.place_profiles("f-1") == (later, sooner)
        assert session.records.place_profiles("nowhere") == ()
        assert session.records.place_profiles_since(20) == (later, sooner)
        assert session.records.place_profiles_since(4) == (other, later, sooner)
