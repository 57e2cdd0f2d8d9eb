"""How fast, how steady, how much: `python -m benchmarks`. docs/benchmarks.md says how to read it.

ground.py    the servers in force, and a database of our own in them
seed/        what stands in that database: invented people, a center, three years of visits
rows/        one module per question, each with `measure(bench)`
web.py       the web server as `make run` starts it, and browsers that are signed in
limits.py    what PostgreSQL alone needs for the same work
figures.py   percentiles, ratios, goals: arithmetic, no clock
timing.py    the clock
report.py    on the screen and in results/
"""
