//! The nouns of the window: who came, and what the mandate on paper says that they bring.

use access::{Mandate, NamedItem, Power};
use base::{Day, Id};
use serde::{Deserialize, Serialize};

/// What a clerk types of who stands at the window, and of the mandate that they bring.
#[derive(Clone, Debug, Default)]
pub struct Brought {
    /// `self` or `agent`.
    pub came: String,
    /// The id of a mandate that a window has taken in before, if it is one of those.
    pub known: String,
    /// The agent's name.
    pub agent_name: String,
    /// The agent's citizen number.
    pub agent_number: String,
    /// `this`, `items` or `all`.
    pub scope: String,
    /// Codes of items, one a line.
    pub items: String,
    /// Names of powers.
    pub powers: Vec<String>,
    /// First day.
    pub from: String,
    /// Last day.
    pub until: String,
    /// The firm in whose name it is given; may be empty.
    pub firm_name: String,
    /// Its unified social credit code; may be empty.
    pub firm_code: String,
    /// That the clerk has compared the agent's identity card: `true`.
    pub compared: String,
}

/// Who came to the window for a step of a case.
#[derive(Clone, Debug, Default)]
pub struct Came {
    /// `self` or `agent`.
    pub who: String,
    /// The number on the agent's card.
    pub agent_number: String,
    /// That the clerk has compared it: `true`.
    pub compared: String,
}

/// How far a mandate on paper reaches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaperReach {
    /// The application that is being taken in, and no other.
    This,
    /// These service items.
    Items(Vec<NamedItem>),
    /// Everything that can be applied for here.
    All,
}

/// A mandate on paper, whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paper {
    /// The agent's name.
    pub agent_name: String,
    /// The agent's citizen number.
    pub agent_number: String,
    /// How far it reaches.
    pub reach: PaperReach,
    /// What the agent may do.
    pub powers: Vec<Power>,
    /// First day.
    pub from: Day,
    /// Last day.
    pub until: Day,
    /// The firm in whose name it is given: name and credit code.
    pub firm: Option<(String, String)>,
}

/// By what an agent at the window files an application. A draft keeps it until then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AtWindow {
    /// By a paper that no window has taken in yet.
    New(Paper),
    /// By one that a window has taken in before.
    Known {
        /// Which.
        mandate: String,
        /// The number on the card that the clerk has compared.
        agent_number: String,
    },
}

impl AtWindow {
    /// The mandate that a window has taken in before, if it is one.
    pub fn known(&self) -> Option<Id<Mandate>> {
        match self {
            AtWindow::Known { mandate, .. } => mandate.parse().ok(),
            AtWindow::New(_) => None,
        }
    }
}

/// Under which name the photograph of a mandate stands among the files of an application.
pub const MANDATE_FILE: &str = "agent-mandate";
/// What people call it.
pub const MANDATE_FILE_TITLE: &str = "授权委托书";

/// The noun of mandates, as the subject of acts.
pub const MANDATE: &str = "mandate";
