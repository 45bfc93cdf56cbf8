"""Checks what would invalidate a result: tested subjects that were seen before, and labels inside captions."""
