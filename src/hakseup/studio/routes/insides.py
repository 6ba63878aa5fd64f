"""What happens inside a network."""

from __future__ import annotations

from fastapi import APIRouter

from hakseup.studio.studio import Studio


def router(studio: Studio) -> APIRouter:
    """The routes."""
    return APIRouter(prefix="/api/runs/{run}", tags=["inside"])
