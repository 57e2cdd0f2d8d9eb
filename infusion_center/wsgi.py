"""WSGI entry point: `gunicorn infusion_center.wsgi`."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "infusion_center.settings")

application = get_wsgi_application()

# What is loaded now stays for good: workers forked from here share it, and the collector leaves it alone.
# Walking it cost a request now and then a tenth of a second.
gc.collect()
gc.freeze()
