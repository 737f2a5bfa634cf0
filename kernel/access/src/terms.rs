//! The nouns: roles, permissions, actors and permits.

use std::sync::Arc;

use base::{Day, Id, Moment};
use ledger::{OnBehalf, Who};
use serde::{Deserialize, Serialize};

use crate::accounts::Account;
use crate::rules::Owed;

/// How far a role's permission reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// Only what is one's own.
    Own,
    /// One's own organ.
    Organ,
    /// One's own organ and all below it.
    Subtree,
    /// The district that one's own organ belongs to, and all below it; one's own organ where it belongs to none. A
    /// permit says it as a subtree.
    District,
    /// The whole city.
    City,
}

impl Reach {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Reach::Own => "own",
            Reach::Organ => "organ",
            Reach::Subtree => "subtree",
            Reach::District => "district",
            Reach::City => "city",
        }
    }

    /// As people say it.
    pub const fn title(self) -> &'static str {
        match self {
            Reach::Own => "本人的",
            Reach::Organ => "本机构",
            Reach::Subtree => "本机构和下属",
            Reach::District => "本区",
            Reach::City => "全市",
        }
    }

    /// All of them, the shortest first.
    pub const ALL: [Reach; 5] =
        [Reach::Own, Reach::Organ, Reach::Subtree, Reach::District, Reach::City];

    /// Reads it as it is stored.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reach| reach.as_str() == text)
    }
}

/// Something one may be allowed to do. An office declares its permissions as statics, each with
/// the roles that hold it from the start.
#[derive(Clone, Copy, Debug)]
pub struct Permission {
    /// `office.verb`: `approvals.accept`.
    pub name: &'static str,
    /// What it lets one do, in words that complete 「您没有…的权限」.
    pub about: &'static str,
    /// The roles that hold it in a new city, and how far.
    pub roles: &'static [(&'static str, Reach)],
}

/// A role: a bundle of permissions a person can hold in an organ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Role {
    /// Stable name.
    pub name: &'static str,
    /// 窗口工作人员.
    pub title: &'static str,
    /// Who holds a role of such a group holds no other role: the three administrators. The database
    /// refuses it too (`0005_kept`).
    pub exclusive: Option<&'static str>,
}

const fn role(name: &'static str, title: &'static str) -> Role {
    Role { name, title, exclusive: None }
}

const fn admin(name: &'static str, title: &'static str) -> Role {
    Role { name, title, exclusive: Some("administrators") }
}

/// The roles of the city. `anyone` is held by everybody, signed in or not.
pub const ROLES: &[Role] = &[
    role("anyone", "任何人"),
    role("citizen", "个人用户"),
    role("clerk", "窗口工作人员"),
    role("examiner", "审查人员"),
    role("approver", "审批负责人"),
    role("supervisor", "监察人员"),
    role("editor", "信息编辑"),
    role("reviewer", "信息审核"),
    role("registrar", "人口信息管理员"),
    role("datasteward", "数据专员"),
    role("datamanager", "数据目录管理员"),
    role("orgadmin", "电子政务管理员"),
    role("privacy", "个人信息保护负责人"),
    admin("sysadmin", "系统管理员"),
    admin("secadmin", "安全管理员"),
    admin("auditor", "审计管理员"),
];

/// What a role is for. The three administrators are three sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// Everybody, signed in or not.
    Anyone,
    /// Who has an account of their own.
    Citizen,
    /// Who works for the city.
    Staff,
    /// The system administrator.
    System,
    /// The security administrator.
    Security,
    /// The auditor.
    Audit,
}

impl Side {
    const ALL: [Side; 6] =
        [Side::Anyone, Side::Citizen, Side::Staff, Side::System, Side::Security, Side::Audit];

    /// The side of a role with this name.
    pub fn of(role: &str) -> Self {
        match role {
            "anyone" => Side::Anyone,
            "citizen" => Side::Citizen,
            "sysadmin" => Side::System,
            "secadmin" => Side::Security,
            "auditor" => Side::Audit,
            _ => Side::Staff,
        }
    }

    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Side::Anyone => "anyone",
            Side::Citizen => "citizen",
            Side::Staff => "staff",
            Side::System => "system",
            Side::Security => "security",
            Side::Audit => "audit",
        }
    }

    /// As people say it.
    pub const fn title(self) -> &'static str {
        match self {
            Side::Anyone => "任何人",
            Side::Citizen => "个人用户",
            Side::Staff => "工作人员",
            Side::System => "系统管理员",
            Side::Security => "安全管理员",
            Side::Audit => "审计管理员",
        }
    }

    /// One that a newer program wrote is taken for the narrowest that is known.
    pub(crate) fn parse(text: &str) -> Self {
        Self::ALL.into_iter().find(|side| side.as_str() == text).unwrap_or(Side::Anyone)
    }
}

/// The title of a role that every city has; its name where it is another.
pub fn role_title(name: &str) -> &str {
    ROLES.iter().find(|role| role.name == name).map_or(name, |role| role.title)
}

/// Whether this is the role of one of the three separated administrators, who hold no other role.
pub fn is_administrator(role: &str) -> bool {
    ROLES.iter().any(|known| known.name == role && known.exclusive.is_some())
}

/// What kind of account it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A member of the public.
    Citizen,
    /// Someone who works for the city.
    Staff,
}

impl Kind {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Citizen => "citizen",
            Kind::Staff => "staff",
        }
    }
}

/// How far an account has shown whose it is, the lowest first.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Somebody has registered and stated a name and a number.
    Registered,
    /// Name and number agree with the register of residents.
    Checked,
    /// Shown in person at a counter, or by an identity platform that has proven it.
    Proven,
}

impl Level {
    /// As stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Level::Registered => "registered",
            Level::Checked => "checked",
            Level::Proven => "proven",
        }
    }

    /// As people read it.
    pub const fn title(self) -> &'static str {
        match self {
            Level::Registered => "已注册",
            Level::Checked => "已核对",
            Level::Proven => "已实名核验",
        }
    }

    /// From what was stored or sent.
    pub fn parse(text: &str) -> Option<Self> {
        [Level::Registered, Level::Checked, Level::Proven]
            .into_iter()
            .find(|level| level.as_str() == text)
    }
}

/// By what an account has shown that its number is its holder's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Name, number and phone agree with the register of residents.
    Register,
    /// A clerk has seen the person and the card.
    Counter,
    /// An identity platform that proves numbers has said so.
    Platform,
}

impl Proof {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Proof::Register => "register",
            Proof::Counter => "counter",
            Proof::Platform => "platform",
        }
    }

    pub(crate) fn parse(text: &str) -> Self {
        match text {
            "counter" => Proof::Counter,
            "platform" => Proof::Platform,
            _ => Proof::Register,
        }
    }

    /// How far it shows whose an account is.
    pub const fn level(self) -> Level {
        match self {
            Proof::Register => Level::Checked,
            Proof::Counter | Proof::Platform => Level::Proven,
        }
    }
}

/// Who asks.
#[derive(Clone, Debug)]
pub enum Actor {
    /// Nobody is signed in.
    Nobody {
        /// When.
        at: Moment,
    },
    /// Someone is.
    Person(Arc<Person>),
}

/// A person who is signed in, as the session found them at the start of the request.
#[derive(Clone, Debug)]
pub struct Person {
    /// The account.
    pub account: Id<Account>,
    /// What they sign in with.
    pub login: String,
    /// Their name.
    pub name: String,
    /// Citizen or staff.
    pub kind: Kind,
    /// Whether the number was proven to be the person's.
    pub real_name: bool,
    /// The posts held today: role, post, organ id, organ name.
    pub posts: Vec<Post>,
    /// When the request came.
    pub at: Moment,
    /// The MAC of the session's token: names the session, opens nothing.
    pub session: [u8; 32],
    /// Whether the session may do all that its person may.
    pub standing: Standing,
}

/// Whether a session may do all that its person may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// It may.
    #[default]
    Whole,
    /// Something must be done first: nothing else is authorised.
    Owing(Owed),
    /// Something must be done first, and this request came by a way that leads there.
    Settling(Owed),
}

impl Standing {
    /// What must be done first.
    pub fn owed(self) -> Option<Owed> {
        match self {
            Standing::Whole => None,
            Standing::Owing(owed) | Standing::Settling(owed) => Some(owed),
        }
    }
}

/// A post held today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// The role.
    pub role: String,
    /// The post's name.
    pub title: String,
    /// The organ's id; empty for citizens.
    pub organ: String,
    /// The organ's name.
    pub organ_name: String,
    /// For whom it is exercised (受委托代行), if it is somebody else's.
    pub on_behalf: Option<OnBehalf>,
    /// The last day, if it ends.
    pub until: Option<Day>,
}

impl Person {
    /// Whether one of the posts has this role.
    pub fn has_role(&self, role: &str) -> bool {
        self.posts.iter().any(|post| post.role == role)
    }

    /// The first organ among the posts.
    pub fn organ(&self) -> Option<&Post> {
        self.posts.iter().find(|post| !post.organ.is_empty())
    }
}

impl Actor {
    /// The person, if someone is signed in.
    pub fn person(&self) -> Option<&Person> {
        match self {
            Actor::Nobody { .. } => None,
            Actor::Person(person) => Some(person),
        }
    }

    /// When the request came.
    pub fn at(&self) -> Moment {
        match self {
            Actor::Nobody { at } => *at,
            Actor::Person(person) => person.at,
        }
    }
}

/// Over what a permission is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Over {
    /// Anything the person may reach: where the query itself is scoped.
    Any,
    /// The whole city.
    City,
    /// One organ, by id.
    Organ(String),
    /// What belongs to one account.
    Account(String),
}

/// The right to do one thing, minted by `authorise` and by nothing else. It tells who does it, in
/// which post, and how far they reach.
#[derive(Clone, Debug)]
pub struct Permit {
    pub(crate) who: Who,
    pub(crate) permission: std::borrow::Cow<'static, str>,
    pub(crate) reach: Reach,
    pub(crate) organ_path: String,
    pub(crate) agent_came: bool,
}

impl Permit {
    /// Who does it: goes into the act.
    pub fn who(&self) -> &Who {
        &self.who
    }

    /// The account's id; empty for nobody and for the city's own clockwork.
    pub fn account(&self) -> &str {
        self.who.account.as_deref().unwrap_or_default()
    }

    /// For whom the post is exercised (受委托代行), by account, if for somebody.
    pub fn behalf(&self) -> Option<&str> {
        self.who.on_behalf.as_ref().map(|one| one.account.as_str())
    }

    /// Who does it, and for whom they exercise the post: where two people decide, these are one.
    pub fn doers(&self) -> Vec<&str> {
        std::iter::once(self.account()).chain(self.behalf()).collect()
    }

    /// The organ in whose post it is done; empty for citizens.
    pub fn organ(&self) -> &str {
        &self.who.organ
    }

    /// The permission's name.
    pub fn permission(&self) -> &str {
        &self.permission
    }

    /// How far the holder reaches with it.
    pub fn reach(&self) -> Reach {
        self.reach
    }

    /// The path of the holder's organ: what `Reach::Subtree` covers begins with it.
    pub fn organ_path(&self) -> &str {
        &self.organ_path
    }
}
