"""What stands in the benchmarks' database. Everything is drawn from one fixed seed; every person is invented.

names.py    given and family names, common and rare, with and without accents
people.py   200,000 patients with phones
center.py   one site, 12 chairs, four nurses, the staff who ask
days.py     plans of a day: who sits where, when
visits.py   the days of the history and of the races, by COPY
copying.py  COPY
"""

SEED = 20260427
