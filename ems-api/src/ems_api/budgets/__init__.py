"""How far budgets are used and where that leads.

- ``course.py``: the arithmetic, day by day; knows no database.
- ``routes.py``: ``/v1/budgets/use`` and ``/v1/budgets/{id}/use``.
"""
