//! What goes into the index, what is asked of it, and what it answers.

/// For whom a text may be found.
///
/// There is one value, and it has to be written at every offer: what is not for everybody does not
/// enter an index, least of all a sealed field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Audience {
    /// Everybody, signed in or not.
    #[default]
    Public,
}

/// A thing that can be found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Doc {
    /// Unique over all offices (`disclosure:2012-28`): a later one replaces the earlier.
    pub key: String,
    /// The noun: `document`, `item`, …
    pub kind: String,
    /// Where it is read, from the root of the site.
    pub url: String,
    /// Its title, as plain text.
    pub title: String,
    /// Its text, as plain text with a line break between paragraphs. What is beyond a million
    /// characters is left out.
    pub body: String,
    /// The name of the organ that answers for it.
    pub organ: String,
    /// Its number (发文字号, 事项编码), or nothing.
    pub number: String,
    /// When it was published: the number of a `base::Day`. The newer of two equals comes first.
    pub published_on: i64,
    /// The column (栏目) or class that it stands in, or nothing.
    pub column: String,
    /// For whom it may be found.
    pub audience: Audience,
}

/// One change of the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// This is offered, instead of what had its key.
    Put(Doc),
    /// What has this key is no longer offered.
    Delete(String),
}

/// What a person asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// As typed. Words with a space between them must all be there; a word is found wherever its
    /// characters stand in a row, whatever punctuation stands between; what is in quotes is one
    /// word and is found only as written. There is no wrong input.
    pub text: String,
    /// Only this noun.
    pub kind: Option<String>,
    /// Only this column.
    pub column: Option<String>,
    /// Where the last page ended: [`Results::next`].
    pub after: Option<String>,
    /// How many a page, 1 to 100.
    pub limit: usize,
}

impl Query {
    /// The first twenty for this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), kind: None, column: None, after: None, limit: 20 }
    }
}

/// A piece of a title or of a text, to be escaped by the page like any other text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// The piece.
    pub text: String,
    /// Whether it is what was searched for.
    pub hit: bool,
}

/// One thing found.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// [`Doc::key`].
    pub key: String,
    /// [`Doc::kind`].
    pub kind: String,
    /// [`Doc::url`].
    pub url: String,
    /// The whole title, in pieces.
    pub title: Vec<Fragment>,
    /// The passage that shows best why it was found, about 120 characters, in pieces.
    pub snippet: Vec<Fragment>,
    /// [`Doc::organ`].
    pub organ: String,
    /// [`Doc::number`].
    pub number: String,
    /// [`Doc::column`].
    pub column: String,
    /// [`Doc::published_on`].
    pub published_on: i64,
    /// What it was ranked by: 2000 and more when the title has it all, 1000 and more when the
    /// number does. Comparable within one answer only.
    pub score: f32,
}

impl Hit {
    /// The title in one piece.
    pub fn title_text(&self) -> String {
        self.title.iter().map(|fragment| fragment.text.as_str()).collect()
    }
}

/// One page of what was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Results {
    /// How many were found in all.
    pub total: usize,
    /// This page of them, best first.
    pub hits: Vec<Hit>,
    /// What to put into [`Query::after`] for the next page, if there is one.
    pub next: Option<String>,
    /// Nothing had the words as written, so these have most of the words that they are made of.
    /// The page should say so.
    pub relaxed: bool,
}
