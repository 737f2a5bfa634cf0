//! Themes and events of a life, by which people find items.

/// For whom a theme sorts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThemeKind {
    /// Services for persons: 生育收养.
    Natural,
    /// Services for firms and other organisations: 准营准办.
    Legal,
    /// An event in the life of a person or of a firm: 开饭店.
    Event,
}

impl ThemeKind {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            ThemeKind::Natural => "natural",
            ThemeKind::Legal => "legal",
            ThemeKind::Event => "event",
        }
    }

    /// The kind that is stored so.
    pub fn parse(text: &str) -> Option<Self> {
        [ThemeKind::Natural, ThemeKind::Legal, ThemeKind::Event]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }

    /// Its list in an items file.
    pub const fn list(self) -> &'static str {
        match self {
            ThemeKind::Natural => "themes.natural",
            ThemeKind::Legal => "themes.legal",
            ThemeKind::Event => "themes.life_events",
        }
    }
}

/// A theme, or an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    /// For whom.
    pub kind: ThemeKind,
    /// `N01`, `open-restaurant`; unique among all kinds.
    pub code: String,
    /// 生育收养, 开饭店.
    pub title: String,
    /// Which things an event means; empty for most themes.
    pub hint: String,
}

/// What becomes of the themes of a city when a file brings its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ThemeChanges {
    /// New ones.
    pub added: Vec<Theme>,
    /// Such as had another title or hint.
    pub changed: Vec<Theme>,
}
