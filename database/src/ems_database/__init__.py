"""Schema, migrations, reference rows and the demo site of the thirteen databases."""
