from billing.models.claim import Claim, ClaimLine, Hold
from billing.models.exchange import InboundFile, Submission, SubmittedClaim
from billing.models.reference import (
    ContractPrice,
    DrugLimit,
    IcdCode,
    Locality,
    PayerRule,
    RelativeValue,
)

__all__ = [
    "Claim",
    "ClaimLine",
    "ContractPrice",
    "DrugLimit",
    "Hold",
    "IcdCode",
    "InboundFile",
    "Locality",
    "PayerRule",
    "RelativeValue",
    "SubmittedClaim",
    "Submission",
]
