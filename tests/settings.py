"""The settings, and the few things tests want otherwise. The servers stay real: the embedded ones, in a
place of their own, so that a running `make run` is not disturbed. With TEST_DB_NAME several people may
test at once.
"""

import os
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent / ".embedded" / "test"
os.environ.setdefault("EMBEDDED_DIR", str(HERE))
os.environ.setdefault("UPLOAD_DIR", str(HERE / "uploads"))
os.environ.setdefault("MAIL_DIR", str(HERE / "mail"))
os.environ.setdefault("LOG_LEVEL", "WARNING")

from infusion_center.settings import *  # noqa: E402, F403 - the one star import
from infusion_center.settings import CACHES, DATABASES, STORAGES  # noqa: E402 - changed below

_NAME = os.environ.get("TEST_DB_NAME", "test_infusion_center")

DATABASES["default"]["TEST"] = {"NAME": _NAME}
CACHES["default"]["KEY_PREFIX"] = f"{_NAME}.{os.environ.get('PYTEST_XDIST_WORKER', '')}"
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True  # files are found where they lie: nothing is collected for tests
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CELERY_TASK_ALWAYS_EAGER = True  # a bell rung in a test rings at once; what beat rings, the test calls
CELERY_TASK_EAGER_PROPAGATES = True
SQUEEZE_SECONDS = 60.0  # what is found must not depend on how busy the machine is
