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
from regimens.models.order import MAY_RUN, Order, OrderStep
from regimens.models.protocol import Protocol
from regimens.models.regimen import Regimen, RegimenStep, RegimenVersion
from regimens.models.shelf import Fridge, FridgeReading, LotCount, PackageCode, ParLevel, SetAside
from regimens.models.stock import Lot, Product, StockMove

__all__ = [
    "MAY_RUN",
    "Check",
    "Clearance",
    "Confidence",
    "Drug",
    "DrugMethod",
    "FrequencyLimit",
    "Fridge",
    "FridgeReading",
    "HcpcsCode",
    "Lot",
    "LotCount",
    "Order",
    "OrderStep",
    "PackageCode",
    "ParLevel",
    "Product",
    "Protocol",
    "ReferenceLoad",
    "Regimen",
    "RegimenStep",
    "RegimenVersion",
    "SafetyRule",
    "SetAside",
    "Source",
    "StockMove",
    "Vial",
    "in_force",
]
