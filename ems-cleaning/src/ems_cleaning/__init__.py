"""Quality of raw readings."""
