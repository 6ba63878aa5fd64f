"""The one loop, and what it needs: optimisers, schedules, losses, the choice of the epoch, checkpoints."""
