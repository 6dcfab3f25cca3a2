"""The rooms of the record that came after the first ones, in one: a line for each (coldchain.ports.Records)."""

from typing import Protocol

from coldchain.alarm_ports import AlarmRecords
from coldchain.capacity_ports import CapacityRecords
from coldchain.closed_ports import ClosedRecords
from coldchain.decision_ports import DecisionRecords
from coldchain.grafana_ports import GrafanaRecords
from coldchain.notification_ports import NotificationRecords
from coldchain.profile_ports import ProfileRecords
from coldchain.register_ports import RegisterRecords
from coldchain.report_ports import ReportRecords
from coldchain.retention_ports import RetentionRecords
from coldchain.task_ports import TaskRecords


class LaterRecords(
    DecisionRecords,
    ReportRecords,
    RegisterRecords,
    NotificationRecords,
    ProfileRecords,
    AlarmRecords,
    RetentionRecords,
    CapacityRecords,
    ClosedRecords,
    TaskRecords,
    GrafanaRecords,
    Protocol,
):
    """Answers as of a session."""
