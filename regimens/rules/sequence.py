"""Steps in line: what people say about when each begins, and the positions that chair time reckons with.

A step waits for the one before it, or begins alongside it (waits for what that one waits for), or begins at
the start. So a place in the line has its words, and whoever takes the place takes them over.
"""

from collections.abc import Mapping, Sequence

from regimens.states import Starts

PLACE = ("starts", "gap_minutes")  # what belongs to the place in the line and not to the drug


def waits(starts: Sequence[str]) -> list[tuple[int, ...]]:
    """`start_after` of positions 1, 2, 3 ... The first waits for nothing, whatever is said of it."""
    found: list[tuple[int, ...]] = []
    for position, word in enumerate(starts, start=1):
        if position == 1 or word == Starts.FIRST:
            found.append(())
        else:
            found.append((position - 1,) if word == Starts.AFTER else found[-1])
    return found


def words(placed: Sequence[tuple[int, Sequence[int]]]) -> list[Starts]:
    """The way back, from (position, start_after). A step that waits for several waits for the one before."""
    found: list[Starts] = []
    for index, (_, after) in enumerate(placed):
        before, waited = placed[index - 1] if index else (0, ())
        if index == 0 or before in after:
            found.append(Starts.AFTER)
        elif set(after) == set(waited):
            found.append(Starts.ALONGSIDE)
        else:
            found.append(Starts.AFTER if after else Starts.FIRST)
    return found


def removed(rows: Sequence[Mapping[str, str]], index: int) -> list[dict[str, str]]:
    """Without one row. The next takes over its beginning: nobody waits for what nobody waited for before."""
    if not 0 <= index < len(rows):
        return [dict(row) for row in rows]
    left = [dict(row) for row in rows]
    gone = left.pop(index)
    if index < len(left):
        left[index]["starts"] = gone["starts"]
    return left


def moved(rows: Sequence[Mapping[str, str]], index: int, by: int) -> list[dict[str, str]]:
    """One row up (-1) or down (+1); the line keeps its shape, only the drugs change places."""
    left, other = [dict(row) for row in rows], index + by
    if 0 <= index < len(rows) and 0 <= other < len(rows):
        left[index], left[other] = left[other], left[index]
        for place in PLACE:
            left[index][place], left[other][place] = left[other][place], left[index][place]
    return left
