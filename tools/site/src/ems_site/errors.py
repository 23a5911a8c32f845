"""How a start can end early."""


class SiteError(Exception):
    """The site cannot start or go on; the message says what is wrong and what to do."""


class Stopped(Exception):
    """Somebody asked the supervisor to stop while it was starting."""
