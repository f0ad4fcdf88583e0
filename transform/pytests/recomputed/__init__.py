"""The marts again, from the raw tables, in plain Python.

One function per definition of METRICS, written without looking at the models, so
that a mistake of theirs is not repeated here.
"""
