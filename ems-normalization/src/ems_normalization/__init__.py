"""Registers to hourly energy: physical meters, then virtual meters by formula.

Reads judged readings of the historical database and the configuration; writes the meters' hours into the
energy database. What to do comes from the change journal alone.

    main        settings, wiring, command line
    stage       one pass: open changes → windows → hours → journal
    registers   pure: readings of a cumulative register → energy per slot
    virtual     pure: order of virtual meters, evaluation of their formulas
    shards      pure: which meters and windows are worked on together
    store       all SQL
"""
