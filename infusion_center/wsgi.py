"""WSGI entry point; `python -m infusion_center.serve` serves it."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import reverse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "infusion_center.settings")

application = get_wsgi_application()
reverse("home")  # loads every address with its views: once here, not once in each worker at its first request

# What is loaded now stays for good: workers forked from here share it, and the collector leaves it alone.
# Walking it cost a request now and then a tenth of a second.
gc.collect()
gc.freeze()

# A page is held together by rings (a form and its fields, a drug and its vials) until the collector comes
# round, after seven pages of the picker or more: 10 MB. Without what is frozen it has little to walk.
gc.set_threshold(700, 5, 2)
