"""What a user would write without this project, to be timed beside it."""
