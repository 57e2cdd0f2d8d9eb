"""A third truth: not known. It is neither yes nor no, and it remembers what would have to be known."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Unknown:
    """`names`: the facts that are missing. Never true, never false: asking it that is a mistake of ours."""

    names: frozenset[str]

    def __bool__(self) -> bool:
        raise TypeError("Not known is neither yes nor no.")


Truth = bool | Unknown


def missing(*names: str) -> Unknown:
    return Unknown(frozenset(names))


def both(truths: Iterable[Truth]) -> Truth:
    """All of them: one no decides, else what is not known stays not known."""
    return _decided(truths, by=False)


def either(truths: Iterable[Truth]) -> Truth:
    """Any of them: one yes decides, else what is not known stays not known."""
    return _decided(truths, by=True)


def negated(truth: Truth) -> Truth:
    return truth if isinstance(truth, Unknown) else not truth


def is_true(truth: Truth) -> bool:
    return truth is True


def names_in(values: Iterable[Any]) -> frozenset[str]:
    return frozenset().union(*(value.names for value in values if isinstance(value, Unknown)))


def _decided(truths: Iterable[Truth], *, by: bool) -> Truth:
    open_ones: list[Unknown] = []
    for truth in truths:
        if isinstance(truth, Unknown):
            open_ones.append(truth)
        elif truth is by:
            return by
    return Unknown(names_in(open_ones)) if open_ones else not by
