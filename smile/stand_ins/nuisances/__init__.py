"""Makes what stands between a face and a good scan: things in front of it, and scanners with faults."""
