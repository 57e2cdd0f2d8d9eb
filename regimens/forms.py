"""Shape and type of what is typed; what makes sense of it lives in services."""

from typing import Any

from django import forms

from infusion_center.accounts.models import User
from infusion_center.accounts.permissions import Can
from regimens.models import Drug
from regimens.services.stocking import USUAL_DAYS_OPEN
from regimens.states import BookKind, Container, LotSource, MostSevere

MG, ML = ("mg", "mg"), ("mL", "mL")


class FormularyFilter(forms.Form):
    text = forms.CharField(required=False, max_length=60, label="Name, brand or class")
    category = forms.ChoiceField(required=False)
    unreviewed = forms.BooleanField(required=False, label="Not reviewed yet")

    def __init__(self, *args: Any, categories: list[str], **kwargs: Any):
        super().__init__(*args, **kwargs)
        kinds: Any = self.fields["category"]
        kinds.choices = [
            ("", "All kinds"),
            *((one, one.replace("_", " ")) for one in categories),
        ]


WHOLE = {"invalid": "Write a whole number."}
A_DAY = "Write a day, such as 2026-11-20."
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class BookFilter(forms.Form):
    text = forms.CharField(required=False, max_length=60, label="Name or id")
    kind = forms.ChoiceField(required=False, choices=[("", "Everything"), *BookKind.choices], label="Kind")
    which = forms.ChoiceField(
        required=False,
        label="Only",
        choices=[
            ("", "All of them"),
            ("unreviewed", "Not reviewed"),
            ("recalled", "Recalled, not checked"),
            ("off", "Switched off"),
            ("differs", "Other than shipped"),
        ],
    )


class SiteForm(forms.Form):
    acls_on_site = forms.BooleanField(required=False, label="ACLS on site")
    anesthesia_provider = forms.BooleanField(
        required=False, label="An anesthesia-trained provider is on site"
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(max_length=200, label="Reason", required=False)


class ProtocolForm(forms.Form):
    """The limits of a standing order. Empty ages and an empty last day are no limit."""

    use_required_attribute = False
    min_age = forms.IntegerField(label="Youngest, years", required=False, error_messages=WHOLE)
    max_age = forms.IntegerField(label="Oldest, years", required=False, error_messages=WHOLE)
    most_severe = forms.ChoiceField(
        label="The safety check may find",
        choices=MostSevere.choices,
        error_messages={"required": "Say what the safety check may find."},
    )
    sign_within_hours = forms.IntegerField(
        label="Signed within, hours", error_messages={**WHOLE, "required": "Say within how many hours."}
    )
    active_from = forms.DateField(
        label="First day", widget=DAY, error_messages={"required": "Say from which day.", "invalid": A_DAY}
    )
    active_to = forms.DateField(
        label="Last day", required=False, widget=DAY, error_messages={"invalid": A_DAY}
    )


class VariantForm(forms.Form):
    """A copy: what it is called, and whose it is."""

    use_required_attribute = False
    name = forms.CharField(max_length=120, label="Name", error_messages={"required": "Give it a name."})
    whose = forms.ChoiceField(
        label="Whose", widget=forms.RadioSelect, error_messages={"required": "Say whose it is."}
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any):
        super().__init__(*args, **kwargs)
        whose: Any = self.fields["whose"]
        mine = [("mine", "My own")] if user.can(Can.SIGN_ORDER) else []
        center = [("center", "The center's")] if user.can(Can.KEEP_RULE_BOOK) else []
        whose.choices = [*mine, *center]
        self.initial.setdefault("whose", (whose.choices[0][0] if whose.choices else ""))


class ReviewForm(forms.Form):
    note = forms.CharField(max_length=300, label="Note", required=False)


class ProductForm(forms.Form):
    """One labeler's vial."""

    drug = forms.ModelChoiceField(
        queryset=Drug.objects.none(), to_field_name="code", empty_label="Choose a drug"
    )
    ndc = forms.CharField(max_length=16, label="NDC", help_text="With its hyphens, as printed on the vial")
    gtin = forms.CharField(
        max_length=100, required=False, label="Barcode of the package", help_text="Scan it, if it has one"
    )
    labeler = forms.CharField(max_length=80, required=False)
    strength = forms.CharField(max_length=60, required=False, help_text="As printed, such as 30 mg/mL")
    amount = forms.DecimalField(max_digits=10, decimal_places=3, label="Amount in one vial")
    unit = forms.ChoiceField(choices=[MG, ML], help_text="The unit the drug is ordered in")
    volume_ml = forms.DecimalField(
        max_digits=9,
        decimal_places=3,
        required=False,
        label="Volume of one vial in mL",
        help_text="Empty: powder",
    )
    container = forms.ChoiceField(choices=Container.choices)
    days_once_open = forms.IntegerField(
        required=False, label="Days once open", help_text="Of a multi-dose vial; empty: 28"
    )

    def clean_days_once_open(self) -> int:
        days: int | None = self.cleaned_data["days_once_open"]
        return USUAL_DAYS_OPEN if days is None else days

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        drug: Any = self.fields["drug"]
        drug.queryset = Drug.objects.order_by("name")


class CodeForm(forms.Form):
    code = forms.CharField(
        max_length=100,
        label="NDC or barcode",
        help_text="Scan the square code, or type the NDC with its hyphens",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
    )

    def found(self) -> None:
        """The box has done its work: typing goes on below."""
        self.fields["code"].widget.attrs.pop("autofocus", None)


class DeliveryForm(forms.Form):
    """A delivery of the product that the code stands for."""

    code = forms.CharField(max_length=100, widget=forms.HiddenInput)
    number = forms.CharField(max_length=20, label="Lot number")
    expires_on = forms.DateField(label="Expires on", widget=forms.DateInput(attrs={"type": "date"}))
    vials = forms.IntegerField(label="Vials")
    cost_per_vial = forms.DecimalField(max_digits=10, decimal_places=2, label="Cost of one vial in $")
    source = forms.ChoiceField(choices=LotSource.choices)
    patient = forms.CharField(
        max_length=12, required=False, label="Patient number", help_text="Only for a lot sent for one patient"
    )

    def start_typing(self) -> None:
        """The cursor goes to the first box that the scan did not fill."""
        first = "vials" if self.initial.get("number") else "number"
        self.fields[first].widget.attrs |= {"autofocus": True, "data-focus": ""}
