"""The mark of an argument that is not given."""


class not_given:
    """Stands for a default that the function itself fills in; it is never made."""
