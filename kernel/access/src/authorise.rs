//! The one place that decides who may.

use std::borrow::Cow;
use std::collections::BTreeMap;

use base::{Day, Id, Outcome, Refusal, RefusalKind};
use ledger::{OnBehalf, Who};
use store::{FromRow, Reader, Row};

use crate::accounts::Account;
use crate::organs::path_of;
use crate::rules::Owed;
use crate::terms::{Actor, Kind, Over, Permission, Permit, Person, Reach, Standing};

/// A grant as it stands for one person in one post.
struct Grant {
    reach: Reach,
    role: String,
    post: String,
    organ: String,
    organ_name: String,
    organ_path: String,
    on_behalf: Option<OnBehalf>,
}

impl Grant {
    /// The farthest reach first, of two subtrees the one that begins higher, so that a list shows all that the
    /// person may see; a post of one's own before one that is exercised for somebody else.
    fn rank(&self) -> (u8, std::cmp::Reverse<usize>, bool) {
        let beneath = matches!(self.reach, Reach::Subtree | Reach::District);
        let depth = if beneath { self.organ_path.len() } else { 0 };
        (self.reach as u8, std::cmp::Reverse(depth), self.on_behalf.is_none())
    }

    /// Whether it reaches this; `target` is the path of the organ, where it is one.
    fn covers(&self, over: &Over, account: &str, target: Option<&str>) -> bool {
        match (over, self.reach) {
            (Over::Any, _) | (_, Reach::City) => true,
            (Over::Account(owner), _) => *owner == account,
            (Over::Organ(organ), Reach::Organ) => *organ == self.organ,
            (Over::Organ(_), Reach::Subtree | Reach::District) => {
                !self.organ_path.is_empty()
                    && target.is_some_and(|path| path.starts_with(&self.organ_path))
            }
            (Over::Organ(_), Reach::Own) | (Over::City, _) => false,
        }
    }

    fn permit(self, person: &Person, permission: Cow<'static, str>) -> Permit {
        Permit {
            who: Who {
                account: Some(person.account.to_string()),
                name: person.name.clone(),
                post: self.post,
                organ: self.organ,
                organ_name: self.organ_name,
                on_behalf: self.on_behalf,
            },
            permission,
            reach: self.reach,
            organ_path: self.organ_path,
            agent_came: false,
        }
    }
}

impl FromRow for Grant {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        // An unknown reach, written by a newer program, reaches nothing but one's own.
        let reach = Reach::parse(&row.get::<String>("reach")?).unwrap_or(Reach::Own);
        let on_behalf = on_behalf(row)?;
        let text =
            |name| Ok::<_, store::Error>(row.get::<Option<String>>(name)?.unwrap_or_default());
        let (own, district): (String, String) = (text("organ_path")?, text("district_path")?);
        // A district is the subtree of its organ; who belongs to none reaches their own.
        let (reach, organ_path) = match reach {
            Reach::District if district.is_empty() => (Reach::Subtree, own),
            Reach::District => (Reach::Subtree, district),
            reach => (reach, own),
        };
        Ok(Self {
            reach,
            role: row.get("role")?,
            post: post_of(row.get("post")?, on_behalf.as_ref()),
            organ: row.get("organ")?,
            organ_name: text("organ_name")?,
            organ_path,
            on_behalf,
        })
    }
}

/// For whom a post is exercised, as a row of it says.
pub(crate) fn on_behalf(row: &Row<'_>) -> Result<Option<OnBehalf>, store::Error> {
    let account: Option<String> = row.get("for_account")?;
    let name: Option<String> = row.get("for_name")?;
    Ok(account.map(|account| OnBehalf { account, name: name.unwrap_or_default(), mandate: None }))
}

/// The name of a post, which says so where it is exercised for somebody else.
pub(crate) fn post_of(post: String, on_behalf: Option<&OnBehalf>) -> String {
    if on_behalf.is_some() { post + ledger::DELEGATED } else { post }
}

/// Whether `actor` may do what `permission` names, over this: the permit, or a refusal that says
/// what is missing. Call it inside the write transaction.
pub fn authorise(
    reader: &Reader<'_>,
    actor: &Actor,
    permission: &Permission,
    over: Over,
) -> Outcome<Permit> {
    let Some(person) = actor.person() else {
        return for_nobody(reader, permission, actor.at().day());
    };
    if let Standing::Owing(owed) = person.standing {
        return Err(owing(owed).into());
    }
    let target = target_of(reader, &over)?;
    let grants = grants_for(reader, person, permission)?;
    let (some, account) = (!grants.is_empty(), person.account.to_string());
    let covering = grants.into_iter().filter(|one| one.covers(&over, &account, target.as_deref()));
    let best = covering.max_by_key(Grant::rank);
    let grant = best.ok_or_else(|| forbidden(person.kind, permission, some))?;
    Ok(grant.permit(person, permission.name.into()))
}

/// The path of the organ that this is, if it is one.
fn target_of(reader: &Reader<'_>, over: &Over) -> Outcome<Option<String>> {
    match over {
        Over::Organ(organ) => Ok(Some(path_of(reader, organ)?.unwrap_or_default())),
        _ => Ok(None),
    }
}

fn grants_for(
    reader: &Reader<'_>,
    person: &Person,
    permission: &Permission,
) -> Outcome<Vec<Grant>> {
    let day = person.at.day();
    let mut grants: Vec<Grant> = reader.all(
        "SELECT g.reach, h.role, h.post, h.organ, o.name AS organ_name, o.path AS organ_path,
                o.district_path, h.for_account, f.name AS for_name
         FROM access_holdings h
         JOIN access_grants g ON g.role = h.role AND g.permission = $2
              AND g.from_day <= $3 AND (g.until_day IS NULL OR g.until_day >= $3)
         JOIN access_accounts a ON a.id = h.account AND a.state = 'active'
         LEFT JOIN access_organs o ON o.id = h.organ
         LEFT JOIN access_accounts f ON f.id = h.for_account
         WHERE h.account = $1 AND h.from_day <= $3 AND (h.until_day IS NULL OR h.until_day >= $3)
           AND h.ended_at IS NULL
         ORDER BY h.id",
        &[person.account.into(), permission.name.into(), day.into()],
    )?;
    if grants.is_empty() && open_to_anyone(reader, permission, day)? {
        grants.push(Grant {
            reach: Reach::Own,
            role: "anyone".into(),
            post: crate::terms::role_title("anyone").into(),
            organ: String::new(),
            organ_name: String::new(),
            organ_path: String::new(),
            on_behalf: None,
        });
    }
    debug_assert!(grants.iter().all(|grant| !grant.role.is_empty()));
    Ok(grants)
}

fn open_to_anyone(reader: &Reader<'_>, permission: &Permission, day: Day) -> Outcome<bool> {
    let found: Option<String> = reader.maybe(
        "SELECT reach FROM access_grants
         WHERE permission = $1 AND role = 'anyone'
           AND from_day <= $2 AND (until_day IS NULL OR until_day >= $2) LIMIT 1",
        &[permission.name.into(), day.into()],
    )?;
    Ok(found.is_some())
}

fn for_nobody(reader: &Reader<'_>, permission: &Permission, day: Day) -> Outcome<Permit> {
    if !open_to_anyone(reader, permission, day)? {
        return Err(Refusal::new(
            RefusalKind::SignIn,
            "access.sign_in",
            format!("请先登录，再{}", permission.about),
        )
        .remedy("登录后会回到这一页；还没有账户的，可以先注册")
        .into());
    }
    Ok(Permit {
        who: Who {
            account: None,
            name: "未登录的访客".into(),
            post: crate::terms::role_title("anyone").into(),
            organ: String::new(),
            organ_name: String::new(),
            on_behalf: None,
        },
        permission: permission.name.into(),
        reach: Reach::Own,
        organ_path: String::new(),
        agent_came: false,
    })
}

/// The codes of the refusals of who must do something first.
pub const OWES_PASSWORD: &str = "access.password_first";
/// As [`OWES_PASSWORD`], for a second factor.
pub const OWES_FACTOR: &str = "access.second_factor_first";

/// What somebody is told who must do something before anything else.
pub fn owing(owed: Owed) -> Refusal {
    let (code, words, remedy) = match owed {
        Owed::Password => (
            OWES_PASSWORD,
            "密码已经到了更换的期限，要先修改密码",
            "请用浏览器登录，在“我的账户”里修改密码，再重新登录",
        ),
        Owed::SecondFactor => (
            OWES_FACTOR,
            "工作人员登录要用两种方式，这次登录只用了密码，或者用的第二种方式不符合本市的规定",
            "请用浏览器登录，在“我的账户”的“登录方式”里加上一种；已经加上的，请退出以后用它重新登录",
        ),
    };
    Refusal::new(RefusalKind::Forbidden, code, words)
        .ground("GB/T 22239-2019 8.1.4.1 身份鉴别")
        .remedy(remedy)
}

fn forbidden(kind: Kind, permission: &Permission, elsewhere: bool) -> Refusal {
    let about = permission.about;
    if kind == Kind::Citizen && !elsewhere {
        let words = format!("这里是工作人员{about}的地方，个人账户不能进入");
        Refusal::new(RefusalKind::Forbidden, "access.forbidden", words)
            .remedy("您自己的申请和进度，登录以后在“我的办件”里看")
    } else if elsewhere {
        Refusal::new(
            RefusalKind::Forbidden,
            "access.out_of_reach",
            format!("您可以在自己的职责范围内{about}，但这一件不在您的范围内"),
        )
        .remedy("请转交负责的单位，或者联系本单位的电子政务管理员核对岗位")
    } else {
        Refusal::new(
            RefusalKind::Forbidden,
            "access.forbidden",
            format!("您的岗位没有{about}的权限"),
        )
        .remedy("确需办理的，请联系本单位的电子政务管理员")
    }
}

/// Every permit that the actor holds, the farthest-reaching one of each permission: for menus.
pub fn permits_of(reader: &Reader<'_>, actor: &Actor) -> Outcome<Vec<Permit>> {
    permits_over(reader, actor, &Over::Any)
}

/// Every permit that the actor holds over this, the farthest-reaching one of each permission: what
/// a page about one thing may offer, by one query for all of it.
pub fn permits_over(reader: &Reader<'_>, actor: &Actor, over: &Over) -> Outcome<Vec<Permit>> {
    let Some(person) = actor.person() else { return Ok(Vec::new()) };
    if person.standing != Standing::Whole {
        return Ok(Vec::new());
    }
    let target = target_of(reader, over)?;
    let rows: Vec<Held> = reader.all(
        "SELECT g.permission, g.reach, h.role, h.post, h.organ, o.name AS organ_name,
                o.path AS organ_path, o.district_path, h.for_account, f.name AS for_name
         FROM access_holdings h
         JOIN access_grants g ON g.role = h.role
              AND g.from_day <= $2 AND (g.until_day IS NULL OR g.until_day >= $2)
         LEFT JOIN access_organs o ON o.id = h.organ
         LEFT JOIN access_accounts f ON f.id = h.for_account
         WHERE h.account = $1 AND h.from_day <= $2 AND (h.until_day IS NULL OR h.until_day >= $2)
           AND h.ended_at IS NULL
         ORDER BY h.id",
        &[person.account.into(), person.at.day().into()],
    )?;
    let account = person.account.to_string();
    let mut best: BTreeMap<String, Grant> = BTreeMap::new();
    for Held { permission, grant } in rows {
        if !grant.covers(over, &account, target.as_deref()) {
            continue;
        }
        match best.get(&permission) {
            Some(held) if held.rank() >= grant.rank() => {}
            _ => _ = best.insert(permission, grant),
        }
    }
    let permits = best.into_iter().map(|(name, grant)| grant.permit(person, name.into()));
    Ok(permits.collect())
}

/// Somebody who holds a post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The account.
    pub account: Id<Account>,
    /// Its login.
    pub login: String,
    /// The person's name.
    pub name: String,
}

impl FromRow for Holder {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self { account: row.get("account")?, login: row.get("login")?, name: row.get("name")? })
    }
}

/// Who may do this by a post in this very organ on a day, by name. At most 200.
pub fn holders(
    reader: &Reader<'_>,
    permission: &Permission,
    organ: &str,
    on: Day,
) -> Outcome<Vec<Holder>> {
    let mut holders: Vec<Holder> = reader.all(
        "SELECT a.id AS account, a.login, a.name
         FROM access_grants g
         JOIN access_holdings h ON h.role = g.role AND h.organ = $2
         JOIN access_accounts a ON a.id = h.account
         WHERE g.permission = $1 AND a.state = 'active'
           AND g.from_day <= $3 AND (g.until_day IS NULL OR g.until_day >= $3)
           AND h.from_day <= $3 AND (h.until_day IS NULL OR h.until_day >= $3)
           AND h.ended_at IS NULL
         LIMIT 200",
        &[permission.name.into(), organ.into(), on.into()],
    )?;
    // The few of one organ: sorted here, and each once however many posts they hold.
    holders.sort_by(|one, other| (&one.name, one.account).cmp(&(&other.name, other.account)));
    holders.dedup_by_key(|holder| holder.account);
    Ok(holders)
}

struct Held {
    permission: String,
    grant: Grant,
}

impl FromRow for Held {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self { permission: row.get("permission")?, grant: Grant::from_row(row)? })
    }
}

/// The permit of the city's own clockwork: for jobs and listeners, which act on nobody's order but
/// the rules'. Handlers of requests never call it.
pub fn clockwork(permission: &'static str) -> Permit {
    Permit {
        who: Who::clockwork(),
        permission: permission.into(),
        reach: Reach::City,
        organ_path: String::new(),
        agent_came: false,
    }
}

/// The permit of a machine of an organ, which has signed what it asks for by the certificate that two people have registered
/// for it: for programs of other houses, which have no account. Whoever calls has looked at the registration inside the
/// transaction; it permits what it names, and nothing that a person is asked for.
pub fn machine(
    permission: &'static str,
    (name, title): (&str, &str),
    organ: (&str, &str),
) -> Permit {
    let who = Who {
        account: None,
        name: name.into(),
        post: title.into(),
        organ: organ.0.into(),
        organ_name: organ.1.into(),
        on_behalf: None,
    };
    Permit {
        who,
        permission: permission.into(),
        reach: Reach::Own,
        organ_path: String::new(),
        agent_came: false,
    }
}
