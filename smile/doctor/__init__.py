"""Looks at this machine, a cluster and a data set before hours of work, and says what to mend."""
