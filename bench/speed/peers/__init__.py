"""Holds what a user would write without this project, to time it beside ours."""
