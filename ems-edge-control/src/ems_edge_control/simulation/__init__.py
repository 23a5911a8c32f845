"""`simulate`: a whole site on a virtual clock, for commissioning, teaching and comparing strategies in money.

The engine is the one that runs in the loop, and battery, PV inverters and charging points are those of
:mod:`ems_common.plant`, which the demo's plant shows over Modbus TCP. How to write a scenario:
``docs/simulation.md``.

Module map:
    sections    what a scenario file may say, and what is wrong with it
    scenario    the file read, with what it refers to
    variants    controllers of each variant: listed, taken from a site file, or derived from another variant
    measured    measured or forecast series from CSV files
    sources     load, sun and mains frequency over time
    prices      the tariff as prices of quarter hours
    plant       the devices, stepped together
    engine      one variant, cycle by cycle
    ledger      energy, peaks and money of a variant
    table       the comparison as text and CSV
    plot        and as a picture
"""

from ems_edge_control.simulation.engine import Simulation, run
from ems_edge_control.simulation.ledger import Outcome
from ems_edge_control.simulation.scenario import Scenario, load, read

__all__ = ["Outcome", "Scenario", "Simulation", "load", "read", "run"]
