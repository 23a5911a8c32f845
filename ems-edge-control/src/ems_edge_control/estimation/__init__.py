"""State of charge and health of a battery from current, voltage and temperature, with their uncertainty.

Current is positive when discharging. `cell` says what is known of the battery, `coulomb` counts ampere-hours,
`kalman` is the extended Kalman filter, `resistance` learns the series resistance for it, `ageing` sums up the
state of health.
"""

from ems_edge_control.estimation.ageing import AgeingModel, Health
from ems_edge_control.estimation.cell import CHEMISTRIES, CellModel, Chemistry, Estimate
from ems_edge_control.estimation.coulomb import CoulombCounter
from ems_edge_control.estimation.kalman import LONGEST_JUMP_S, KalmanEstimator
from ems_edge_control.estimation.resistance import ResistanceEstimator

__all__ = [
    "CHEMISTRIES",
    "LONGEST_JUMP_S",
    "AgeingModel",
    "CellModel",
    "Chemistry",
    "CoulombCounter",
    "Estimate",
    "Health",
    "KalmanEstimator",
    "ResistanceEstimator",
]
