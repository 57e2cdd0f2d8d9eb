"""What a patient types to see their own sheet."""

from django import forms

from visits.selectors.leaving import LANGUAGES


class BornForm(forms.Form):
    born = forms.DateField(
        label="Date of birth / Fecha de nacimiento",
        widget=forms.DateInput(attrs={"type": "date", "autocomplete": "bday"}),
        error_messages={
            "required": "Type the date of birth. / Escriba la fecha de nacimiento.",
            "invalid": "Type the date of birth. / Escriba la fecha de nacimiento.",
        },
    )
    language = forms.ChoiceField(
        label="Language / Idioma", choices=list(LANGUAGES.items()), initial="en", widget=forms.RadioSelect
    )
