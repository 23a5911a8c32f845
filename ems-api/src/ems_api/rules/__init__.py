"""Rules of fault detection, carried out: what they watch, what they find, and whom they tell.

A rule (`tbl_rules`) says in its expression what it watches::

    {"watch": "hours", "of": "space", "id": 1, "measure": "energy", "category": 1, "above": 6000}
    {"watch": "days", "of": "tenant", "id": 3, "measure": "cost", "above": 250}
    {"watch": "point", "id": 403, "below": 20}
    {"watch": "silence", "minutes": 30}

`hours` and `days` are sums of an entity's energy [the category's unit], cost [currency] or carbon
[kg CO2e]; without `category` of all categories. `point` is a stored analog value, `silence` a data source
that was not heard of. What goes beyond the limit, from its first slot or reading to its last, is one event,
told once; its end is entered when it is over. `users` names the accounts that are told; without it all
administrators are.

Module map:
    expression  an expression as a value, checked
    events      what a rule finds: stretches of time, from the databases
    engine      rules that are due: events become messages of users, or mails
"""
