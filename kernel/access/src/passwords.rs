//! Passwords: argon2id, then HMAC-SM3 under a key of the installation, so that a stolen table
//! without the key cannot even be guessed at.

use argon2::{Algorithm, Argon2, Params, Version};
use base::{Fault, Id};
use seal::Keys;
use subtle::ConstantTimeEq;

use crate::accounts::Account;
use crate::rules::PasswordRule;

const CONTEXT: &str = "access.password.2";
/// The context of what was stored before hashes were bound to their account.
const BEFORE: &str = "access.password";
/// The context under which a stored hash is bound to its account.
const OF_ACCOUNT: &str = "access.password.account";
const SALT: usize = 16;
const MAC: usize = 32;
/// One version byte, the salt, the MAC.
const UNBOUND: usize = 1 + SALT + MAC;

/// What is kept of a password: one version byte, the salt, the MAC; where it is stored also a second MAC, which binds it
/// to its account, so that it opens no other account into whose row somebody copies it.
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

fn tag(keys: &Keys, account: Id<Account>, kept: &[u8]) -> [u8; MAC] {
    keys.mac(OF_ACCOUNT, &[account.to_string().as_bytes(), kept].concat())
}

impl PasswordHash {
    /// Hashes a password. Takes tens of milliseconds: call it outside of any transaction.
    pub fn new(keys: &Keys, password: &str) -> Result<Self, Fault> {
        let mut salt = [0u8; SALT];
        getrandom::fill(&mut salt).map_err(|error| Fault::said(error.to_string()))?;
        let mac = keys.mac(CONTEXT, &stretch(password, &salt)?);
        let mut bytes = vec![2u8];
        bytes.extend_from_slice(&salt);
        bytes.extend_from_slice(&mac);
        Ok(Self(bytes))
    }

    /// The same as it is stored for an account.
    pub fn bound(&self, keys: &Keys, account: Id<Account>) -> Self {
        let mut bytes = self.0.get(..UNBOUND).unwrap_or_default().to_vec();
        let tag = tag(keys, account, &bytes);
        bytes.extend_from_slice(&tag);
        Self(bytes)
    }

    /// Whether this is the password, and this account's. As slow as hashing it.
    pub fn matches(
        &self,
        keys: &Keys,
        account: Option<Id<Account>>,
        password: &str,
    ) -> Result<bool, Fault> {
        let (Some(salt), Some(mac)) = (self.0.get(1..=SALT), self.0.get(SALT + 1..UNBOUND)) else {
            return Ok(false);
        };
        let stretched = stretch(password, salt)?;
        let right = |context| bool::from(keys.mac(context, &stretched).as_slice().ct_eq(mac));
        Ok(match (self.0.split_at_checked(UNBOUND), account) {
            (Some(([1, ..], [])), _) => right(BEFORE),
            (Some((kept @ [2, ..], bound)), Some(account)) => {
                right(CONTEXT) && bool::from(tag(keys, account, kept).ct_eq(bound))
            }
            _ => false,
        })
    }

    /// A hash that no password matches, to spend the same time on accounts that do not exist.
    pub fn of_nobody() -> Self {
        Self(vec![1; UNBOUND])
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
        let own = Id::mint(base::Moment::from_millis(1_772_380_800_000));
        let hash = PasswordHash::new(&keys, "鄂州Lake-2026").unwrap().bound(&keys, own);
        assert!(hash.matches(&keys, Some(own), "鄂州Lake-2026").unwrap());
        assert!(!hash.matches(&keys, Some(own), "鄂州Lake-2027").unwrap());
        assert!(!PasswordHash::of_nobody().matches(&keys, None, "").unwrap());
    }

    #[test]
    fn a_stored_password_is_its_accounts_alone() {
        let (keys, now) = (Keys::for_tests(), base::Moment::from_millis(1_772_380_800_000));
        let (own, other) = (Id::mint(now), Id::mint(now));
        let (right, unbound) =
            ("鄂州Lake-2026", PasswordHash::new(&keys, "鄂州Lake-2026").unwrap());
        let stored = unbound.bound(&keys, own);
        assert!(stored.matches(&keys, Some(own), right).unwrap());
        assert!(!stored.matches(&keys, Some(other), right).unwrap());
        assert!(!stored.matches(&keys, None, right).unwrap());
        // Nobody who lacks the keys makes one of it that is bound to nobody.
        let mut stripped = stored.bytes()[..UNBOUND].to_vec();
        for version in [1, 2] {
            stripped[0] = version;
            let stripped = PasswordHash::from_bytes(stripped.clone());
            assert!(!stripped.matches(&keys, Some(other), right).unwrap(), "version {version}");
        }
        let moved = unbound.bound(&keys, other);
        assert!(!moved.matches(&keys, Some(own), right).unwrap());
        // What was stored before hashes were bound still opens.
        let salt = [7; SALT];
        let mac = keys.mac(BEFORE, &stretch(right, &salt).unwrap());
        let before = PasswordHash::from_bytes([&[1], &salt[..], &mac[..]].concat());
        assert!(before.matches(&keys, Some(own), right).unwrap());
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
