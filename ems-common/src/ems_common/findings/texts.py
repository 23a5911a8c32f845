"""What is said of the configuration: key → English sentence with named places for values.

Those who show a finding in another language have a text for each key, with the same places.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

TEXTS: Final[Mapping[str, str]] = {
    # What is wrong with a formula.
    "too_long": "the formula is longer than {limit} characters",
    "empty": "the formula is empty",
    "unreadable": "the formula does not parse (got '{text}')",
    "unreadable_at": "the formula does not parse, near character {place} (got '{text}')",
    "many_parts": "the formula has more than {limit} parts",
    "deep": "the formula is nested deeper than {limit}",
    "pairs": "a piecewise formula is made of pairs (got '{text}')",
    "not_allowed": "this is not allowed in a formula (got '{text}')",
    "only_numbers": "only numbers are allowed in a formula (got {text})",
    "large_number": "the number is too large (got {text})",
    "unknown_variable": "the formula names an unknown variable (got '{name}')",
    "operator": "this operator is not allowed in a formula (got '{text}')",
    "comparison": "this comparison is not allowed in a formula (got '{text}')",
    "unknown_function": "the formula calls an unknown function (got '{text}')",
    "arguments": "{name} takes {least} to {most} values (got '{text}')",
    "itself": "its formula depends on itself, through {through}",
    # What is wrong with the declaration of a virtual point.
    "no_object": "the address is no JSON object (got '{text}')",
    "no_expression": "the address has no expression and substitutions (got '{text}')",
    "number_of_inputs": "a formula reads 1 to {most} points (got {number})",
    "variable_name": "this is no usable variable (got '{name}')",
    "no_id": "a variable stands for a point's id (got {text})",
    "not_virtual": "such a point cannot be virtual (got {type})",
    "no_point": "variable {name} stands for a point that does not exist (got {id})",
    "no_numbers": "variable {name} stands for a point without numbers: {point}, {type}",
    # What is doubtful about the unit of a meter.
    "unknown_unit": "unknown unit of measure (got '{unit}')",
    "other_dimension": "{first} is {measures}, {second} is {other}",
    "over_time": "{power} over time does not make {energy}",
    "several_powers": "of several powers that of {point} counts, not {others}",
    # What is wrong with the membership.
    "no_rest": "fixed shares leave nothing to those who divide it: {owners}",
    "several_rules": "it is divided by several rules at once: {rules}",
    "no_weight": "it is divided by {rule}, but no owner has any",
    "tree_circle": "the tree runs in a circle",
    "tree_deep": "what hangs below it is more than {most} levels deep",
    "double_count": "counts {meter} {times} times, through {ways}",
    # Why a point was not set as ordered.
    "set_late": "the order waited {age} s, and {most} s is the most",
    "set_late_away": "the order waited {age} s for a device that does not answer, and {most} s is the most",
    "set_limits": "the value is outside the limits of the point, {low} to {high}",
    "set_type": "such a point cannot be set (got {type})",
    "set_whole": "a digital value is a whole number",
    "set_computed": "the point is computed, so there is nothing to set",
    "set_ratio": "the ratio of the point is 0",
    "set_protocol": "no driver sets points over {protocol}",
    "set_address": "the address of the point cannot be written: {text}",
    "set_controlled": "the control loop sets it: {name}",
    "set_device": "the device refuses it: {text}",
    "set_no_answer": "the device did not answer, it is not known whether it has taken the value: {text}",
    "set_cut_off": "the service ended meanwhile, it is not known whether the device has taken the value",
    # What to do about it.
    "split": "Split it into two.",
    "write_formula": "Write one, such as x1 + x2.",
    "known": "Known: {names}.",
    "no_variables": "No variable is declared.",
    "break_meters": "Break the circle of virtual meters.",
    "break_points": "Break the circle of virtual points.",
    "address": "Write {form}.",
    "name_variable": "Use letters, digits and underscores, and each name once; letter case does not count.",
    "change_type": "Make it one of {types}.",
    "bind_total": "Bind only the point of its total power, or one with a register.",
    "one_dimension": "Give the point and the energy category units of one kind.",
    "lower_shares": "Lower the fixed shares, or give all owners the same rule.",
    "one_rule": "Until all owners have one rule it is divided evenly.",
    "enter_weights": "Enter the {rule} of its owners; until then it is divided evenly.",
    "other_parent": "Give one of them another parent.",
    "unbind": "Remove one of the bindings, or set it not to be counted.",
}
"""Key → sentence. What is wrong continues the name of the place; what to do is a sentence of its own."""
WORDS: Final[Mapping[str, str]] = {
    "own_binding": "its own binding",
    "area": "area",
    "headcount": "headcount",
    "consumption": "consumption",
    "energy": "energy",
    "power": "power",
    "volume": "volume",
    "normal_volume": "normal volume",
    "standard_volume": "standard volume",
    "mass": "mass",
    "reactive_energy": "reactive energy",
    "apparent_energy": "apparent energy",
    "ANALOG_VALUE": "analog value",
    "ENERGY_VALUE": "energy value",
    "DIGITAL_VALUE": "digital value",
    "TEXT_VALUE": "text value",
}
"""Words that are values of a sentence and differ from language to language."""
