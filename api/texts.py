"""Every text of the console in Chinese and English, by key. Figures go in by name: {unknown}, {place}, ...

Words can do harm: cold is never called "over temperature", and no text calls a unit good: it says what was measured
and how much was not.
"""

from typing import Final

from api.texts_alarms import ALARMS
from api.texts_as_known import AS_KNOWN
from api.texts_box import BOX
from api.texts_clocks import CLOCKS
from api.texts_commission import COMMISSION
from api.texts_custody import CUSTODY
from api.texts_decisions import DECISIONS
from api.texts_evidence import EVIDENCE
from api.texts_frame import FRAME
from api.texts_grafana import GRAFANA
from api.texts_history import HISTORY
from api.texts_intents import INTENTS
from api.texts_lineage import LINEAGE
from api.texts_overview import OVERVIEW
from api.texts_places import PLACES
from api.texts_profiles import PROFILES
from api.texts_reasons import REASONS
from api.texts_receipts import RECEIPTS
from api.texts_receive import RECEIVE
from api.texts_register import REGISTER
from api.texts_retention import RETENTION
from api.texts_rounds import ROUNDS
from api.texts_stock import STOCK
from api.texts_tasks import TASKS
from api.texts_unit import UNIT
from coldchain.places import Text

TEXTS: Final[dict[str, Text]] = (
    FRAME
    | OVERVIEW
    | PLACES
    | RECEIPTS
    | UNIT
    | COMMISSION
    | BOX
    | DECISIONS
    | RECEIVE
    | HISTORY
    | LINEAGE
    | ROUNDS
    | REGISTER
    | PROFILES
    | RETENTION
    | AS_KNOWN
    | CUSTODY
    | ALARMS
    | STOCK
    | CLOCKS
    | TASKS
    | GRAFANA
    | REASONS
    | EVIDENCE
    | INTENTS
)
