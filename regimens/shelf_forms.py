"""What the acts on the shelf ask for; what makes sense of it is in services."""

from typing import Any

from django import forms

from infusion_center.accounts.models import User
from infusion_center.places.models import Site
from regimens.models import Fridge, Lot, Product
from regimens.rules.amounts import say
from regimens.selectors.keepers import colleagues
from regimens.selectors.on_hand import products
from regimens.states import TAKEN_OFF, Container, MoveKind


class _LotForm(forms.Form):
    """An act on one lot. Its number is asked in vials, or in the unit where vials are broken."""

    use_required_attribute = False
    title: str
    button: str

    def __init__(self, data: Any = None, *, lot: Lot, by: User):
        super().__init__(data, auto_id=f"id_{type(self).__name__.lower()}_%s")
        broken = lot.product.container == Container.MULTI_DOSE
        for name in ("counted", "taken"):
            if name in self.fields:
                self.fields[name].label = f"Amount in {lot.product.unit}" if broken else "Vials"
        for name in ("to", "witness"):
            if name in self.fields:
                self._choose(name, lot, by)

    def _choose(self, name: str, lot: Lot, by: User) -> None:
        field: Any = self.fields[name]
        others = [site.pk for site in by.works_at if site.pk != lot.site_id]
        field.queryset = (
            Site.objects.filter(pk__in=others) if name == "to" else colleagues(site=lot.site, of=by)
        )
        if name == "witness" and not lot.product.drug.dea_schedule:
            del self.fields[name]


def _number() -> forms.DecimalField:
    return forms.DecimalField(
        max_digits=12,
        decimal_places=3,
        error_messages={"required": "Type a number.", "invalid": "Type a number."},
    )


def _reason(label: str = "Why") -> forms.CharField:
    """May be empty here: the verb says whether it is needed."""
    return forms.CharField(max_length=160, required=False, label=label)


def _witness() -> forms.ModelChoiceField:
    return forms.ModelChoiceField(
        User.objects.none(), required=False, label="Who looked with you", empty_label="Choose"
    )


class CountForm(_LotForm):
    title, button = "Count", "Keep the count"
    counted = _number()
    reason = _reason("Why it differs, if it does")
    witness = _witness()


class AsideForm(_LotForm):
    title, button = "Set aside", "Set it aside"
    reason = _reason()


class FreeForm(_LotForm):
    title, button = "Use it again", "It may be used again"
    reason = _reason("Why it may be used again")


class OffForm(_LotForm):
    title, button = "Take off the shelf", "Take it off"
    kind = forms.ChoiceField(
        label="What happens to it",
        choices=[(kind.value, kind.label) for kind in MoveKind if kind in TAKEN_OFF],
    )
    taken = _number()
    reason = _reason()
    witness = _witness()


class SendForm(_LotForm):
    title, button = "Send to another site", "Send it"
    to = forms.ModelChoiceField(
        Site.objects.none(), label="Site", empty_label="Choose", error_messages={"required": "Choose a site."}
    )
    taken = _number()
    reason = _reason("Note")


class RecallForm(forms.Form):
    use_required_attribute = False
    product = forms.ModelChoiceField(
        Product.objects.none(), empty_label="Choose", error_messages={"required": "Choose the product."}
    )
    number = forms.CharField(
        max_length=20, label="Lot number", error_messages={"required": "Type the lot number as printed."}
    )
    reason = _reason("Who recalled it, and why")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        product: Any = self.fields["product"]
        product.queryset = products()
        product.label_from_instance = lambda one: f"{one.drug.name} {one.ndc}"


class LearnForm(forms.Form):
    """Which product an unknown barcode is of."""

    code = forms.CharField(max_length=100, widget=forms.HiddenInput)
    product = forms.ModelChoiceField(
        Product.objects.none(),
        empty_label="Choose",
        label="It is a package of",
        error_messages={"required": "Choose the product."},
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        product: Any = self.fields["product"]
        product.queryset = products()
        product.label_from_instance = lambda one: f"{one.drug.name}, {say(one.amount)} {one.unit}, {one.ndc}"


class ParForm(forms.Form):
    use_required_attribute = False
    least = forms.IntegerField(min_value=0, label="Order below, vials")
    full = forms.IntegerField(min_value=0, label="Up to, vials")


class ReadingForm(forms.Form):
    """One look at a thermometer."""

    use_required_attribute = False
    celsius = forms.DecimalField(
        max_digits=4,
        decimal_places=1,
        label="°C",
        error_messages={
            "required": "Type what the thermometer shows.",
            "invalid": "Type a number, such as 4.5.",
        },
    )
    done_about = forms.CharField(
        max_length=300, required=False, label="What was done", help_text="Only if it is outside its span"
    )

    def __init__(self, data: Any = None, *, fridge: Fridge):
        super().__init__(data, auto_id=f"id_fridge_{fridge.pk}_%s")
        self.fridge = fridge


class FridgeForm(forms.Form):
    use_required_attribute = False
    name = forms.CharField(max_length=40, error_messages={"required": "Give it a name."})
    low_c = forms.DecimalField(max_digits=4, decimal_places=1, initial=2, label="From, °C")
    high_c = forms.DecimalField(max_digits=4, decimal_places=1, initial=8, label="To, °C")
