"""A plant that replays real metered buildings over Modbus TCP and MQTT.

main          command line: run, history
declaration   plant.yaml as frozen dataclasses; registers: values to 16-bit registers
series, calendars, profiles, curve, loads
              measured series, moved onto the present, as smooth power and exact energy
microgrid/    PV inverter, battery and car charger in the past; their physics is in ems_common.plant
plant         everything at an instant, advanced together; state: its memory on disk
devices       what each device shows and takes; modbus, mqtt: over which wire
control, admin, live
              the control page, and the running whole
history/      a year of readings with faults, and the truth about it
"""
