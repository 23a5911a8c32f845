"""Orders to edge-control: set-points for a time, schedules, and changes of its controllers."""
