"""Apprise as a plug-in: a yes of it is "accepted", never "delivered"."""

import pytest
from support.robot_services import Robot

from assembly.senders.base import Letter, Outcome
from assembly.senders.plugin import ByApprise

# Of what Apprise imports, not of ours.
pytestmark = pytest.mark.filterwarnings("ignore:.*slated for removal:DeprecationWarning")

LETTER = Letter(key="k", to="", subject="s", text="t", critical=True)


def test_what_a_service_took_is_accepted_and_never_delivered() -> None:
    with Robot(lambda *_asked: (200, {})) as robot:
        sent = ByApprise(robot.url.replace("http://", "json://")).send(LETTER)
    assert sent.outcome is Outcome.ACCEPTED
    assert robot.asked == 1


def test_what_it_did_not_take_is_tried_again() -> None:
    with Robot(lambda *_asked: (500, {})) as robot:
        assert ByApprise(robot.url.replace("http://", "json://")).send(LETTER).outcome is Outcome.FAILED


def test_an_address_that_nobody_knows_is_refused() -> None:
    assert ByApprise("nothing://x").send(LETTER).outcome is Outcome.REFUSED
