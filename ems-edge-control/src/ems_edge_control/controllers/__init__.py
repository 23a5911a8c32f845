"""The built-in controllers; see :mod:`ems_edge_control.controllers.base` for what a controller is.

`shaving` and `balancing` follow the grid meter, `fixed` and `limits` set or bound the battery, `reserve`
protects its
charge, `grid` obeys frequency, voltage and the grid operator, `routines` run it through cycles, `pv`,
`charging`,
`charge_points`, `outputs` and `heating` serve the other actuators, `island` separates the site from the grid.
"""
