"""The marks of what is not there: an argument that is not given, an attribute that an object does not have."""


class not_given:
    """Stands for a default that the function itself fills in; it is never made."""


class no_value:
    """Stands for an attribute that a constructor has not stored; it is never made."""
