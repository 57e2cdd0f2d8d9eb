from visits.models.chart import Outcome, Score, Vitals
from visits.models.giving import Administration, GivingEvent, VialUse
from visits.models.place import Break, Chair, ClinicDay, Shift
from visits.models.reaction import EmergencyDose, Reaction, ReactionStep
from visits.models.series import Occurrence, Series
from visits.models.squeeze import Retiming, Squeeze
from visits.models.visit import CallRequest, Visit, VisitMove, VisitOrder

__all__ = [
    "Administration",
    "Break",
    "CallRequest",
    "Chair",
    "ClinicDay",
    "EmergencyDose",
    "GivingEvent",
    "Occurrence",
    "Outcome",
    "Reaction",
    "ReactionStep",
    "Retiming",
    "Score",
    "Series",
    "Shift",
    "Squeeze",
    "VialUse",
    "Visit",
    "VisitMove",
    "VisitOrder",
    "Vitals",
]
