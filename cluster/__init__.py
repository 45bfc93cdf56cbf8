"""Writes the files that start this project on AWS, a lab's machines, Kubernetes, SLURM and Docker, from one source."""
