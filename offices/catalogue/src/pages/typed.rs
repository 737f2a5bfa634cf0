//! What a form of this office sent: some names come more than once.

use base::{Day, Refusal};

/// The pairs of a form.
#[derive(Clone, Debug, Default)]
pub(super) struct Typed(Vec<(String, String)>);

impl Typed {
    /// With the three numbers of each day as one text.
    pub(super) fn new(pairs: Vec<(String, String)>) -> Self {
        Self(frame::with_days(pairs))
    }

    /// What was sent under a name; empty if nothing was.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.trim())
    }

    /// Everything that was sent under a name.
    pub(super) fn all(&self, name: &str) -> Vec<String> {
        let sent = self.0.iter().filter(|(known, value)| known == name && !value.is_empty());
        sent.map(|(_, value)| value.clone()).collect()
    }

    /// Whether a box was ticked.
    pub(super) fn ticked(&self, name: &str) -> bool {
        self.get(name) == "true"
    }

    /// A whole number, where one was sent; another text is told beside the field.
    pub(super) fn number(&self, name: &str, wrong: &mut Refusal) -> Option<i64> {
        match self.get(name) {
            "" => None,
            text => text.parse().map_or_else(
                |_| {
                    *wrong = wrong.clone().field(name, "请写整数");
                    None
                },
                Some,
            ),
        }
    }

    /// A day, where one was sent; another text is told beside the field.
    pub(super) fn day(&self, name: &str, wrong: &mut Refusal) -> Option<Day> {
        match self.get(name) {
            "" => None,
            text => Day::typed(text).map_or_else(
                |bad| {
                    *wrong = wrong.clone().field(name, bad.words(text));
                    None
                },
                Some,
            ),
        }
    }

    /// The version of the case that was seen.
    pub(super) fn version(&self) -> Option<i64> {
        self.get("version").parse().ok()
    }

    /// The same with this under the name instead.
    pub(super) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.0.retain(|(known, _)| known != name);
        self.0.push((name.to_owned(), value.into()));
        self
    }

    /// The same with all of these under the name.
    pub(super) fn with_all(mut self, name: &str, values: &[String]) -> Self {
        self.0.retain(|(known, _)| known != name);
        self.0.extend(values.iter().map(|value| (name.to_owned(), value.clone())));
        self
    }
}
