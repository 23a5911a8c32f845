"""The one error of the supervisor that is meant for a person's eyes."""


class SiteError(Exception):
    """The site cannot start or go on; the message says what is wrong and what to do."""
