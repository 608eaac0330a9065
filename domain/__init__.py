"""Our rules, a package for each part of the work, and beside them what all parts speak of and the ports they need."""
