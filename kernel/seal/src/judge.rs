//! A second opinion for tests: the `openssl` command, where it is installed.
