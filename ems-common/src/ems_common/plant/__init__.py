"""Physics of the devices of a site: battery, PV inverter, charging point, and the cars that come.

One model of each device for all: the demo's plant shows these over Modbus TCP, the simulation of edge control
runs them on a virtual clock.

Module map: `battery`, `pv`, `charger` (one device each, stepped in time), `sessions` (which cars come when),
`draws` (chance by key).

PV production positive, battery discharge positive, charging of cars positive. Every step integrates power by
the trapezoidal rule, so energy is the integral of the power that is shown, which is linear between two steps.
"""
