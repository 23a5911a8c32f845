"""Schema, migrations, reference rows and the demo site of the thirteen databases.

main         command line: migrate, check, ddl, demo
migrate      creates databases and applies the migrations they lack
migrations/  frozen SQL, one folder per kind of database
partitions   months of the raw tables: made ahead, dropped by retention
reference    rows that every installation has
demo/        the demo organisation
"""
