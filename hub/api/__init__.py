"""The phones' door: raw bytes in, strict decoders, statuses by ``hub.problem``."""
