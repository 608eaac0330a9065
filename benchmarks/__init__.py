"""``make bench``: what each operation of a provisioning cycle costs, at several sizes of directory and group."""
