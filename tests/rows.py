"""Facts of clips, column by column, as tests like to write them."""

from smile.data.face import Facts


def facts(ids, subjects, labels=None, attributes=None):
    """A tuple of Facts; a label may be one word, or a tuple of several."""
    labels = labels or [()] * len(ids)
    named = [(one,) if isinstance(one, str) else tuple(one) for one in labels]
    known = attributes or [{}] * len(ids)
    return tuple(Facts(*row) for row in zip(ids, subjects, named, known, strict=True))
