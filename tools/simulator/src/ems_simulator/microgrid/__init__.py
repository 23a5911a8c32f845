"""Physics of the microgrid: PV inverter, battery, EV charger, grid connection.

Module map: `battery`, `pv`, `charger` (one device each, stepped in time), `sessions` (which cars come when),
`past` (the same devices in the history, in quarter hours).

Signs follow the register maps of ``plant.yaml``: PV production positive, battery discharge positive,
charging of cars positive, grid import positive. Every step integrates power by the trapezoidal rule, so
energy is the integral of the power that is shown, which is linear between two steps.
"""
