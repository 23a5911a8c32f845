"""Report functions: each takes what is asked for and returns one value.

sums        a quantity by category or item: energy, cost, carbon, income, output, prediction
differences baseline or plan against what was
load        average and maximum power
statistics  mean, median, extremes, deviation of the buckets
efficiency  output per input
"""
