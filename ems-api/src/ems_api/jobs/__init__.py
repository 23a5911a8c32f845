"""Reports that are made without a client waiting: orders, jobs, schedules, saved documents, and their mails.

An order says which report is wanted, of which period, in which form. A job is an order that is carried out
once, by whichever worker process takes it first; a schedule makes jobs; a saved document is a report made of
blocks. All of them belong to whoever made them, and what they show is what he may see at the time they run.

Module map:
    orders      what can be ordered, checked; an order as a document
    blocks      saved documents: blocks of figures, charts, tables and texts
    relative    periods such as "last month" as instants
    rhythm      when a schedule is due
    owners      who ordered, and what he may see now
    asking      a request that no client sends
    job_store, saved_store     all SQL of this package
    worker      takes jobs, carries them out, keeps their files
    scheduler   makes jobs of schedules that are due; clears away what is old
    mail        sends the outboxes' mails
    routes, served     what clients see
    main, beside       the worker process, and what keeps it running
"""
