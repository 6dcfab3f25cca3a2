"""Blood units, what people say of them, where they were, and what happened to them there."""

from enum import StrEnum
from typing import TypeAlias

import msgspec

from coldchain.alarms import OfAlarms
from coldchain.calibration import Applied, RecordCalibration
from coldchain.capacity import OfCapacity
from coldchain.clock_doubt import ClockDoubt
from coldchain.closed_loop import OfClosedLoop
from coldchain.commission import WorkKind
from coldchain.deciding import DecideUnit
from coldchain.exports import RecordExport
from coldchain.grafana_alerts import OfGrafana
from coldchain.intents import Intent, SetIntent
from coldchain.lineage import OfLineage, UnitKind
from coldchain.notifications import NoteAttempt
from coldchain.profiles import OfProfiles
from coldchain.receiving import KeepRefusedRows, Visual
from coldchain.register import OfRegister
from coldchain.retention import OfRetention
from coldchain.rounds import RecordCount, RecordRound
from coldchain.stamps import KeepTimeStamp
from coldchain.tasks import OfTasks
from coldchain.trust import EndKey, NoteSecurity, OpenClaim, SendCommand, UseClaim


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """A bag. Identity is (issuer, scheme, donation_number, product_code, division); `id` is our short name for it.

    scheme `isbt128` is checked; `local` is opaque and unique only with its issuer. No donor or patient data.
    `kind`: samples and reagents lie in the same fridges and are no blood.
    """

    id: str
    issuer: str
    scheme: str
    donation_number: str
    product_code: str
    division: str
    component: str
    blood_group: str
    profile: str
    profile_version: int
    expires_ms: int | None = None
    kind: UnitKind = UnitKind.BLOOD


class RegisterUnit(msgspec.Struct, frozen=True, kw_only=True, tag="register-unit"):
    """A person or the station's system makes a unit known, and says for whom it is (coldchain.intents)."""

    unit: Unit
    actor: str
    intent: Intent = Intent.NOT_STATED
    patient: str = ""


class BindTag(msgspec.Struct, frozen=True, kw_only=True, tag="bind-tag"):
    """A person ties a tag to a unit from an instant on."""

    epc: str
    unit: str
    from_ms: int
    actor: str


class PlaceUnit(msgspec.Struct, frozen=True, kw_only=True, tag="place-unit"):
    """A person says at at_ms that a unit is put into a place, or taken out of all of ours (place None).

    `scanned`: by its barcode, in the place.
    """

    unit: str
    place: str | None
    at_ms: int
    actor: str
    scanned: bool = False


class ReceiveUnit(msgspec.Struct, frozen=True, kw_only=True, tag="receive-unit"):
    """A person received a bag into a place at at_ms: scanned its label and its tag (epc "": none), and looked at it.

    It is made known if it is not. `micro_celsius`: how warm it was on opening, None if nobody measured.
    """

    unit: Unit
    place: str
    at_ms: int
    epc: str
    visual: Visual
    note: str
    micro_celsius: int | None
    name: str
    post: str
    actor: str
    intent: Intent = Intent.NOT_STATED
    patient: str = ""


class PackBox(msgspec.Struct, frozen=True, kw_only=True, tag="pack-box"):
    """The packing list of a box: these units were put into it at at_ms, to be taken to `destination` by `courier`.

    `expected_ms`: when it is expected there; None: nobody said.
    """

    manifest: str
    box: str
    units: tuple[str, ...]
    at_ms: int
    destination: str
    actor: str
    courier: str = ""
    patient: str = ""  # for whom it is, if it is for one: compared, and in no list
    expected_ms: int | None = None


class IssueUnit(msgspec.Struct, frozen=True, kw_only=True, tag="issue-unit"):
    """A person or the issuing system says at at_ms that a unit was handed out for a patient, to a ward or hospital.

    What has happened is recorded whether the unit is on hold or not: if it is, it goes to the urgent list.
    """

    unit: str
    to: str
    at_ms: int
    actor: str
    patient: str = ""


class RetireTag(msgspec.Struct, frozen=True, kw_only=True, tag="retire-tag"):
    """A person takes a tag out of use at at_ms: what is read of it from then on moves nothing and is an alert."""

    epc: str
    at_ms: int
    reason: str
    actor: str


class ReceiveCrate(msgspec.Struct, frozen=True, kw_only=True, tag="receive-crate"):
    """A crate went past a tunnel reader from from_ms to to_ms and is received into `place`.

    What should be in it: the packing list `manifest`, or (manifest "") the units of a dispatch list.
    """

    receipt: str
    reader: str
    place: str
    manifest: str
    units: tuple[str, ...]
    from_ms: int
    to_ms: int
    actor: str


class AnswerReceipt(msgspec.Struct, frozen=True, kw_only=True, tag="answer-receipt"):
    """A person scanned a unit of a receipt (`here`), or looked for it and did not find it."""

    receipt: str
    unit: str
    here: bool
    at_ms: int
    actor: str


class CommissionProbe(msgspec.Struct, frozen=True, kw_only=True, tag="commission-probe"):
    """A person at the fridge confirms at at_ms that the probe that was warmed by hand from began_ms on is this one.

    `good_from_ms`: since when it has hung there, if the person knows and says why (`reason`); None: from at_ms on.
    `name` and `post` are the signature.
    """

    probe: str
    began_ms: int
    at_ms: int
    name: str
    post: str
    actor: str
    good_from_ms: int | None = None
    reason: str = ""


class SayWork(msgspec.Struct, frozen=True, kw_only=True, tag="say-work"):
    """A person says that work on a probe, or (probe "") on a place, begins or ends at at_ms.

    A beginning has a planned end, `until_ms`. `counted_empty`: of a place that goes out of use, the person has looked
    and nothing is inside.
    """

    kind: WorkKind
    place: str
    at_ms: int
    begins: bool
    reason: str
    name: str
    post: str
    actor: str
    probe: str = ""
    until_ms: int | None = None
    counted_empty: bool = False


class AnswerWay(msgspec.Struct, frozen=True, kw_only=True, tag="answer-way"):
    """A person says which way a crate went through a portal whose reads do not tell it."""

    receipt: str
    inwards: bool
    at_ms: int
    actor: str


class SettleTagConflict(msgspec.Struct, frozen=True, kw_only=True, tag="settle-tag-conflict"):
    """A person has looked, at settled_ms, at a read of a tag that contradicts the record."""

    epc: str
    kind: str
    place: str
    at_ms: int
    settled_ms: int
    reason: str
    actor: str


OfCrates: TypeAlias = ReceiveCrate | AnswerReceipt | AnswerWay
OfUnits: TypeAlias = RegisterUnit | BindTag | PlaceUnit | PackBox | IssueUnit | RetireTag | SettleTagConflict | OfCrates
OfDecisions: TypeAlias = DecideUnit | ReceiveUnit | KeepRefusedRows | RecordRound | RecordCount | OfRegister
OfDevices: TypeAlias = CommissionProbe | SayWork | SendCommand | OpenClaim | UseClaim | EndKey | NoteSecurity
# fmt: off
OfRooms: TypeAlias = (  # a name for each room that came later
    OfLineage | OfDecisions | OfAlarms | NoteAttempt
    | OfProfiles | OfRetention | KeepTimeStamp | OfCapacity
    | OfClosedLoop | SetIntent | OfTasks | OfGrafana
    | RecordExport | RecordCalibration
)
# fmt: on
PersonFact: TypeAlias = OfUnits | OfDevices | OfRooms


class Stay(msgspec.Struct, frozen=True, kw_only=True):
    """One unit's time in one place.

    Possibly inside in [possible_from_ms, possible_to_ms), certainly in [certain_from_ms, certain_to_ms); an end of
    None is open, a certain_from_ms of None means never certain. `certain_to_ms` may close while the possible part
    goes on: the reads after a door opening decided neither way. `via`: the container in which it stood there.
    `listed`: the packing list, else the receipt, that had it come there although nobody has read or scanned it there.
    """

    unit: str
    place: str
    possible_from_ms: int
    certain_from_ms: int | None
    certain_to_ms: int | None
    possible_to_ms: int | None
    entered_by: str
    left_by: str | None
    unseen_since_ms: int | None = None
    via: str = ""
    listed: str = ""

    @property
    def open(self) -> bool:
        """Whether the unit may still be inside."""
        return self.possible_to_ms is None


class FindingKind(StrEnum):
    """Fault of the cold, time that nobody measured, and fault of the sensor are different things."""

    EXCURSION = "excursion"
    UNMEASURED = "unmeasured"
    SENSOR_FAULT = "sensor-fault"


class Direction(StrEnum):
    """Which way an excursion goes."""

    TOO_WARM = "too-warm"
    TOO_COLD = "too-cold"


class FindingStatus(StrEnum):
    """Open, closed, or withdrawn because facts that came later took its basis away."""

    OPEN = "open"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule found of one probe: from start_ms, the first sample outside, to end_ms, the first back inside.

    `condition_ms` is when the rule's delay was over. The figures (peak, out_ms, unknown_ms, samples_out) are None
    while it is open: running figures are computed on reading. `cleared_ms` is when the dead band let the alarm go.
    `rule` is an id of the alert catalogue (A01 storage limit, A02 hard limit, A05 not measured, A30 sensor),
    `holds` whether it puts units on hold. `calibrations`: by which its readings were corrected. `certain`: whether it
    would be a finding with every reading at the end of its uncertainty that is nearer to the limits, if that is known;
    `out_ms_least` is the time outside of such readings. `detail`: which of several ways to be a finding under one rule
    ("cumulative", "sparse", "stuck", "jump", "siblings:" and the other probe; "": none of these).
    `clock`: how far the clock of its readings may be off; None: nobody said it, or it was recorded before that was.
    """

    id: str
    version: int
    kind: FindingKind
    rule: str
    place: str
    probe: str
    profile: str
    profile_version: int
    status: FindingStatus
    holds: bool
    direction: Direction | None
    start_ms: int
    condition_ms: int
    end_ms: int | None
    cleared_ms: int | None = None
    peak_micro_celsius: int | None = None
    out_ms: int | None = None
    unknown_ms: int | None = None
    samples_out: int | None = None
    calibrations: tuple[Applied, ...] = ()
    certain: bool = True
    out_ms_least: int | None = None
    detail: str = ""
    clock: ClockDoubt | None = None


class Reason(StrEnum):
    """Why a finding touches a unit: how it is known that it was, or may have been, inside."""

    CERTAIN = "certain"
    ENTRY_UNCERTAIN = "entry-uncertain"  # it came in some time within the span
    EXIT_UNCERTAIN = "exit-uncertain"  # it went out, or may have gone, some time within the span
    CLOCK_UNCERTAIN = "clock-uncertain"  # the clock of the readings leaves open whether it was in time
    EXPECTED = "expected"  # a packing list has it come there, and neither a reader nor a person found it
    UNSEEN_SINCE = "unseen-since"  # a person put it there, and the reader has not seen it since
    NOT_SAID = ""  # recorded before reasons were


class Exposure(msgspec.Struct, frozen=True, kw_only=True):
    """What one finding means for one unit: the overlap of its stay with it.

    `certain` is false where the unit was only possibly inside. Minimum figures count the time for which it was
    certainly inside, maximum figures the time for which it was possibly inside; None while finding and stay run.
    Where the uncertainty of readings is known, the minimum counts time that was outside beyond it, the maximum time
    that may have been; `outside_certain` is false where none of it was outside for certain.
    `reason`: how it is known that it was there; of an expected unit `listed` names the list, of an unseen one
    `since_ms` says when it was put there.
    """

    unit: str
    finding: str
    place: str
    certain: bool
    from_ms: int
    to_ms: int | None
    out_ms_min: int | None = None
    out_ms_max: int | None = None
    unknown_ms_max: int | None = None
    peak_micro_celsius: int | None = None
    withdrawn: bool = False
    outside_certain: bool = True
    reason: Reason = Reason.NOT_SAID
    listed: str = ""
    since_ms: int | None = None


OF_FINDING, OF_RECALL, OF_INSPECTION = "finding", "recall", "inspection"  # what a hold stands on
OF_RETURN = "return"  # it was issued, is back, and its profile does not let it go back to stock
OF_OUTING = "outing"  # it was out of controlled storage for longer than its profile allows (A08)
OF_PLACE = "wrong-place"  # it was in a place that no temperature of its own limits suits (A10)
OF_ROAD, OF_BOX_TIME = "road", "box-time"  # longer on the road than its profile, or in its box than that, allows (A20)
OF_RECEIPT = "receipt"  # the list of a crate names it, and somebody looked for it in vain (A19)
OF_AGAIN, OF_BUDGET = "again", "budget"  # outside its limits twice or more (A26), or beyond what it may bear (A27)


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """A unit is kept back because of a finding, until a person decides; `basis_stands` falls if it is withdrawn.

    `basis` "recall": `finding` is the id of a recall; "inspection": it names a reception at which the eye saw a defect
    (coldchain.receiving.inspection_id). `via`: the unit from which it came here, over the lineage.
    `lifted_by`: the decision that released it, "" while it stands (coldchain.decisions.standing_holds).
    `reason`, `listed`, `since_ms`: as of its exposure; what does not stand on one says nothing here. `spent_ms`: of
    how a unit was kept, for how long at least, as it was known last or (lifted) when a person decided.
    """

    id: str
    unit: str
    finding: str
    placed_ms: int
    certain: bool
    basis_stands: bool = True
    basis: str = OF_FINDING
    via: str = ""
    lifted_by: str = ""
    reason: Reason = Reason.NOT_SAID
    listed: str = ""
    since_ms: int | None = None
    spent_ms: int | None = None
