"""X12 at the border: values in, text out (837P); text in, values out (999, TA1). No Django, no clock."""
