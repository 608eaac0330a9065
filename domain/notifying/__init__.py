"""Who is told: notices to administrators, and change events to products."""
