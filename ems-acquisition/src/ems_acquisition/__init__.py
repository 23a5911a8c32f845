"""Data sources → historical database and its live values.

Every supported data source of this gateway is polled or listened to by a task of its own. Readings are
converted, checked and put into the historical database in batches, at most half a second after they came;
while the database is away they wait on disk, in order.

Module map:
    main        command line, settings, wiring
    settings    what can be set from the environment
    site        configuration rows → sources and points (pure)
    convert     raw reading → stored value or reason of refusal (pure)
    batch       the rows of a batch as bytes on disk (pure)
    intake      readings of one source → rows: conversion, storage interval, lateness
    writer      the thread that commits batches, or spools them
    store       the SQL of this service that is its own
    source      the task of one data source
    set_values  orders to set a point: what may be carried out, and with which value (pure)
    setter      carries them out over the connections of the sources
    store_sets  their SQL
    service     starts, restarts and stops the tasks as the configuration says
    history     history files: parsing and checking (pure)
    importer    history files → the same ingest function, in bulk
    metrics     what is measured

Rows, their columns, the one ingest function and the live channel are shared with the API:
`ems_common.readings`, `ems_common.ingest`, `ems_common.live_feed`.
"""
