"""The rule engine: may these drugs be given to this patient now? Pure; driven by the rows of the rule book.

`verdicts` holds what an answer is made of; the other modules read the rows, derive facts and reckon.
"""
