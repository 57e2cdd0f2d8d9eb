"""Payers and a few words of our vocabularies."""

import pytest

from patients.models import Payer, Term
from patients.states import VocabularyKind


@pytest.fixture
def payer(db):
    return Payer.objects.create(name="Prairie Health", payer_id="PRH01")


@pytest.fixture
def other_payer(db):
    return Payer.objects.create(name="Lake Mutual", payer_id="LKM01")


@pytest.fixture
def words(db):
    rows = [
        (VocabularyKind.ALLERGY, "nsaid", "NSAID", ["ketorolac", "ibuprofen"]),
        (VocabularyKind.CONDITION, "asthma_sulfite", "Asthma, sulfite sensitive", []),
        (VocabularyKind.DRUG_GROUP, "triptan", "Triptan", ["sumatriptan", "rizatriptan"]),
        (VocabularyKind.DRUG_GROUP, "qt_drug", "Prolongs QT", ["sumatriptan/naproxen", "escitalopram"]),
    ]
    return [Term.objects.create(kind=k, term=t, label=label, members=m) for k, t, label, m in rows]
