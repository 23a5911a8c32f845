"""Quality of readings: the rules that doubt them, as pure functions over arrays.

Cleaning judges with them, and the API shows what a rule would say of the past before it is switched on.

Module map:
    series       readings of one point as arrays
    parameters   the rules' parameters: defaults by kind of point, overrides by kind or point
    rules        the rules: `common`, `analog`, `registers`, `standstills`; `habit`: what is usual for a point
    judge        all rules in their order; whether new readings are unsuspicious
    site         configuration rows → points
"""
