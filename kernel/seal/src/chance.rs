//! Chance from the operating system.

/// Fills `bytes`. A machine without chance cannot keep a secret, so the process stops there rather
/// than go on with guessable keys and repeated nonces.
pub(crate) fn fill(bytes: &mut [u8]) {
    if getrandom::fill(bytes).is_err() {
        std::process::abort();
    }
}

/// `N` bytes of chance.
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0u8; N];
    fill(&mut bytes);
    bytes
}
