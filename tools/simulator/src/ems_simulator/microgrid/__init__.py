"""The microgrid's devices in the history (`past`); their physics is in :mod:`ems_common.plant`."""
