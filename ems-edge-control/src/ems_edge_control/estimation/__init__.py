"""State of charge and health of a battery from current, voltage and temperature, with their uncertainty.

Current is positive when discharging. `cell` says what is known of the battery, `coulomb` counts ampere-hours,
`kalman` is the extended Kalman filter, `ageing` sums up the state of health.
"""

from ems_edge_control.estimation.ageing import AgeingModel, Health
from ems_edge_control.estimation.cell import CHEMISTRIES, MEASURED_CURVE_V, CellModel, Chemistry, Estimate
from ems_edge_control.estimation.coulomb import CoulombCounter
from ems_edge_control.estimation.kalman import KalmanEstimator

__all__ = [
    "CHEMISTRIES",
    "MEASURED_CURVE_V",
    "AgeingModel",
    "CellModel",
    "Chemistry",
    "CoulombCounter",
    "Estimate",
    "Health",
    "KalmanEstimator",
]
