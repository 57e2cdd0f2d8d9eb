"""What a paper sheet says of the way into the chair."""

from typing import Any

from django import forms

from visits.forms.charting import ChartForm, wall_time
from visits.models import Chair


class FromPaperForm(ChartForm):
    """Both times on the site's wall clock, on the visit's day."""

    chair = forms.ModelChoiceField(
        Chair.objects.none(), label="Chair", error_messages={"required": "Choose the chair on the paper."}
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for name, label in [("arrived_at", "Arrived at"), ("seated_at", "Seated at")]:
            self.fields[name] = wall_time(label)
            self.fields[name].required, self.fields[name].help_text = True, ""
            self.fields[name].error_messages["required"] = "Type the time on the paper."
        field: Any = self.fields["chair"]
        field.queryset = Chair.objects.filter(site=self.visit.site, active=True).order_by("position", "pk")
        field.initial = self.visit.chair_id

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        times = {name: self.at(data[name]) for name in ("arrived_at", "seated_at") if data.get(name)}
        return data | times
