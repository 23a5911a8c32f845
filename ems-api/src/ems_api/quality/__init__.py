"""Quality of readings: parameters of the rules, verdicts, and what a rule would say of the past."""
