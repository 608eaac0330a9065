"""HTTP and mail out: what we ask of others, and what we tell them."""
