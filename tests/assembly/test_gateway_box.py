"""What a box leaves to the gateway's own alarm to say: probes that the centre's limits name and that do not rest."""

from support.local_limits import limits

from assembly.gateway_box import judged_by
from coldchain.places import ProbeRole
from coldchain.wire_limits import LimitsProbe, encode_limits
from gateway.limits import LimitsKeeper


def test_the_alarm_of_the_gateway_judges_only_probes_that_its_limits_name_and_that_do_not_rest() -> None:
    resting = LimitsProbe(id="fridge-1-load", place="fridge-1", role=ProbeRole.LOAD, rests=True)
    watching = LimitsProbe(id="fridge-1-air", place="fridge-1", role=ProbeRole.AIR)
    made = limits(probes=(resting, watching))
    keeper = LimitsKeeper(made.gateway)
    judged = judged_by(keeper)
    assert not judged("fridge-1-air"), "no limits yet"
    assert keeper.offer(encode_limits(made)).outcome == "in-use"
    assert [judged(probe) for probe in ("fridge-1-air", "fridge-1-load", "box-1-load")] == [True, False, False]
