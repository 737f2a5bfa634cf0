//! Private keys that a licensed service has enclosed for an organ (SM2EnvelopedKey): none opens but the one that was
//! made, and no byte of that one can change what it opens to.

use std::sync::LazyLock;

use seal::cert::open_enveloped;
use seal::{PublicKey, SigningKey};

/// For whom `openssl` has enclosed it. The key serves here alone.
const HOLDER: &str = "\
-----BEGIN PRIVATE KEY-----\n\
MIGHAgEAMBMGByqGSM49AgEGCCqBHM9VAYItBG0wawIBAQQg5Nfd4qqHrTlyZXE9\n\
FbtFOpEU1IbbVsIXEzgJa7aNCVWhRANCAASPmM40R6HgjWG1PkbNcy29DkO25ZJT\n\
46C/DaadX+JU2WDDQMjVu45/7MIvpg1Bk82CsPxmkCVh8fM3s0ErH9JU\n\
-----END PRIVATE KEY-----\n";

/// What it has enclosed.
const WHOLE: &[u8] = include_bytes!("../../corpus/enclosures/whole");

struct Known {
    holder: SigningKey,
    inner: PublicKey,
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let holder = SigningKey::from_pem(HOLDER).expect("the holder");
    let inner = open_enveloped(WHOLE, &holder).expect("it opens").public();
    Known { holder, inner }
});

/// Takes the bytes for an enclosed key, and for a change to one that opens.
pub fn check(bytes: &[u8]) {
    opens_to_the_known(bytes);
    let [high, low, gone, new @ ..] = bytes else { return };
    let mut changed = WHOLE.to_vec();
    let from = usize::from(u16::from_be_bytes([*high, *low])) % changed.len();
    let to = (from + usize::from(*gone)).min(changed.len());
    changed.splice(from..to, new.iter().copied());
    opens_to_the_known(&changed);
}

fn opens_to_the_known(bytes: &[u8]) {
    if let Ok(opened) = open_enveloped(bytes, &KNOWN.holder) {
        assert_eq!(opened.public(), KNOWN.inner, "nothing else opens");
    }
}
