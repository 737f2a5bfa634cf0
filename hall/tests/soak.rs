//! Long runs under load: `make soak`. Not part of `make test`.

fn main() {}
