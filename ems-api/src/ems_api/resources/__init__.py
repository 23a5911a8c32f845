"""The configuration resources: declared in `table/`, interpreted by one engine.

declare     the words in which a resource is declared
values      one member of a body: read, checked, shown
reading     SELECT and rows → JSON from a declaration
checks      uniqueness, references, relations
writing     create, update, delete, with journal and parts
exchange    clone, export, import
bindings    members of an owner
routes      declarations → routes
table/      the declarations, a module per family
"""
