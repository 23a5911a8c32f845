"""Quality of raw readings: every doubtful one is judged, with its reason; none is altered or removed.

The verdict of a reading depends on a bounded neighbourhood only: the readings of its point from two days
before its (UTC) day to two days after, of analog points also on what was usual in the two weeks before. New
or late rows make exactly the days that depend on them be judged again, so the result does not depend on how
the data came or was split into passes.

Module map:
    main         command line and wiring
    settings     what can be set from the environment
    stage        one pass: journal → work → verdicts → journal of the next stage
    live         new readings in order, judged from little data
    deep         whole days, judged from all that their verdicts depend on
    work         journal rows → what must be read and judged (pure)
    past         what is remembered of points: habits from the database, kept as long as they hold
    verdicts     writes what a judgement changes
    retention    what is too old is dropped
    store        all SQL of this service

The rules themselves, their parameters and their order stand in `ems_common.quality`.
"""
