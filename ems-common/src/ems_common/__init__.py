"""What every service shares.

Module map:
    catalog/      every kind of entity, table, flow and hourly family, declared once
    db/           connection pools, sessions, bulk write, columnar read, migrations' runner
    drivers/      field protocols (Modbus TCP, MQTT) behind one interface
    plant/        physics of battery, PV inverter and charging point, for simulations
    clock         the only reader of the wall clock
    daemon        arguments, schedule, signals and telemetry of a batch daemon
    errors        the error tree
    expressions   formulas as data: safe parser to NumPy
    findings/     what is wrong with the configuration: data, its English sentences, where it is stored
    journal       the change journal: who must recompute what
    log           structured logging
    periods       zones, slots and local periods, daylight saving included
    retry         the one retry helper
    settings      typed settings from EMS_* variables
    spool         bounded disk queue for readings while the database is away
    tariffs       time-of-use tariffs → price of every slot
    telemetry     metrics and health over HTTP
"""
