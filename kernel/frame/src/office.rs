//! What an office is: one static descriptor that feeds routes, menus, permissions, the catalogue
//! of acts, jobs, listeners, asks and search. Nothing about an office is registered elsewhere.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use access::{Account, Owed, Permission, Permit, Person};
use ask::{Answerer, Naming, Terms};
use axum::routing::MethodRouter;
use base::{Moment, Outcome};
use ledger::{ActKind, Recorded};
use seal::{CoveredColumn, SealedColumn};
use serde_json::Value;
use store::{MigrationSet, Reader, Tx};

use crate::export::Export;
use crate::hall::Hall;

/// What somebody must have to come through a route.
#[derive(Clone, Copy, Debug)]
pub enum Need {
    /// Nothing: the page is public.
    Anyone,
    /// A signed-in account.
    SignedIn,
    /// A signed-in account, also one that must do one of these first: the way leads to where it is done.
    Owing(&'static [Owed]),
    /// This permission, over anything. The act authorises again over the very thing.
    May(&'static Permission),
}

/// One route: the method, the path, who may come, and the handler.
#[derive(Clone, Copy)]
pub struct Route {
    /// `get`, `post` or `delete`.
    pub method: &'static str,
    /// The path as axum writes it: `/cases/{no}`.
    pub path: &'static str,
    /// Who may come.
    pub need: Need,
    /// Makes the handler.
    pub mount: fn() -> MethodRouter,
}

/// Writes an office's routes, one a line: `get "/services" Need::Anyone => pages::services;`.
///
/// The handler of a `get` that takes an [`ActCx`](crate::ActCx) does not compile. An `upload` is a
/// `post` that takes files.
#[macro_export]
macro_rules! routes {
    (@method upload) => {
        "post"
    };
    (@method $method:ident) => {
        stringify!($method)
    };
    ($($method:ident $path:literal $need:expr => $handler:path;)*) => {
        &[$($crate::Route {
            method: $crate::routes!(@method $method),
            path: $path,
            need: $need,
            mount: || $crate::mount::$method($handler),
        }),*]
    };
}

/// Counts what waits for the holder of a permit, by one indexed query; told all permits of the holder, too,
/// since who may see a list need not be who may do what stands in it.
pub type Count = fn(&Reader<'_>, &Permit, &[Permit], Moment) -> Outcome<i64>;

/// What an office has to tell a person on the first page of the workbench, by one indexed query.
pub type Tell = fn(&Reader<'_>, &Person, Moment) -> Outcome<Vec<Told>>;

/// One thing that is told there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// In one sentence.
    pub words: String,
    /// Where something can be done about it, and how that is called; nothing where the person cannot.
    pub path: Option<(&'static str, &'static str)>,
}

/// One line of the workbench's menu, shown to those who hold the permission.
#[derive(Clone, Copy)]
pub struct MenuItem {
    /// 办件队列.
    pub title: &'static str,
    /// Where it leads.
    pub path: &'static str,
    /// The icon's name.
    pub icon: &'static str,
    /// Who sees it.
    pub permission: &'static Permission,
    /// How many things wait there, if that can be said by one indexed query.
    pub waiting: Option<Count>,
}

/// One of the site's doors: 看信息, 办事情, 说意见.
#[derive(Clone, Copy, Debug)]
pub struct Door {
    /// Its words.
    pub title: &'static str,
    /// Where it leads.
    pub path: &'static str,
    /// Order among the doors.
    pub place: u8,
}

/// Hears the acts of other offices after their commit, in the order of the log.
#[derive(Clone, Copy)]
pub struct Listener {
    /// Unique: `approvals.mail`.
    pub name: &'static str,
    /// The kinds it wants; a kind that ends in `.` stands for all that begin with it.
    pub kinds: &'static [&'static str],
    /// Takes one act. What it writes and how far it has heard are one transaction.
    pub hear: fn(&Hall, &Tx<'_>, &Recorded) -> Outcome<()>,
}

/// A job's work: gets the city, the job's body and the moment.
pub type Work =
    fn(Arc<Hall>, Value, Moment) -> Pin<Box<dyn Future<Output = Outcome<()>> + Send + 'static>>;

/// A kind of later work. It may be done twice: it must be idempotent.
#[derive(Clone, Copy)]
pub struct JobKind {
    /// `supervision.watch`.
    pub name: &'static str,
    /// Does it.
    pub work: Work,
    /// Done so often by itself, without being enqueued.
    pub every_seconds: Option<i64>,
}

/// What an office puts into the full-text index, and after which acts.
#[derive(Clone, Copy)]
pub struct Offer {
    /// The kinds of act after which something changes in the index.
    pub kinds: &'static [&'static str],
    /// What changes in the index after this act, from the rows as they stand now.
    pub changes: fn(&Reader<'_>, &Recorded) -> Outcome<Vec<search::Change>>,
}

/// Tells all that an office holds on the holder of an account, for that person's own copy (个人信息保护法 art. 45): no
/// secret, and nothing of others but who did something with it.
pub type Own = fn(&Reader<'_>, &Hall, &Account) -> Outcome<Value>;

/// What takes asking another office first.
pub type Later<T> = Pin<Box<dyn Future<Output = Outcome<T>> + Send>>;

/// Puts words that other offices know beside what [`Own`] told by name: labels of entries, for one.
pub type Worded = fn(Arc<Hall>, Value) -> Later<Value>;

/// Puts an office's own data into a city that lacks it.
pub type Install = fn(&Tx<'_>, &Hall, Moment) -> Outcome<()>;

/// An office of the city.
pub struct Office {
    /// The crate's name without `office-`: `approvals`. Its tables begin with it.
    pub name: &'static str,
    /// 行政审批.
    pub title: &'static str,
    /// One sentence: what it does and for whom.
    pub about: &'static str,
    /// Its tables.
    pub migrations: MigrationSet,
    /// Its routes.
    pub routes: &'static [Route],
    /// Its permissions.
    pub permissions: &'static [&'static Permission],
    /// The acts it records.
    pub acts: &'static [ActKind],
    /// Those of them that decide, publish or grant: a person who does one signs it.
    pub decisive: &'static [&'static str],
    /// Its lines in the workbench's menu.
    pub menu: &'static [MenuItem],
    /// What it tells a person on the first page of the workbench.
    pub tells: Option<Tell>,
    /// Its doors on the public site.
    pub doors: &'static [Door],
    /// What it hears.
    pub listens: &'static [Listener],
    /// Where the staff find one of its cases: the address before the case's number.
    pub cases: Option<&'static str>,
    /// Its later work: what takes moments.
    pub jobs: &'static [JobKind],
    /// Its later work that may take minutes. It is done one at a time, beside the rest; each is
    /// enqueued in the lane of what takes long.
    pub long_jobs: &'static [JobKind],
    /// The questions it answers.
    pub answers: &'static [Answerer],
    /// Whom its answers name besides the one that was asked about.
    pub names: &'static [Naming],
    /// The terms on which it asks others, with their ground.
    pub terms: &'static [Terms],
    /// Its columns of sealed values.
    pub sealed: &'static [SealedColumn],
    /// Its columns of blind indexes.
    pub covered: &'static [CoveredColumn],
    /// What it puts into the full-text index.
    pub offers: &'static [Offer],
    /// What can be taken out of it, by an order of two people.
    pub exports: &'static [Export],
    /// What it holds on somebody, for that person's own copy.
    pub own: Option<Own>,
    /// Puts words of other offices beside it.
    pub own_worded: Option<Worded>,
    /// Puts the office's own data (code tables, definitions) into a city that lacks it. Runs at
    /// every start and must do nothing the second time.
    pub install: Option<Install>,
    /// The office's part of the OpenAPI description.
    pub openapi: Option<fn() -> utoipa::openapi::OpenApi>,
}

impl Office {
    /// An office with a name and nothing else: the base of a descriptor (`..Office::named(…)`).
    pub const fn named(name: &'static str, title: &'static str, about: &'static str) -> Self {
        Self {
            name,
            title,
            about,
            migrations: MigrationSet { office: name, files: &[] },
            routes: &[],
            permissions: &[],
            acts: &[],
            decisive: &[],
            menu: &[],
            tells: None,
            doors: &[],
            listens: &[],
            cases: None,
            jobs: &[],
            long_jobs: &[],
            answers: &[],
            names: &[],
            terms: &[],
            sealed: &[],
            covered: &[],
            offers: &[],
            exports: &[],
            own: None,
            own_worded: None,
            install: None,
            openapi: None,
        }
    }
}
