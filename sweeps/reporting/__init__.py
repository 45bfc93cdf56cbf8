"""Reports what studies found: text, figures, and the records in a form that is committed."""
