"""The doctor: what this machine and its network lack for building, booting and serving, each with its remedy."""
