//! The two ways a thing can go wrong. A *refusal* is the caller's to mend and is said in the words
//! of the law; a *fault* is ours to mend: its chain is logged and its number is shown.

use std::error::Error;
use std::fmt;

/// What an act, an ask or a page gives back.
pub type Outcome<T> = Result<T, Stop>;

/// Why a thing was not done.
#[derive(Debug)]
pub enum Stop {
    /// The caller's to mend.
    Refused(Box<Refusal>),
    /// Ours to mend.
    Failed(Fault),
}

/// What kind of refusal it is; decides the HTTP status and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// What was sent is wrong: 422.
    Invalid,
    /// Nobody is signed in: 401.
    SignIn,
    /// This person may not: 403.
    Forbidden,
    /// There is no such thing, or not for this person: 404.
    NotFound,
    /// The address is there, but for another kind of request: 405.
    Method,
    /// Another act came first, or the state does not allow it: 409.
    Conflict,
    /// Too large: 413.
    TooLarge,
    /// Too often: 429.
    TooMany,
    /// The city cannot do this now (disk full, standby): 503.
    Unavailable,
}

/// Words beside one field of a form.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct FieldError {
    /// The field's name as the form has it.
    pub field: String,
    /// What is wrong and what to do, in plain Chinese.
    pub message: String,
}

/// A refusal: a stable code, words for the citizen, the legal ground, what to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Stable, for programs: `approvals.not_yours`.
    pub code: &'static str,
    /// Decides the HTTP status.
    pub kind: RefusalKind,
    /// What was wrong, in plain Chinese.
    pub message: String,
    /// The rule it follows from, where there is one: `行政许可法第三十二条`.
    pub ground: Option<String>,
    /// What the person can do now, or whom to call.
    pub remedy: Option<String>,
    /// Words beside fields, when a form was wrong.
    pub fields: Vec<FieldError>,
}

impl Refusal {
    /// A refusal with a code and words, and nothing else yet.
    pub fn new(kind: RefusalKind, code: &'static str, message: impl Into<String>) -> Self {
        Self { code, kind, message: message.into(), ground: None, remedy: None, fields: Vec::new() }
    }

    /// Adds the rule it follows from.
    #[must_use]
    pub fn ground(mut self, ground: impl Into<String>) -> Self {
        self.ground = Some(ground.into());
        self
    }

    /// Adds what the person can do now.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// Adds words beside one field.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>, message: impl Into<String>) -> Self {
        self.fields.push(FieldError { field: field.into(), message: message.into() });
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl Error for Refusal {}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Stop::Refused(Box::new(refusal))
    }
}

/// A fault: an error with its sources, kept whole so that the log can tell the chain.
#[derive(Debug)]
pub struct Fault(Box<dyn Error + Send + Sync>);

impl Fault {
    /// A fault said in words, where no error caused it.
    pub fn said(words: impl Into<String>) -> Self {
        Self(words.into().into())
    }

    /// This error as a fault, with what was being done when it came.
    pub fn while_doing(
        what: &'static str,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self(Box::new(While { what, source: source.into() }))
    }

    /// The error and its sources, on one line.
    pub fn chain(&self) -> String {
        let mut line = self.0.to_string();
        let mut next = self.0.source();
        while let Some(source) = next {
            line.push_str(": ");
            line.push_str(&source.to_string());
            next = source.source();
        }
        line
    }
}

#[derive(Debug)]
struct While {
    what: &'static str,
    source: Box<dyn Error + Send + Sync>,
}

impl fmt::Display for While {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)
    }
}

impl Error for While {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.source.as_ref())
    }
}

/// Any error that is not a refusal is a fault: `?` keeps it whole.
impl<E: Error + Send + Sync + 'static> From<E> for Fault {
    fn from(error: E) -> Self {
        Self(Box::new(error))
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Stop::Failed(fault)
    }
}

impl Stop {
    /// The refusal, if it is one.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Stop::Refused(refusal) => Some(refusal),
            Stop::Failed(_) => None,
        }
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stop::Refused(refusal) => write!(f, "{refusal}"),
            Stop::Failed(fault) => f.write_str(&fault.chain()),
        }
    }
}
