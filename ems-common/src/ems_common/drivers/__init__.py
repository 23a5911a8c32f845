"""Field protocols behind one interface; see :mod:`ems_common.drivers.base`."""
