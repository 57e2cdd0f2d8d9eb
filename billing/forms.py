"""Shape and type of what a biller types. The services decide whether it makes sense."""

from django import forms

from billing.selectors.claim_page import who_may_render

LONGEST_REASON = 200


class SearchForm(forms.Form):
    """A diagnosis by code or words."""

    text = forms.CharField(max_length=80, required=False, label="Diagnosis, by code or words")


class DiagnosesForm(forms.Form):
    """The whole list, principal first, and one more to add, to take off or to put first."""

    add = forms.CharField(max_length=10, required=False)
    remove = forms.CharField(max_length=10, required=False)
    first = forms.CharField(max_length=10, required=False)

    def codes(self, now: list[str]) -> list[str]:
        """The list as it shall be."""
        said = self.cleaned_data
        left = [code for code in now if code != said["remove"]]
        if said["first"] in left:
            left = [said["first"], *(code for code in left if code != said["first"])]
        return [*left, said["add"]] if said["add"] else left


class ReasonForm(forms.Form):
    """Why a hold may be cleared."""

    reason = forms.CharField(max_length=LONGEST_REASON, required=False, label="Why it may go")


class RenderingForm(forms.Form):
    """Who gave the service, for the payer."""

    rendering = forms.ModelChoiceField(
        queryset=who_may_render(),
        label="Rendering provider",
        widget=forms.Select({"class": "form-select form-select-sm rendering"}),
    )


class AnswerForm(forms.Form):
    """A file from the clearinghouse."""

    file = forms.FileField(
        label="Answer file", help_text="A 999 or TA1, as it came. Anything else is kept as well."
    )
