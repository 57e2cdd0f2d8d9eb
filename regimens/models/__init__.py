from regimens.models.check import Check, Clearance
from regimens.models.formulary import (
    Confidence,
    Drug,
    DrugMethod,
    FrequencyLimit,
    HcpcsCode,
    ReferenceLoad,
    SafetyRule,
    Source,
    Vial,
    in_force,
)
from regimens.models.order import Order, OrderStep
from regimens.models.regimen import Regimen, RegimenStep
from regimens.models.stock import Lot, Product, StockMove

__all__ = [
    "Check",
    "Clearance",
    "Confidence",
    "Drug",
    "DrugMethod",
    "FrequencyLimit",
    "HcpcsCode",
    "Lot",
    "Order",
    "OrderStep",
    "Product",
    "ReferenceLoad",
    "Regimen",
    "RegimenStep",
    "SafetyRule",
    "Source",
    "StockMove",
    "Vial",
    "in_force",
]
