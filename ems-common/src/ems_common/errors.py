"""The error tree of the product.

::

    EmsError
    ├── BadInput       a row, register, message, formula, request or file that cannot be used
    │   ├── BadSettings    the environment does not describe a runnable service
    │   └── Unusable       says what is wrong as data (`ems_common.findings.finding`)
    ├── Unavailable    a database, device or broker does not answer now; retrying may help
    ├── Conflict       the request contradicts what is stored
    ├── Denied         the caller may not do this
    └── Missing        the thing asked for does not exist

Anything else that is raised is a bug: it is logged once with its traceback and ends the process.
"""

from __future__ import annotations

from collections.abc import Sequence


class EmsError(Exception):
    """Root of all errors that the product raises on purpose."""


class BadInput(EmsError):
    """Something given from outside cannot be used; the rest of the work goes on.

    Args:
        what: One clear sentence: what is wrong.
        where: The place: file and row, topic, register, field.
        value: The offending value, shown shortened.
        advice: What to do about it.
    """

    def __init__(self, what: str, where: str = "", value: object = None, advice: str = "") -> None:
        self.what = what
        self.where = where
        self.value = value
        self.advice = advice
        super().__init__(str(self))

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        if self.value is not None:
            shown = repr(self.value)
            text += f" (got {shown[:80]}{'…' if len(shown) > 80 else ''})"
        return f"{text}. {self.advice}" if self.advice else text


class BadSettings(BadInput):
    """The environment has faults; all of them are listed at once."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("settings are not usable:\n  " + "\n  ".join(faults))


class Unavailable(EmsError):
    """A database, device or broker does not answer now; :mod:`ems_common.retry` retries these."""


class Conflict(EmsError):
    """The request contradicts what is stored."""


class Denied(EmsError):
    """The caller may not do this."""


class Missing(EmsError):
    """The thing asked for does not exist."""
