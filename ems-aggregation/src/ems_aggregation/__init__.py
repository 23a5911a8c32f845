"""Hourly energy of meters to energy, billing and carbon of every entity.

Reads the meters' hours and the configuration; replaces the hours of entities in the energy, billing and
carbon databases. What to do comes from the change journal alone.

    main        settings, wiring, command line
    stage       one pass: open changes → work → replaced hours
    work        pure: changes → which meters and entities to recompute over which windows
    allocation  pure: rules by which owners divide what they share → shares
    graph       pure: bindings → sparse membership matrices
    faults      pure: what is wrong with the membership
    compute     pure: matrices × meter hours → energy, cost, carbon
    store       all SQL
"""
