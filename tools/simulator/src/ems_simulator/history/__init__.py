"""The plant's past: a year of readings with the faults of real sites, and the truth about it.

Module map: `window` (quarter hours and their instants), `energy` (what every meter counted, before its
register), `index` (what its register showed: exchange, reset, rollover, resolution), `faults` (what became
of the readings on their way), `csvfile` (writing them fast), `truth` (what must come out), `writer` (all of
it, in order).
"""
