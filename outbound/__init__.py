"""HTTP and mail out: whom Rollcall calls."""
