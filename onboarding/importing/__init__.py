"""Bringing many domains in: read (reading), understood (columns), judged (judging), put on their way (confirming)."""
