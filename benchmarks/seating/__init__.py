"""How many patients are seated: invented days, the product's scheduler, and the optimum of hindsight.

model.py     centers, series booked ahead, calls of the day
replaying.py how the product answers them
squeezing.py whom it could seat by moving series visits
optimum.py   what could have been seated by somebody who knew every call (CP-SAT)

The model is that of performance.md 2: a grid of 15 minutes from 8 to 17 h, lengths, loads and a mix that are
assumptions, Poisson calls with a peak from 8 to 10 h. Nothing here needs a database.
"""
