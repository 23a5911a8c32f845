"""Files made from the code are in step with it."""

from ems_site import generated, lock


def test_env_example_and_settings_table_are_in_step():
    assert generated.faults() == []


def test_no_two_services_declare_a_variable_differently():
    assert generated.contradictions() == []


def test_every_declared_dependency_is_in_the_lock():
    assert lock.faults() == []


def test_the_lock_names_no_index():
    text = lock.LOCK.read_text()
    assert "://" not in text
    assert "--index" not in text
    assert str(lock.ROOT) not in text
