//! What a handler knows about the request: who, when, from where, and the city around it.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use access::{Account, Actor, Over, Permission, Permit, Person};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use base::{Id, Moment, Outcome, Refusal, RefusalKind, Stop};
use ledger::Who;
use store::{Reader, Tx};

use crate::hall::Hall;
use crate::mount::Changes;
use crate::problem::{Problem, not_found};

/// Names a request in logs and on error pages.
pub struct Request;

/// How the person wants pages to look; kept in a cookie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prefs {
    /// 长者模式: larger type, stronger contrast.
    pub elder: bool,
    /// Steps of text size above the normal one: 0, 1, 2.
    pub larger: u8,
}

/// A person who has asked for something that is done later or by a command, or whom somebody else
/// names: an actor without a session. What they may do is read from their posts as they stand then.
pub fn acting_as(account: &Account, now: Moment) -> Actor {
    Actor::Person(Arc::new(Person {
        account: account.id,
        login: account.login.clone(),
        name: account.name.clone(),
        kind: account.kind,
        real_name: account.real_name,
        posts: Vec::new(),
        at: now,
        session: [0; 32],
        standing: access::Standing::Whole,
    }))
}

/// The context of a request. Cheap to clone. Handlers of GET take it as it is and can only read;
/// handlers that change something take [`ActCx`].
#[derive(Clone)]
pub struct Cx(Arc<Inner>);

struct Inner {
    hall: Arc<Hall>,
    actor: Actor,
    permit: Option<Permit>,
    now: Moment,
    request: Id<Request>,
    sent: Sent,
    /// The first thing that was refused to this request.
    refused: Arc<OnceLock<&'static str>>,
}

/// What a request itself tells.
#[derive(Clone)]
pub(crate) struct Sent {
    /// From where.
    pub(crate) address: IpAddr,
    /// How pages should look.
    pub(crate) prefs: Prefs,
    /// Path and query.
    pub(crate) target: String,
    /// What the browser calls itself.
    pub(crate) agent: String,
    /// The mark of a browser in which somebody has signed in before.
    pub(crate) known: Option<String>,
}

impl Cx {
    pub(crate) fn new(hall: Arc<Hall>, actor: Actor, permit: Option<Permit>, sent: Sent) -> Self {
        let now = actor.at();
        let request = Id::mint(now);
        Self(Arc::new(Inner { hall, actor, permit, now, request, sent, refused: Arc::default() }))
    }

    /// The same request, whose act is of this moment.
    pub(crate) fn at(&self, now: Moment) -> Self {
        let Inner { hall, permit, request, sent, refused, .. } = &*self.0;
        let actor = match &self.0.actor {
            Actor::Person(person) => {
                Actor::Person(Arc::new(Person { at: now, ..Person::clone(person) }))
            }
            Actor::Nobody { .. } => Actor::Nobody { at: now },
        };
        Self(Arc::new(Inner {
            hall: hall.clone(),
            actor,
            permit: permit.clone(),
            now,
            request: *request,
            sent: sent.clone(),
            refused: refused.clone(),
        }))
    }

    /// By which name the agent on a person's machine knows whose token to use.
    pub(crate) fn who_signs(&self) -> &str {
        self.person().map_or("", |person| person.login.as_str())
    }

    /// The city.
    pub fn hall(&self) -> &Arc<Hall> {
        &self.0.hall
    }

    /// Who asks.
    pub fn actor(&self) -> &Actor {
        &self.0.actor
    }

    /// The person, if someone is signed in.
    pub fn person(&self) -> Option<&Person> {
        self.0.actor.person()
    }

    /// The person; a refusal to sign in first if there is none.
    pub fn signed_in(&self) -> Result<&Person, Refusal> {
        self.person().ok_or_else(|| {
            Refusal::new(RefusalKind::SignIn, "access.sign_in", "请先登录")
                .remedy("登录后会回到这一页；还没有账户的，可以先注册")
        })
    }

    /// The permit of the route's permission over anything: says how far lists may reach.
    pub fn permit(&self) -> Outcome<&Permit> {
        let words = "您没有查看这一页的权限";
        let missing = || Refusal::new(RefusalKind::Forbidden, "access.forbidden", words);
        Ok(self.0.permit.as_ref().ok_or_else(missing)?)
    }

    /// The account of who asks; empty if nobody is signed in.
    pub fn account(&self) -> String {
        self.person().map(|person| person.account.to_string()).unwrap_or_default()
    }

    /// The permit of who asks for this over that, if they have one: for what a page shows, never for deciding.
    pub async fn permitted(
        &self,
        permission: &'static Permission,
        over: Over,
    ) -> Outcome<Option<Permit>> {
        let actor = self.actor().clone();
        self.read(move |r| match access::authorise(r, &actor, permission, over.clone()) {
            Ok(permit) => Ok(Some(permit)),
            Err(Stop::Refused(_)) => Ok(None),
            Err(stop) => Err(stop),
        })
        .await
    }

    /// The moment of the request. Read once; the same everywhere in it.
    pub fn now(&self) -> Moment {
        self.0.now
    }

    /// The request's id.
    pub fn request(&self) -> Id<Request> {
        self.0.request
    }

    /// Where the request came from.
    pub fn address(&self) -> IpAddr {
        self.0.sent.address
    }

    /// What the browser calls itself (`User-Agent`), its first 300 bytes; anybody may write anything there.
    pub fn agent(&self) -> &str {
        &self.0.sent.agent
    }

    /// The mark that a sign-in has left in the browser, as it came: anybody may send anything.
    pub fn known_browser(&self) -> Option<&str> {
        self.0.sent.known.as_deref()
    }

    /// What signing in demands today.
    pub fn sign_in_rule(&self) -> &access::SignInRule {
        self.0.hall.sign_in.on(self.0.now.day())
    }

    /// The address by which attempts are counted. Who has one of IPv6 has a whole /64 of them, so these
    /// count as one.
    pub fn neighbourhood(&self) -> IpAddr {
        match self.0.sent.address {
            IpAddr::V6(address) if address.to_ipv4_mapped().is_none() => {
                IpAddr::V6((address.to_bits() & !u128::from(u64::MAX)).into())
            }
            address => address.to_canonical(),
        }
    }

    /// How the person wants pages to look.
    pub fn prefs(&self) -> Prefs {
        self.0.sent.prefs
    }

    /// Path and query of the request.
    pub fn target(&self) -> &str {
        &self.0.sent.target
    }

    /// Whether the answer goes to a program rather than to a person.
    pub fn is_api(&self) -> bool {
        self.0.sent.target.starts_with("/api/")
    }

    /// One read transaction.
    pub async fn read<T: Send + 'static>(
        &self,
        look: impl Fn(&Reader<'_>) -> Outcome<T> + Send + Sync + 'static,
    ) -> Outcome<T> {
        self.noting(self.0.hall.store.read(look).await)
    }

    /// Keeps in mind for what want of a right this request was refused, also where its page shows the form again.
    fn noting<T>(&self, outcome: Outcome<T>) -> Outcome<T> {
        if let Err(Stop::Refused(refusal)) = &outcome
            && refusal.kind == RefusalKind::Forbidden
        {
            let _ = self.0.refused.set(refusal.code);
        }
        outcome
    }

    /// The code of the first refusal for want of a right.
    pub(crate) fn refused(&self) -> Option<&'static str> {
        self.0.refused.get().copied()
    }

    /// Asks another office on behalf of this person; the access record is durable first.
    pub async fn ask<Q: ask::Question>(
        &self,
        asker: &'static str,
        purpose: &'static str,
        question: &Q,
    ) -> Outcome<ask::Answer<Q::Answer>> {
        let who = self.who();
        self.0.hall.desk.ask(asker, purpose, &who, question, self.now()).await
    }

    /// The same in the course of a case, by its id.
    pub async fn ask_in<Q: ask::Question>(
        &self,
        case: impl std::fmt::Display,
        asking: (&'static str, &'static str),
        question: &Q,
    ) -> Outcome<ask::Answer<Q::Answer>> {
        let (who, case) = (self.who(), case.to_string());
        self.0.hall.desk.ask_in(&case, asking, &who, question, self.now()).await
    }

    /// Who this is, as an access record names them.
    pub fn who(&self) -> Who {
        let Some(person) = self.person() else {
            return Who {
                account: None,
                name: "未登录的访客".into(),
                post: "任何人".into(),
                organ: String::new(),
                organ_name: String::new(),
                on_behalf: None,
            };
        };
        // Who got here by somebody else's post looks in that one's name, whatever their own posts are.
        let permit = self.0.permit.as_ref().map(access::Permit::who);
        if let Some(who) = permit.filter(|who| who.on_behalf.is_some()) {
            return who.clone();
        }
        let post = person.organ().or(person.posts.first());
        Who {
            account: Some(person.account.to_string()),
            name: person.name.clone(),
            post: post.map(|post| post.title.clone()).unwrap_or_default(),
            organ: post.map(|post| post.organ.clone()).unwrap_or_default(),
            organ_name: post.map(|post| post.organ_name.clone()).unwrap_or_default(),
            on_behalf: post.and_then(|post| post.on_behalf.clone()),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Cx {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Cx>().cloned().ok_or_else(|| not_found("这一页").into())
    }
}

/// The context of a request that changes something. A GET cannot get one: it is extracted on routes
/// of the state [`Changes`] alone, and [`mount::get`](crate::mount::get) mounts on another.
#[derive(Clone)]
pub struct ActCx(Cx);

impl std::ops::Deref for ActCx {
    type Target = Cx;

    fn deref(&self) -> &Cx {
        &self.0
    }
}

impl ActCx {
    /// One write transaction; its acts get receipts.
    pub async fn write<T: Send + 'static>(
        &self,
        change: impl Fn(&Tx<'_>) -> Outcome<T> + Send + Sync + 'static,
    ) -> Outcome<T> {
        self.noting(self.hall().write(change).await)
    }
}

impl FromRequestParts<Changes> for ActCx {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &Changes) -> Result<Self, Problem> {
        Cx::from_request_parts(parts, state).await.map(Self)
    }
}
