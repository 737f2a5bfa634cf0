//! Codes by time (RFC 6238): six digits, every thirty seconds, from a secret that an app keeps.

use base::{Fault, Id, Moment, Outcome};
use data_encoding::BASE32_NOPAD;
use seal::Keys;
use totp_rs::{Algorithm, Builder, Totp};
use zeroize::Zeroizing;

use crate::accounts::Account;

/// The context under which the secret of codes is sealed.
pub const CODE_SECRET: &str = "access.factors.secret";

/// How far a phone's clock may be off, in steps of thirty seconds.
const SKEW: u16 = 1;

/// Why a code is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoCode {
    /// None of around now.
    Wrong,
    /// One that was taken before, or one before that.
    Used,
}

/// The secret that app and city share. Its `Debug` shows nothing.
#[derive(Clone)]
pub struct CodeSecret(Zeroizing<[u8; 20]>);

impl std::fmt::Debug for CodeSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CodeSecret(…)")
    }
}

impl CodeSecret {
    /// A new one: 160 random bits, as RFC 4226 recommends.
    pub fn mint() -> Result<Self, Fault> {
        let mut bytes = Zeroizing::new([0u8; 20]);
        getrandom::fill(bytes.as_mut_slice()).map_err(|error| Fault::said(error.to_string()))?;
        Ok(Self(bytes))
    }

    /// Sealed as it is stored, with the account that it belongs to, so that it serves no other.
    pub fn sealed(&self, keys: &Keys, account: Id<Account>) -> Vec<u8> {
        let plain = Zeroizing::new([account.to_string().as_bytes(), self.bytes()].concat());
        keys.seal(CODE_SECRET, &plain)
    }

    /// As it was stored for this account; none where it is another's. What was stored before secrets had their
    /// account with them has none.
    pub fn unsealed(keys: &Keys, account: Id<Account>, sealed: &[u8]) -> Outcome<Option<Self>> {
        let plain = Zeroizing::new(keys.unseal(CODE_SECRET, sealed)?);
        let account = account.to_string();
        let own = match plain.strip_prefix(account.as_bytes()) {
            Some(own) => own,
            None => plain.as_slice(),
        };
        Ok(Self::from_bytes(own))
    }

    /// Its twenty bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self(Zeroizing::new(bytes.try_into().ok()?)))
    }

    /// What app and city share.
    pub fn bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// The secret as people type it into an app: base 32 in groups of four.
    pub fn to_text(&self) -> String {
        let text = BASE32_NOPAD.encode(self.bytes());
        let letters: Vec<char> = text.chars().collect();
        let groups: Vec<String> = letters.chunks(4).map(|four| four.iter().collect()).collect();
        groups.join(" ")
    }

    /// What an app reads from a QR code. `issuer` and `account` tell entries of the app apart.
    pub fn to_uri(&self, issuer: &str, account: &str) -> String {
        let (issuer, account) = (escaped(issuer), escaped(account));
        let secret = BASE32_NOPAD.encode(self.bytes());
        format!("otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}")
    }

    /// The step whose code this is, if it is one of around now and later than the last one that was
    /// taken: a code counts once (RFC 6238 5.2).
    pub fn step_of(&self, typed: &str, now: Moment, last: i64) -> Result<i64, NoCode> {
        let step = self.step_around(typed, now).ok_or(NoCode::Wrong)?;
        if step > last { Ok(step) } else { Err(NoCode::Used) }
    }

    fn step_around(&self, typed: &str, now: Moment) -> Option<i64> {
        let digits: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
        let seconds = u64::try_from(now.millis().div_euclid(1_000)).ok()?;
        i64::try_from(self.codes()?.check(&digits, seconds)?).ok()
    }

    /// The code of a moment: what the app shows then.
    pub fn code_at(&self, now: Moment) -> Option<String> {
        let seconds = u64::try_from(now.millis().div_euclid(1_000)).ok()?;
        Some(self.codes()?.generate(seconds).to_string())
    }

    fn codes(&self) -> Option<Totp> {
        let secret: [u8; 20] = *self.0;
        let codes = Builder::new().with_algorithm(Algorithm::SHA1).with_secret(secret);
        codes.with_skew(SKEW).build().ok()
    }
}

/// Percent-encoded, all but letters and digits.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238 appendix B: the secret of its SHA-1 vectors, whose codes have eight digits; ours are
    /// their last six.
    fn of_the_standard() -> CodeSecret {
        CodeSecret::from_bytes(b"12345678901234567890").unwrap()
    }

    #[test]
    fn the_codes_are_those_of_the_standard() {
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
        ] {
            let at = Moment::from_millis(seconds * 1_000);
            assert_eq!(of_the_standard().code_at(at).as_deref(), Some(code));
            assert_eq!(of_the_standard().step_of(code, at, 0), Ok(seconds / 30));
        }
    }

    #[test]
    fn a_code_counts_once_and_only_around_its_time() {
        let secret = of_the_standard();
        let at = Moment::from_millis(1_111_111_111_000);
        let step = secret.step_of("050 471", at, 0).unwrap();
        assert_eq!(secret.step_of("050471", at, step), Err(NoCode::Used));
        assert_eq!(secret.step_of("050471", at.plus_seconds(30), 0), Ok(step));
        assert_eq!(secret.step_of("050471", at.plus_seconds(90), 0), Err(NoCode::Wrong));
        assert_eq!(secret.step_of("050471", at.plus_seconds(-90), 0), Err(NoCode::Wrong));
        for wrong in ["", "05047", "0504711", "abcdef", "０５０４７１", "-50471"] {
            assert_eq!(secret.step_of(wrong, at, 0), Err(NoCode::Wrong), "{wrong}");
        }
    }

    #[test]
    fn the_address_for_the_app_keeps_chinese_names() {
        let uri = of_the_standard().to_uri("鄂州市", "li.min");
        assert!(
            uri.starts_with("otpauth://totp/%E9%84%82%E5%B7%9E%E5%B8%82:li%2Emin?secret=GEZDG")
        );
        assert_eq!(of_the_standard().to_text().split(' ').count(), 8);
    }
}
