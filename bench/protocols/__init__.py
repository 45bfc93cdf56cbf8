"""TABLE PROTOCOLS: which clips count and which subjects are tested in which fold; names as in the literature."""

from __future__ import annotations

from bench.protocols import across, anyone, bosphorus, bp4d, bu3dfe, bu4dfe, fourdme, manners
from bench.protocols.protocol import Protocol

PROTOCOLS: dict[str, Protocol] = {
    protocol.name: protocol
    for protocol in (
        anyone.TENFOLD,
        manners.MANNERS,
        bu3dfe.P1,
        bu3dfe.P2,
        bu3dfe.SUBSET_1,
        bu3dfe.SUBSET_2,
        bosphorus.SIXTY,
        bosphorus.ALL_SIX,
        bu4dfe.SIXTY,
        bu4dfe.EVERYONE,
        bp4d.EIGHT_TASKS,
        bp4d.ACROSS,
        across.STILLS,
        across.TO_ICT,
        across.TO_SYNTHETIC,
        fourdme.THREE_CLASSES,
        fourdme.FIVE_CLASSES,
    )
}
