//! SM3 and HMAC-SM3.

use hmac::digest::common::Key;
use hmac::{Hmac, KeyInit, Mac};
use sm3::{Digest, Sm3};
use zeroize::Zeroize;

/// The SM3 digest of the parts, one after another (GB/T 32905). The parts are not told apart: a
/// caller whose parts vary in length says their lengths itself.
pub fn sm3(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Hasher::default();
    for part in parts {
        hasher.update(part);
    }
    hasher.finish()
}

/// HMAC-SM3 (RFC 2104) of the parts, one after another, under a key of any length.
pub fn hmac_sm3(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = hmac_key(key);
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// SM3 over bytes that come bit by bit, as a file does.
#[derive(Clone, Default)]
pub struct Hasher(Sm3);

impl Hasher {
    /// Takes more bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all bytes taken.
    pub fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

/// An HMAC made ready with its key, to be cloned for each message.
pub(crate) type HmacSm3 = Hmac<Sm3>;

/// Makes an HMAC ready. A key longer than a block is digested first and a shorter one padded with
/// zeros, as RFC 2104 says; done here because this way cannot fail.
pub(crate) fn hmac_key(key: &[u8]) -> HmacSm3 {
    let mut block = Key::<HmacSm3>::default();
    match block.get_mut(..key.len()) {
        Some(start) => start.copy_from_slice(key),
        None => block.iter_mut().zip(sm3(&[key])).for_each(|(slot, byte)| *slot = byte),
    }
    let ready = HmacSm3::new(&block);
    block.zeroize();
    ready
}

/// HMAC over a context and bytes, told apart by the context's length, so that no two pairs meet.
pub(crate) fn hmac_in_context(ready: &HmacSm3, context: &str, bytes: &[u8]) -> [u8; 32] {
    let mut mac = ready.clone();
    mac.update(&(context.len() as u64).to_be_bytes());
    mac.update(context.as_bytes());
    mac.update(bytes);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;

    use super::*;

    fn check(parts: &[&[u8]], expect: &str) {
        assert_eq!(HEXLOWER.encode(&sm3(parts)), expect);
    }

    #[test]
    fn the_two_examples_of_gb_t_32905() {
        check(&[b"abc"], "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
        check(
            &[b"a", b"", b"bc"],
            "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
        );
        let long = b"abcd".repeat(16);
        check(&[&long], "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
    }

    #[test]
    fn bytes_that_come_bit_by_bit_digest_alike() {
        let mut hasher = Hasher::default();
        for byte in b"abcd".repeat(16) {
            hasher.update(&[byte]);
        }
        assert_eq!(hasher.finish(), sm3(&[&b"abcd".repeat(16)]));
    }

    /// RFC 2104 by its own words, as the second opinion.
    fn hmac_by_hand(key: &[u8], message: &[u8]) -> [u8; 32] {
        let key = if key.len() > 64 { sm3(&[key]).to_vec() } else { key.to_vec() };
        let padded = |with: u8| -> Vec<u8> {
            (0..64).map(|i| key.get(i).copied().unwrap_or(0) ^ with).collect()
        };
        sm3(&[&padded(0x5c), &sm3(&[&padded(0x36), message])])
    }

    #[test]
    fn hmac_agrees_with_rfc_2104_for_short_exact_and_long_keys() {
        for length in [0, 1, 32, 63, 64, 65, 200] {
            let key = vec![0xa7u8; length];
            assert_eq!(hmac_sm3(&key, &[b"ni", b"hao"]), hmac_by_hand(&key, b"nihao"), "{length}");
        }
    }

    #[test]
    fn a_context_and_its_bytes_do_not_run_into_each_other() {
        let key = hmac_key(b"key");
        assert_ne!(hmac_in_context(&key, "ab", b"c"), hmac_in_context(&key, "a", b"bc"));
    }

    #[test]
    fn openssl_digests_alike() {
        if !crate::judge::sits() {
            return;
        }
        for length in [0usize, 1, 55, 56, 63, 64, 65, 1000, 100_000] {
            let text: Vec<u8> = (0..length).map(|n| n as u8).collect();
            let judged = crate::judge::openssl(&["dgst", "-sm3", "-binary"], &text);
            assert_eq!(judged.expect("digests"), sm3(&[&text]), "{length}");
            let args = ["dgst", "-sm3", "-mac", "HMAC", "-macopt", "hexkey:0badc0de", "-binary"];
            let judged = crate::judge::openssl(&args, &text);
            let ours = hmac_sm3(&[0x0b, 0xad, 0xc0, 0xde], &[&text]);
            assert_eq!(judged.expect("digests"), ours, "{length}");
        }
    }
}
