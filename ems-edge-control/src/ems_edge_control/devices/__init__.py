"""Devices: register maps over the drivers, each device in its own tasks of the I/O thread.

`device` is one device, `io` the thread that runs them all and watches the loop.
"""
