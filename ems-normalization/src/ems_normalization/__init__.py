"""Registers to hourly energy: physical meters, virtual meters by formula, offline meters by uploaded files.

Reads judged readings of the historical database and the configuration; writes the meters' hours into the
energy database. What to do comes from the change journal alone.

    main        settings, wiring, command line
    stage       one pass: open changes → windows → hours → journal
    sources     pure: which point carries a meter's energy, and its unit
    registers   pure: readings of a cumulative register → energy per slot
    power       pure: readings of power → energy per slot, for meters without register
    virtual     pure: order of virtual meters, evaluation of their formulas
    shards      pure: which meters and windows are worked on together
    store       all SQL of these
    told        faults of the configuration are stored, and logged once

    files       uploaded files: offline meters' workbooks → hours, data repair files → readings, with undo
    workbook    bounded reading of a workbook from outside
    cells       pure: what a cell says
    offline     pure: a month's rows → days → slots
    profiles    pure: shape of a day
    repair      pure: rows → readings of one point; how to take a repair back
    report      what was found in a file, for its uploader
    store_files SQL of uploaded files

    virtual_points readings of virtual points, from new and corrected readings of their inputs
    points      pure: formulas of virtual points, their order and values
    store_points SQL of virtual points
"""
