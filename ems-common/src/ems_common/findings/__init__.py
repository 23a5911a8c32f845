"""What is wrong with the configuration: told to people in their language, while the stages go on.

::

    texts      the English sentences, by key, with named places for values
    finding    what a finding is, how it is stored, and the error that carries one
    store      the findings of a stage in the system database
"""
