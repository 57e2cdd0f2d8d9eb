"""`explain day` against a checker of its own: minute by minute, without the product's arithmetic."""

import json
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infusion_center.contracts import explain

DAYS = json.loads((Path(__file__).parent / "cases" / "day.json").read_text(encoding="utf-8"))
DAY = DAYS[0] | {"booked": [], "calls": []}
CALL = {"id": "c", "called": 455, "earliest": 500, "latest_end": 1020, "minutes": 90, "load": 1}
NURSE = {"from": 480, "to": 1020, "away": []}


def answer(case):
    answers, all_read = explain("day", [case])
    assert all_read, answers
    return answers[0]


class Minutes:
    """What is taken and what there is on each minute, counted one by one."""

    def __init__(self, case):
        self.case, self.rules = case, case["rules"]
        self.chairs, self.load, self.starting = defaultdict(int), defaultdict(int), defaultdict(int)

    def nurses(self, minute):
        return sum(
            nurse["from"] <= minute < nurse["to"]
            and not any(start <= minute < until for start, until in nurse["away"])
            for nurse in self.case["nurses"]
        )

    def put(self, start, visit):
        for minute in range(start, start + visit["minutes"] + self.rules["turnover_min"]):
            self.chairs[minute] += 1
        for minute in range(start, start + visit["minutes"]):
            self.load[minute] += visit["load"]
        for minute in range(start, start + self.rules["start_occupies_nurse_min"]):
            self.starting[minute] += 1

    def fits(self, start, call):
        """Whether one more visit may start here."""
        rules, end = self.rules, start + call["minutes"]
        if start < max(self.case["open"], call["earliest"], call["called"]):
            return False
        if end > min(self.case["close"], call["latest_end"]):
            return False
        return (
            all(self.chairs[m] < self.case["chairs"] for m in range(start, end + rules["turnover_min"]))
            and all(
                self.nurses(m) and self.load[m] + call["load"] <= rules["nurse_load"] * self.nurses(m)
                for m in range(start, end)
            )
            and all(
                self.starting[m] < self.nurses(m)
                for m in range(start, start + rules["start_occupies_nurse_min"])
            )
        )


def check(case, said):
    """Everybody is answered once, every start was possible when it was told, nobody was refused in vain."""
    calls = {call["id"]: call for call in case["calls"]}
    starts = {one["id"]: one["start"] for one in said["seated"]}
    assert sorted([*starts, *said["refused"]]) == sorted(calls)
    there = Minutes(case)
    for booked in case["booked"]:
        there.put(booked["start"], booked)
    for call in sorted(case["calls"], key=lambda call: call["called"]):
        if call["id"] in starts:
            assert there.fits(starts[call["id"]], call), f"{call['id']} does not fit"
            there.put(starts[call["id"]], call)
        else:
            vain = [start for start in range(case["open"], case["close"]) if there.fits(start, call)]
            assert vain == [], f"{call['id']} was refused"
    check_chairs(case, said)


def check_chairs(case, said):
    """Booked starts have not moved; two visits are never in one chair, turnover included."""
    assert [(one["id"], one["start"]) for one in said["booked"]] == [
        (one["id"], one["start"]) for one in case["booked"]
    ]
    minutes = {one["id"]: one["minutes"] for one in [*case["booked"], *case["calls"]]}
    taken = set()
    for one in [*said["booked"], *said["seated"]]:
        assert one["chair"] in range(1, case["chairs"] + 1)
        until = one["start"] + minutes[one["id"]] + case["rules"]["turnover_min"]
        held = {(one["chair"], minute) for minute in range(one["start"], until)}
        assert not held & taken
        taken |= held


def chairs_of(said):
    return {(one["id"], one["start"], one["chair"]) for one in [*said["booked"], *said["seated"]]}


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in DAYS])
def test_a_worked_day_is_possible_and_refuses_nobody_who_fits(case):
    check(case, answer(case))


def test_every_center_seats_at_least_what_earliest_fit_does_at_every_load():
    seated, known = defaultdict(int), defaultdict(int)
    for case in DAYS:
        pairing = case["id"].rsplit("-", 1)[0]
        seated[pairing] += len(answer(case)["seated"])
        known[pairing] += case["expect"]["earliest_fit"]
    assert len(known) == 8
    assert {pairing: seated[pairing] for pairing in known if seated[pairing] < known[pairing]} == {}


def spans(earliest, latest):
    return st.tuples(st.integers(earliest, latest), st.integers(earliest, latest)).map(sorted)


@st.composite
def days(draw):
    """Days like those, and stranger ones: nobody there, no chairs, absences that overlap, odd minutes."""
    begin = draw(st.integers(0, 600))
    close = draw(st.integers(begin, 1200))
    nurse = st.fixed_dictionaries(
        {"away": st.lists(spans(0, 1300), max_size=3), "span": spans(max(0, begin - 60), 1300)}
    )
    nurses = [
        {"from": one["span"][0], "to": one["span"][1], "away": one["away"]}
        for one in draw(st.lists(nurse, max_size=4))
    ]
    visit = {"minutes": st.integers(5, 300), "load": st.integers(1, 4)}
    booked = draw(st.lists(st.fixed_dictionaries({**visit, "start": st.integers(begin, close)}), max_size=4))
    call = st.fixed_dictionaries(
        {
            **visit,
            "called": st.integers(0, 1300) | st.floats(0, 1300),
            "earliest": st.integers(0, 1300),
            "latest_end": st.integers(0, 1300),
        }
    )
    calls = draw(st.lists(call, max_size=12))
    overlap = max((_there(booked, one["start"]) for one in booked), default=0)
    return {
        "id": "any",
        "open": begin,
        "close": close,
        "chairs": draw(st.integers(overlap, overlap + 3)),
        "nurses": nurses,
        "rules": {"turnover_min": 15, "start_occupies_nurse_min": 15, "nurse_load": 4},
        "booked": [{"id": f"b{n}", **one} for n, one in enumerate(booked)],
        "calls": [{"id": f"c{n}", **one} for n, one in enumerate(calls)],
    }


def _there(booked, minute):
    return sum(one["start"] <= minute < one["start"] + one["minutes"] + 15 for one in booked)


@given(days())
@settings(max_examples=150, deadline=None)
def test_so_is_any_other_day(case):
    check(case, answer(case))


class TestWhatIsPromised:
    def seated(self, *calls, **facts):
        return answer(DAY | {"calls": [CALL | call for call in calls]} | facts)["seated"]

    def test_the_earliest_start_is_on_five_minutes_where_one_is(self):
        assert self.seated({"earliest": 501})[0]["start"] == 505

    def test_and_on_the_minute_where_no_other_is(self):
        assert self.seated({"earliest": 501, "latest_end": 594})[0]["start"] == 501

    def test_nobody_starts_before_the_call(self):
        assert self.seated({"called": 599.2, "earliest": 500})[0]["start"] == 600

    def test_calls_are_answered_as_they_come_however_they_are_written_down(self):
        late, early = {"id": "late", "called": 460}, {"id": "early", "called": 450}
        assert [one["id"] for one in self.seated(late, early, nurses=[NURSE])] == ["early", "late"]

    def test_overlapping_absences_of_one_nurse_count_once(self):
        away = [[600, 700], [650, 720], [900, 1100]]
        two = [NURSE, {**NURSE, "away": away}]
        assert self.seated({"earliest": 660, "load": 4, "latest_end": 750}, nurses=two)[0]["start"] == 660

    @pytest.mark.parametrize("case", DAYS[40:96:8], ids=lambda case: case["id"])
    def test_who_has_come_keeps_the_chair_whoever_calls_later(self, case):
        calls, final = case["calls"], chairs_of(answer(case))
        for n, call in enumerate(calls):
            then = chairs_of(answer(case | {"calls": calls[:n]}))
            came = {one for one in then if one[1] <= call["called"]}
            assert came <= final

    def test_a_list_booked_beyond_the_chairs_is_shown_as_such_and_counted(self):
        booked = [{"id": f"b{n}", "start": 480, "minutes": 60, "load": 1} for n in range(2)]
        said = answer(DAY | {"chairs": 1, "booked": booked, "calls": [CALL | {"earliest": 480}]})
        assert [one["chair"] for one in said["booked"]] == [1, None]
        assert said["seated"] == [{"id": "c", "start": 555, "chair": 1}]

    def test_a_day_without_calls_is_answered(self):
        said = answer(DAY)
        assert (said["seated"], said["refused"], said["ms"]) == ([], [], {"p50": 0, "max": 0})

    def test_remarks_inside_a_case_are_ignored(self):
        assert self.seated({"note": "twice"}) == self.seated({})


@pytest.mark.parametrize(
    ("facts", "about"),
    [
        ({"chair": 3}, "chair: unknown key"),
        ({"chairs": -1}, "chairs"),
        ({"open": 1021}, "close: before open"),
        ({"open": "08:00"}, "open"),
        ({"nurses": [{"from": 480, "until": 1020}]}, "until: unknown key"),
        ({"nurses": [{"from": 480, "to": 400, "away": []}]}, "ends before it begins"),
        ({"nurses": [{**NURSE, "away": [[700, 600]]}]}, "ends before it begins"),
        ({"nurses": [{**NURSE, "away": [[700]]}]}, "away"),
        ({"rules": {"turnover_min": 15}}, "rules"),
        ({"calls": [CALL, CALL]}, "same id"),
        ({"calls": [CALL | {"minutes": 0}]}, "calls.0.minutes"),
        ({"calls": [CALL | {"called": "7:35"}]}, "calls.0.called"),
        ({"calls": [CALL | {"latest": 9}]}, "latest: unknown key"),
        ({"booked": [{"id": "b", "start": 480.5, "minutes": 60, "load": 1}]}, "booked.0.start"),
    ],
)
def test_a_day_that_cannot_be_read_names_what_is_wrong(facts, about):
    answers, all_read = explain("day", [DAY | facts])
    assert not all_read
    assert about in answers[0]["error"]
