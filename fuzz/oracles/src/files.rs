//! The files that people hand in: what is accepted is judged the same again under the name that it
//! was given, and that name misleads nobody.

use std::sync::LazyLock;

use base::Stop;
use vault::{Limits, judge};

static LIMITS: LazyLock<Limits> = LazyLock::new(Limits::default);

/// The first line is the file's name, the rest its content.
pub fn check(bytes: &[u8]) {
    let (name, content) = crate::headed(bytes);
    let judged = match judge(&name, content, &LIMITS) {
        Ok(judged) => judged,
        Err(refusal) => {
            let stop = Stop::from(refusal);
            let refusal = stop.refusal().expect("a refusal is the sender's to mend");
            assert!(!refusal.message.is_empty());
            return;
        }
    };
    let again = judge(&judged.name, content, &LIMITS);
    assert_eq!(again.ok().as_ref(), Some(&judged), "it is judged the same again");
    let misleading = |c: char| c.is_control() || matches!(c, '/' | '\\' | '\u{202E}' | '"' | '<');
    assert!(!judged.name.contains(misleading), "{:?}", judged.name);
    assert!(judged.name.chars().count() <= LIMITS.name_chars_max, "{:?}", judged.name);
    let (stem, extension) = judged.name.rsplit_once('.').expect("an extension");
    assert!(!stem.is_empty() && !LIMITS.program_extensions.iter().any(|one| one == extension));
    let known = LIMITS.types.iter().find(|known| known.media_type == judged.media_type);
    let known = known.expect("a type that is taken");
    assert!(known.extensions.iter().any(|one| one == extension), "{:?}", judged.name);
}
