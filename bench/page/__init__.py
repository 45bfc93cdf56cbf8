"""Makes one page of all results in a folder: a browser opens it from disk, and it asks no network for anything."""
