"""What Microsoft 365 expects in DNS: derived by cloud, read from what it prints, judged, and written for whoever types.

``clouds`` derives, ``pasting`` and ``graph`` read, ``judging`` judges, ``consequences`` tells what would happen to
mail, ``renderings`` and ``hosts`` put records into the form in which people need them.
"""

from __future__ import annotations
