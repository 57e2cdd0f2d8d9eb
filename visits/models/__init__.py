from visits.models.chart import Outcome, Score, Vitals
from visits.models.downtime import DowntimePack
from visits.models.form import Draft, WrittenForm
from visits.models.giving import Administration, GivingEvent, VialUse
from visits.models.hand_over import HandOver
from visits.models.ledger import LedgerCheck
from visits.models.line import IvAccess
from visits.models.note import Addendum, Correction, CoSignature, Note, SignedPaper
from visits.models.place import Absence, Break, Chair, ClinicDay, Shift
from visits.models.policy import LoadPolicy, RatioRule
from visits.models.preparation import Preparation
from visits.models.reaction import EmergencyDose, Reaction, ReactionStep
from visits.models.same_day import FreedTime, Offer, RedFlagAnswer, Reserve, Waiting
from visits.models.series import Occurrence, Series
from visits.models.sheet_link import SheetLink
from visits.models.squeeze import Retiming, Squeeze
from visits.models.visit import CallRequest, Visit, VisitMove, VisitOrder

__all__ = [
    "Addendum",
    "Absence",
    "Administration",
    "Break",
    "CallRequest",
    "Chair",
    "ClinicDay",
    "CoSignature",
    "Correction",
    "DowntimePack",
    "Draft",
    "EmergencyDose",
    "FreedTime",
    "GivingEvent",
    "HandOver",
    "IvAccess",
    "Note",
    "LedgerCheck",
    "LoadPolicy",
    "Occurrence",
    "Offer",
    "Outcome",
    "Preparation",
    "RatioRule",
    "Reaction",
    "ReactionStep",
    "RedFlagAnswer",
    "Reserve",
    "Retiming",
    "Score",
    "Series",
    "SheetLink",
    "Shift",
    "SignedPaper",
    "Squeeze",
    "VialUse",
    "Visit",
    "VisitMove",
    "VisitOrder",
    "Vitals",
    "Waiting",
    "WrittenForm",
]
