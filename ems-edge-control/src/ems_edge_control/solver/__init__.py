"""The power solver: bounds from many authors in, one set-point for each storage unit out.

`tree` keeps the intervals, `strategies` splits the power of a group, `coupled` is the small linear
programme for bounds across phases of groups, `power` joins them for one cycle, `outcome` is what it comes to.
"""
