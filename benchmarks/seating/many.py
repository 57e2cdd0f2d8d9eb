"""Many days at once, on every core. The children have nothing to do with the database."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, TypeVar

T = TypeVar("T")
TOGETHER = 6  # days a child is given at a time


def over_days(work: Callable[..., T], days: Sequence[tuple[Any, ...]]) -> Iterable[T]:
    """`work(*day)` for every day, in their order."""
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        yield from pool.map(work, *zip(*days, strict=True), chunksize=TOGETHER)
