//! Passwords: argon2id, then HMAC-SM3 under a key of the installation, so that a stolen table
//! without the key cannot even be guessed at.

use argon2::{Algorithm, Argon2, Params, Version};
use base::Fault;
use seal::Keys;
use subtle::ConstantTimeEq;

use crate::rules::PasswordRule;

const CONTEXT: &str = "access.password";
const SALT: usize = 16;

/// What is stored of a password: one version byte, the salt, the MAC.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(Vec<u8>);

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

fn stretch(password: &str, salt: &[u8]) -> Result<[u8; 32], Fault> {
    // OWASP's recommendation for argon2id: 19 MiB, two passes, one lane.
    let params = Params::new(19 * 1024, 2, 1, Some(32))
        .map_err(|error| Fault::said(format!("argon2 parameters: {error}")))?;
    let mut out = [0u8; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password.as_bytes(), salt, &mut out)
        .map_err(|error| Fault::said(format!("argon2: {error}")))?;
    Ok(out)
}

impl PasswordHash {
    /// Hashes a password. Takes tens of milliseconds: call it outside of any transaction.
    pub fn new(keys: &Keys, password: &str) -> Result<Self, Fault> {
        let mut salt = [0u8; SALT];
        getrandom::fill(&mut salt).map_err(|error| Fault::said(error.to_string()))?;
        let mac = keys.mac(CONTEXT, &stretch(password, &salt)?);
        let mut bytes = vec![1u8];
        bytes.extend_from_slice(&salt);
        bytes.extend_from_slice(&mac);
        Ok(Self(bytes))
    }

    /// Whether this is the password. As slow as hashing it.
    pub fn matches(&self, keys: &Keys, password: &str) -> Result<bool, Fault> {
        let (Some(salt), Some(mac)) = (self.0.get(1..=SALT), self.0.get(SALT + 1..)) else {
            return Ok(false);
        };
        let given = keys.mac(CONTEXT, &stretch(password, salt)?);
        Ok(self.0.first() == Some(&1) && bool::from(given.as_slice().ct_eq(mac)))
    }

    /// A hash that no password matches, to spend the same time on accounts that do not exist.
    pub fn of_nobody() -> Self {
        Self(vec![1; 1 + SALT + 32])
    }

    /// As stored.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// As read back.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

/// Why a password is too weak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordWeakness {
    /// Fewer characters than this.
    #[error("密码至少要有 {0} 个字符")]
    TooShort(usize),
    /// More than 128 characters.
    #[error("密码不能超过 128 个字符")]
    TooLong,
    /// Fewer kinds of characters than this.
    #[error("密码要包含大写字母、小写字母、数字、符号中的至少 {0} 种")]
    TooPlain(usize),
    /// Contains the login name.
    #[error("密码不能包含用户名")]
    ContainsLogin,
    /// Among the first that are guessed.
    #[error(
        "这个密码太容易猜中：常用的密码、姓名、单词、键盘上相邻的键、年份拼起来的，都会先被试到"
    )]
    Guessable,
}

/// GB/T 22239-2019, 身份鉴别 a): identity information is complex, as the rule in force says.
pub fn check_strength(
    rule: &PasswordRule,
    login: &str,
    password: &str,
) -> Result<(), PasswordWeakness> {
    let length = password.chars().count();
    if length < rule.length_min {
        return Err(PasswordWeakness::TooShort(rule.length_min));
    }
    if length > 128 {
        return Err(PasswordWeakness::TooLong);
    }
    let kinds: [fn(char) -> bool; 4] =
        [char::is_uppercase, char::is_lowercase, char::is_numeric, |c| !c.is_alphanumeric()];
    if kinds.iter().filter(|kind| password.chars().any(**kind)).count() < rule.kinds_min {
        return Err(PasswordWeakness::TooPlain(rule.kinds_min));
    }
    if !login.is_empty() && password.to_lowercase().contains(&login.to_lowercase()) {
        return Err(PasswordWeakness::ContainsLogin);
    }
    let guesses = zxcvbn::zxcvbn(password, &[login, "cityhall"]).guesses_log10();
    if guesses < f64::from(rule.guesses_log10_min) {
        return Err(PasswordWeakness::Guessable);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_matches_itself_and_nothing_else() {
        let keys = Keys::for_tests();
        let hash = PasswordHash::new(&keys, "鄂州Lake-2026").unwrap();
        assert!(hash.matches(&keys, "鄂州Lake-2026").unwrap());
        assert!(!hash.matches(&keys, "鄂州Lake-2027").unwrap());
        assert!(!PasswordHash::of_nobody().matches(&keys, "").unwrap());
    }

    #[test]
    fn a_weak_password_is_refused_with_its_reason() {
        let rules = crate::SignInRules::of_the_house().unwrap();
        let rule = &rules.on("2026-03-02".parse().unwrap()).password;
        let check = |login, password| check_strength(rule, login, password);
        assert_eq!(check("li", "Ab1!"), Err(PasswordWeakness::TooShort(10)));
        assert_eq!(check("li", "abcdefghijkl"), Err(PasswordWeakness::TooPlain(3)));
        assert_eq!(check("lilei", "Lilei-2026!"), Err(PasswordWeakness::ContainsLogin));
        assert_eq!(check("li", "Honest-2026-lake"), Ok(()));
        let long = "Aa1-".repeat(33);
        assert_eq!(check("li", long.as_str()), Err(PasswordWeakness::TooLong));
        let sixty_four = "Dry stones under the old bridge at Ezhou, 1926; nobody crosses.+";
        assert_eq!(sixty_four.chars().count(), 64);
        assert_eq!(check("li", sixty_four), Ok(()));
    }

    #[test]
    fn a_password_that_is_guessed_first_is_refused_however_it_is_dressed_up() {
        let rules = crate::SignInRules::of_the_house().unwrap();
        let rule = &rules.on("2026-03-02".parse().unwrap()).password;
        for common in [
            "Password123!",
            "P@ssw0rd2024",
            "Aa123456789!",
            "Qwertyuiop1!",
            "1qaz2wsx!QAZ",
            "Iloveyou520!",
            "Zaq12wsx!!",
        ] {
            let said = check_strength(rule, "li", common);
            assert_eq!(said, Err(PasswordWeakness::Guessable), "{common}");
        }
        for fine in ["Lake-of-Ezhou-2026", "East-lake-2026", "三江口Wharf-7", "kX9!wq2Lmm"] {
            assert_eq!(check_strength(rule, "li", fine), Ok(()), "{fine}");
        }
    }
}
