"""Who takes which fact of a person, of the rooms that came after the first ones: a line for each kind of fact."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from coldchain.alarms import ActOnAlarm, StartAlarmTest
from coldchain.capacity import SetCapacity
from coldchain.closed_loop import ExpectAnew
from coldchain.exports import RecordExport
from coldchain.grafana_alerts import HearGrafana
from coldchain.intents import SetIntent
from coldchain.notifications import NoteAttempt
from coldchain.ports import Session
from coldchain.profiles import ApproveProfile, KeepProfile, ProposeProfile
from coldchain.stamps import KeepTimeStamp
from coldchain.tasks import CallUrgent, ConfirmHold, SetPlaceUse, SetTaskRules, TickBag
from ingest.alarms import act_on_alarm, start_alarm_test
from ingest.capacity import capacity_drafts
from ingest.closed_loop import OF_CLOSED_LOOP
from ingest.drafted import Drafted
from ingest.expected import expected_anew
from ingest.grafana import heard
from ingest.intents import intended
from ingest.notifications import attempted
from ingest.profiles import profile_drafts
from ingest.proof import export_drafts
from ingest.retention import OF_RETENTION
from ingest.stamping import keep_stamp
from ingest.task_facts import called, confirmed, ruled, ticked, used_as

Handler = Callable[[Session, Any, int], Drafted]  # (session, fact, now_ms) -> entries; raises what person_drafts raises


def _exported(session: Session, fact: RecordExport, _now_ms: int) -> Drafted:
    return Drafted(drafts=export_drafts(session, fact))


HANDLERS: Final[Mapping[type, Handler]] = {
    RecordExport: _exported,
    NoteAttempt: attempted,
    SetCapacity: capacity_drafts,
    SetIntent: intended,
    TickBag: ticked,
    SetTaskRules: ruled,
    SetPlaceUse: used_as,
    CallUrgent: called,
    ConfirmHold: confirmed,
    **dict.fromkeys((ProposeProfile, ApproveProfile, KeepProfile), profile_drafts),
    KeepTimeStamp: keep_stamp,
    **OF_RETENTION,
    **OF_CLOSED_LOOP,
    ExpectAnew: expected_anew,
    ActOnAlarm: act_on_alarm,
    StartAlarmTest: start_alarm_test,
    HearGrafana: heard,
}
