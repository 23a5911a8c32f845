"""The built-in controllers; see :mod:`ems_edge_control.controllers.base` for what a controller is.

`protection` and `reserve` guard the battery, `shaving` and `balancing` follow the grid meter, `frequency` and
`grid` answer the grid and its operator, `limits` sets or bounds power, `planning` and `prices` look ahead,
`routines` and `cycling` run the battery through plans of their own, `pv`, `charging`, `charge_points`,
`outputs`, `rules` and `heating` serve the other actuators, `island` separates the site from the grid.
"""
