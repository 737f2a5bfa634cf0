//! The nouns: a register, an entry, a load, a line that was refused, what feeds a register by itself.

mod feed;
mod load;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use access::{Actor, Over, Permission, Permit, authorise};
use base::{Clock, Day, Id, Moment, Outcome, Refusal, RefusalKind};
use ledger::{Act, Ledger};
use seal::Keys;
use store::{Reader, Store};

use crate::follow::News;

pub use feed::{Closed, Fed, Feed, Gateway, Mode, Part, Publication, Waiting};
pub use load::{Coming, Kept, Load, REFUSED_MAX, Refused, Report, Stage, Tally};

/// What a register knows of one subject: fields by name, each in words. What is not known is not there.
pub type Body = BTreeMap<Cow<'static, str>, String>;

/// A register, as the office that keeps it declares it.
#[derive(Debug)]
pub struct Register {
    /// `population.residents`.
    pub name: &'static str,
    /// How it counts what it knows: `人`, `家`.
    pub unit: &'static str,
    /// The context of the marks under which its subjects are found.
    pub mark: &'static str,
    /// The field of a body in which its subject's key stands, and the heading of that.
    pub key: (&'static str, &'static str),
    /// The other ways in which a subject is found.
    pub finds: &'static [FoundBy],
    /// The act of a load that comes to count.
    pub loaded: &'static str,
    /// The act of a load that is undone.
    pub undone: &'static str,
    /// The article on which data are collected.
    pub authority: &'static str,
    /// Who may bring lines in, and undo a load.
    pub right: &'static Permission,
    /// How departments' gateways feed it.
    pub fed: Fed,
    /// What others are told of after a load has come to count.
    pub follow: Option<Follow>,
    /// The job that comes after every load that has come to count, or was undone; it is told nothing and looks itself.
    pub after: Option<&'static str>,
}

/// A way in which a subject is found, other than by its key.
#[derive(Clone, Copy, Debug)]
pub struct FoundBy {
    /// What it is called: `phone`.
    pub what: &'static str,
    /// What a subject of which this is known is found by; nothing where it is not known.
    pub of: fn(&Body) -> Option<String>,
}

/// What others are told of, once it counts.
#[derive(Clone, Copy, Debug)]
pub struct Follow {
    /// Each of these changes is told by an act of its own, and no other is.
    pub changes: &'static [Change],
    /// The job that tells them, by [`crate::announce`]; its body is `{"load": …}`.
    pub job: &'static str,
}

/// A change of what is known of a subject.
#[derive(Clone, Copy, Debug)]
pub struct Change {
    /// Whether what is known now differs so much from what was known before: another day of death. Two that do not differ
    /// say the same, in either order.
    pub differs: fn(Option<&Body>, Option<&Body>) -> bool,
    /// How it is told; nothing where there is nothing to tell after all.
    pub act: fn(&Keys, &News, Moment) -> Outcome<Option<Act>>,
}

/// A line that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The line, from 1; the heading is the first.
    pub line: u64,
    /// By what the subject is found: a citizen number.
    pub key: String,
    /// The heading of that, for the words about a line that comes twice.
    pub key_heading: &'static str,
    /// What is known.
    pub body: Body,
    /// Fields that the source does not speak of: what is known of them stays.
    pub unsaid: Vec<&'static str>,
    /// Since when it is true; the day of the load where the source does not say.
    pub from: Option<Day>,
    /// The subject is in the register no more.
    pub gone: bool,
}

impl Entry {
    /// A subject that is in the register no more. What is known of it stays.
    pub fn gone(register: &Register, line: u64, key: String) -> Self {
        Self {
            line,
            key,
            key_heading: register.key.1,
            body: Body::new(),
            unsaid: Vec::new(),
            from: None,
            gone: true,
        }
    }
}

/// Some lines of a source.
#[derive(Debug, Default)]
pub struct Lines {
    /// Those that are right.
    pub entries: Vec<Entry>,
    /// What is wrong with the others: one for each wrong field.
    pub refused: Vec<Refused>,
    /// How many lines were refused.
    pub refused_lines: u64,
    /// Whom refused lines are about, where that could be read: who stands on such a line is not missing.
    pub refused_keys: Vec<String>,
}

/// A source that is read from its beginning to its end.
pub trait Reading: Send {
    /// The next lines, about so many; nothing behind the last. Refused when the whole cannot be read.
    fn next(&mut self, upto: usize) -> Outcome<Option<Lines>>;
}

/// Where lines come from. It can be read again: another load may come to count meanwhile.
#[derive(Clone)]
pub struct Source {
    /// `file`, `gateway` or `demo`.
    pub kind: &'static str,
    /// What people call it: the file's name.
    pub name: String,
    /// Over the whole of it.
    pub digest: [u8; 32],
    /// How many lines there are, as far as can be said before they are read.
    pub lines: usize,
    /// Reads it from its beginning.
    #[allow(clippy::type_complexity, reason = "it is one function, said once")]
    pub open: Arc<dyn Fn() -> Outcome<Box<dyn Reading>> + Send + Sync>,
}

impl Source {
    /// Lines that are made: of a demonstration. They have a name, a digest over all that they depend on, and are so many.
    pub fn made<I>(
        (name, digest, lines): (String, [u8; 32], usize),
        make: impl Fn() -> Outcome<I> + Send + Sync + 'static,
    ) -> Self
    where
        I: Iterator<Item = Entry> + Send + 'static,
    {
        let open = move || Ok(Box::new(Made(make()?)) as Box<dyn Reading>);
        Self { kind: "demo", name, digest, lines, open: Arc::new(open) }
    }
}

struct Made<I>(I);

impl<I: Iterator<Item = Entry> + Send> Reading for Made<I> {
    fn next(&mut self, upto: usize) -> Outcome<Option<Lines>> {
        let entries: Vec<Entry> = self.0.by_ref().take(upto).collect();
        Ok((!entries.is_empty()).then_some(Lines { entries, ..Lines::default() }))
    }
}

/// Who brings lines in.
#[derive(Clone, Debug)]
pub enum By {
    /// A person, with the right of a post.
    Person(Actor),
    /// A department's gateway, while the register is fed by its resource.
    Gateway(Arc<Gateway>),
    /// Whoever runs commands on the city's own machine, and the demonstration.
    CommandLine,
}

impl By {
    /// The permit to change this register.
    pub fn permit(&self, reader: &Reader<'_>, register: &Register) -> Outcome<Permit> {
        match self {
            By::Person(actor) => authorise(reader, actor, register.right, Over::City),
            By::Gateway(gateway) => {
                if !crate::store::feeds(reader, register.name, gateway)? {
                    return Err(no_feed(gateway).into());
                }
                let name = format!("{}网关（{}）", gateway.organ_name, gateway.name);
                let organ = (gateway.organ.as_str(), gateway.organ_name.as_str());
                Ok(access::machine(register.right.name, (&name, "部门网关"), organ))
            }
            By::CommandLine => Ok(access::clockwork(register.right.name)),
        }
    }
}

fn no_feed(gateway: &Gateway) -> Refusal {
    let words = format!("“{}”已经不是这个登记库的来源，没有导入", gateway.resource);
    Refusal::new(RefusalKind::Forbidden, "register.no_feed", words)
}

/// What the engine of loads stands on.
#[derive(Clone)]
pub struct Ground {
    /// The database.
    pub store: Store,
    /// Acts and jobs.
    pub ledger: Ledger,
    /// The installation's keys.
    pub keys: Arc<Keys>,
    /// Where `now` comes from.
    pub clock: Arc<dyn Clock>,
}

impl Ground {
    pub(crate) fn now(&self) -> Moment {
        self.clock.now()
    }
}

/// As of which moment the register's knowledge is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Knowing {
    /// What it knows.
    Now,
    /// What it knew then.
    At(Moment),
}

/// What a register knows of a subject by one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// What.
    pub body: Body,
    /// The day from which on it is true.
    pub from: Day,
    /// When it came to be known.
    pub known_at: Moment,
    /// When it was taken back, by undoing its load.
    pub undone_at: Option<Moment>,
    /// The subject is in the register no more.
    pub gone: bool,
    /// The load that brought it.
    pub load: Id<Load>,
    /// How that load is called.
    pub source: String,
    /// The load's number, and the row's place in it.
    pub at: (i64, i64),
}
