//! Chance from the operating system.

use zeroize::Zeroizing;

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

/// `N` bytes of chance that are wiped when they are let go.
pub(crate) fn secret<const N: usize>() -> Zeroizing<[u8; N]> {
    let mut bytes = Zeroizing::new([0u8; N]);
    fill(bytes.as_mut_slice());
    bytes
}

/// 32 bytes of chance, from which others are derived.
pub fn seed() -> [u8; 32] {
    bytes()
}
