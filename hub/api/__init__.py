"""The doors for programs: raw bytes in, strict decoders, statuses by ``hub.problem``."""
