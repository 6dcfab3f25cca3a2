"""The words of the field: frozen values, wire format, identifiers, canonical JSON, histories, ports.

No clock, no disk, no socket, and nothing of ours is imported from here outward.
"""
