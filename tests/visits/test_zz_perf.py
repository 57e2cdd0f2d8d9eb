import cProfile
import pstats
import statistics as st
import time as T

import pytest
from django.urls import reverse

from tests.clock import *
from tests.people import signed_in
from tests.visits.test_board_pages import crowd
from visits.selectors.availability import offers


@pytest.mark.parametrize("count",[60,300])
def test_perf(site, chairs, nurses, felix, count, time_machine):
    crowd(site, count, felix)
    time_machine.move_to(EIGHT, tick=True)
    c=signed_in(felix)
    def m(f,n=40):
        f(); r=[]
        for _ in range(n):
            t=T.process_time(); f(); r.append((T.process_time()-t)*1000)
        r.sort(); return f"CPU min {r[0]:.1f} p50 {st.median(r):.1f} p95 {r[int(n*.95)-1]:.1f}"
    print(count,"board", m(lambda: c.get(reverse("visits:board"))))
    print(count,"offers", m(lambda: offers(site=site, day=FRIDAY, minutes=90, load=3, chair_kind="recliner", at=EIGHT)))
    print(count,"api today", m(lambda: c.get("/api/v1/today")))
    print(count,"offers http", m(lambda: c.post("/api/v1/availability",{"day":"2026-11-20","minutes":90,"load":3},content_type="application/json")))
    for f in ():
        pr=cProfile.Profile(); pr.enable()
        for _ in range(10): f()
        pr.disable(); pstats.Stats(pr).sort_stats("tottime").print_stats(16)
        pstats.Stats(pr).sort_stats("cumtime").print_stats(40)
