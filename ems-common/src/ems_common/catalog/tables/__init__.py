"""The tables that do not follow from a family or a binding, one module per ground."""
