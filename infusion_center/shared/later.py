"""Modules that are imported when somebody asks them for something, not when a process starts."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from threading import RLock
from types import ModuleType
from typing import Any


class Later(ModuleType):
    """Stands where the module will be; whoever got hold of it is handed on to the real one.

    Of the standard library's LazyLoader a second thread may see a module half loaded.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._loading = RLock()  # what is loaded may look for itself
        self._real: ModuleType | None = None

    def __getattr__(self, name: str) -> Any:
        with self._loading:
            if self._real is None:
                sys.modules.pop(self.__name__, None)
                self._real = import_module(self.__name__)
        return getattr(self._real, name)


def imported_later(name: str) -> None:
    """From now on. Nothing happens where it has been imported already."""
    sys.modules.setdefault(name, Later(name))


@contextmanager
def done_without(name: str) -> Iterator[None]:
    """Inside, this module is not installed: for a library that would load it only because it is there."""
    there = sys.modules.pop(name, None)
    sys.modules[name] = None  # type: ignore[assignment]  # Python's own way to say so
    try:
        yield
    finally:
        del sys.modules[name]
        if there is not None:
            sys.modules[name] = there
