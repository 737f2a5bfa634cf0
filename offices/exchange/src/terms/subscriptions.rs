//! What a gateway subscribes to, and how far it was given.

use base::{Id, Moment};
use message::Message;

/// What the key of a subscription's messages begins with.
const KEY: &str = "subscription ";
/// Nothing was given yet.
pub const NOTHING: i64 = -1;

/// A subscription, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Id.
    pub id: Id<Subscription>,
    /// Whose.
    pub gateway: String,
    /// In the name of which organ.
    pub organ: String,
    /// The code of the resource.
    pub resource: String,
    /// Under which agreed purpose.
    pub purpose: String,
    /// The fields that are wanted; none are all agreed ones.
    pub fields: Vec<String>,
    /// The message by which it was begun last.
    pub ask: Id<Message>,
    /// `active`, `stopped` or `barred`.
    pub state: String,
    /// Why it is not active, or for what it waits.
    pub words: String,
    /// Since when.
    pub began: Moment,
    /// When it is looked at next.
    pub due: Moment,
    /// Up to which load rows were given.
    pub load: i64,
    /// The load that is being given; 0 where none is.
    pub heading: i64,
    /// From which one; 0 is all rows.
    pub base: i64,
    /// How far.
    pub place: i64,
    /// The run in which it is given.
    pub run: String,
    /// So many parts of it,
    pub part: i64,
    /// with this digest,
    pub chain: String,
    /// and so many rows.
    pub rows: i64,
    /// So many rows in all.
    pub given: i64,
    /// When a part was given last.
    pub given_at: Option<Moment>,
    /// Each change of the row has a number.
    pub moves: i64,
}

impl Subscription {
    /// One that begins: nothing was given.
    pub fn begins(&mut self, (ask, fields): (Id<Message>, &[String]), now: Moment) {
        (self.ask, self.fields) = (ask, fields.to_vec());
        (self.state, self.words) = ("active".into(), String::new());
        (self.began, self.due) = (now, now);
        self.start_over();
    }

    /// All rows are given anew.
    pub fn start_over(&mut self) {
        (self.load, self.heading, self.base, self.place) = (NOTHING, 0, 0, 0);
        (self.run, self.chain) = (String::new(), String::new());
        (self.part, self.rows) = (0, 0);
    }

    /// By what its messages are ordered.
    pub fn key(&self) -> String {
        format!("{KEY}{}", self.id)
    }
}
