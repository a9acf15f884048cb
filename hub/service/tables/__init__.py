"""Tables for people: ``sheets`` (one table as text, CSV, XLSX, JSON) drawn by ``boxes``."""
