"""A module that is imported when it is asked for something."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module

import pytest

from infusion_center.shared.later import done_without, imported_later

SLOW = """
import time
time.sleep(0.05)
loaded_by = __name__
"""


@pytest.fixture
def slow(tmp_path, monkeypatch):
    """The name of a module that takes its time, and is nobody's yet."""
    (tmp_path / "slow_to_load.py").write_text(SLOW)
    monkeypatch.syspath_prepend(tmp_path)
    yield "slow_to_load"
    sys.modules.pop("slow_to_load", None)


def test_it_is_loaded_by_the_first_question_and_threads_never_see_half_of_it(slow):
    imported_later(slow)
    import slow_to_load

    assert "loaded_by" not in vars(sys.modules[slow])
    with ThreadPoolExecutor(8) as several:
        said = several.map(lambda _: slow_to_load.loaded_by, range(8))
    assert set(said) == {slow}
    assert vars(sys.modules[slow])["loaded_by"] == slow


def test_what_is_loaded_stays_as_it_is(slow):
    import slow_to_load

    imported_later(slow)
    assert sys.modules[slow] is slow_to_load


def test_what_is_done_without_cannot_be_imported_and_is_there_again_afterwards(slow):
    with done_without(slow), pytest.raises(ImportError):
        import slow_to_load
    import slow_to_load

    with done_without(slow), pytest.raises(ImportError):
        import_module(slow)
    assert sys.modules[slow] is slow_to_load


def test_what_nobody_asked_for_is_not_loaded_by_a_web_process():
    seen = """
import sys
import infusion_center.wsgi
print("fido2" in sys.modules, "requests" in sys.modules)
import requests
print(requests.__name__)
from allauth.mfa.webauthn.internal import auth
print(auth.WebAuthn.__name__, "fido2" in sys.modules)
"""
    said = subprocess.run([sys.executable, "-c", seen], capture_output=True, text=True, check=True).stdout
    assert said.split() == ["False", "False", "requests", "WebAuthn", "True"]
