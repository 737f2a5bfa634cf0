//! What a file's own themes change in a city.

use super::{Defect, defect};
use crate::terms::{Codes, Theme, ThemeChanges};

/// What these themes change. A code sorts one thing only: it is refused in a second list, and twice
/// in one file.
pub fn changes(themes: &[Theme], codes: &Codes) -> Result<ThemeChanges, Vec<Defect>> {
    let mut changes = ThemeChanges::default();
    let mut defects = Vec::new();
    for (at, theme) in themes.iter().enumerate() {
        let place = || format!("{}[{}]", theme.kind.list(), theme.code);
        if themes.iter().take(at).any(|before| before.code == theme.code) {
            defects.push(defect("theme_twice", place(), "这个代码写了两次"));
            continue;
        }
        match codes.theme(&theme.code) {
            Some(known) if known == theme => {}
            Some(known) if known.kind != theme.kind => {
                let words = format!("这个代码已经用在 {} 里（{}）", known.kind.list(), known.title);
                defects.push(defect("theme_kind", place(), words));
            }
            Some(_) => changes.changed.push(theme.clone()),
            None => changes.added.push(theme.clone()),
        }
    }
    if defects.is_empty() { Ok(changes) } else { Err(defects) }
}
