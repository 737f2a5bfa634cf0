//! Which systems can be registered, at which addresses, and who decides (RFC 8252, RFC 9700 2.1).

use base::{Day, FieldError, Refusal, RefusalKind};

use crate::rules::refuse;
use crate::terms::openid::{Client, Holders, SCOPES};

/// A client is agreed to for so many days at most.
const LONGEST_DAYS: i64 = 3 * 366;
/// So many addresses a client may have.
const ADDRESSES_MAX: usize = 10;
const ADDRESS_MAX: usize = 500;

/// The address of a client split into what must be equal and, for this very machine, without its port.
fn loopback(address: &str) -> Option<(&'static str, &str)> {
    for host in ["http://127.0.0.1", "http://[::1]"] {
        let Some(rest) = address.strip_prefix(host) else { continue };
        let path = match rest.strip_prefix(':') {
            Some(rest) => {
                let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
                let port = rest.get(..digits)?.parse::<u16>().ok()?;
                (port > 0).then_some(rest.get(digits..)?)?
            }
            None => rest,
        };
        return path.starts_with('/').then_some((host, path));
    }
    None
}

/// Whether an address can be registered: a whole one, over TLS or on the person's own machine, that
/// every program reads the same.
pub(super) fn check_address(address: &str) -> Result<(), &'static str> {
    if address.len() > ADDRESS_MAX {
        return Err("地址太长，最多 500 个字符");
    }
    let plain = |c: char| {
        c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}')
    };
    if !address.chars().all(plain) {
        return Err("地址里有不能用的字符");
    }
    if address.contains(['#', '*']) {
        return Err("地址要写全，不能用 # 和 *");
    }
    if loopback(address).is_some() {
        return Ok(());
    }
    let Some(rest) = address.strip_prefix("https://") else {
        return Err(
            "地址以 https:// 开头；装在个人电脑上的程序用 http://127.0.0.1/ 或者 http://[::1]/",
        );
    };
    let (host, _) = rest.split_once('/').ok_or("主机名后面要有路径，至少一个 /")?;
    let named = host.split(':').next().unwrap_or_default();
    let letters = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    let port =
        host.split_once(':').is_none_or(|(_, port)| port.parse::<u16>().is_ok_and(|port| port > 0));
    if !port || !named.split('.').all(letters) || !named.contains('.') {
        return Err("主机名不完整，例如 https://oa.example.gov.cn/callback");
    }
    Ok(())
}

/// Whether an address that a request names is one of those registered: letter by letter, except that
/// programs on the person's own machine listen on any port (RFC 8252 7.3).
pub fn is_registered(registered: &[String], asked: &str) -> bool {
    let asked_here = loopback(asked);
    registered
        .iter()
        .any(|known| known == asked || (asked_here.is_some() && loopback(known) == asked_here))
}

/// A client as somebody wishes to register it.
#[derive(Clone, Debug, Default)]
pub struct Wished {
    /// Its name.
    pub name: String,
    /// The organ's id.
    pub organ: String,
    /// Whose accounts.
    pub holders: String,
    /// `secret` or `public`.
    pub kind: String,
    /// Addresses, one a line.
    pub redirects: String,
    /// Addresses after signing out, one a line.
    pub leaves: String,
    /// Scopes.
    pub scopes: Vec<String>,
    /// Last day as typed.
    pub until: String,
    /// Why.
    pub reason: String,
}

/// What stands in a wish that has no mistakes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Whose accounts.
    pub holders: Holders,
    /// Whether it keeps no secret.
    pub public: bool,
    /// Addresses.
    pub redirects: Vec<String>,
    /// Addresses after signing out.
    pub leaves: Vec<String>,
    /// Scopes, in order.
    pub scopes: Vec<String>,
    /// Last day.
    pub until: Day,
}

/// Whether a client can be registered so: all mistakes are told at once.
pub fn check_client(wished: &Wished, today: Day) -> Result<Checked, Refusal> {
    let mut refusal = Refusal::new(RefusalKind::Invalid, "identity.bad_client", "有几处需要修改");
    let mut note = |field: &str, words: Option<&str>| {
        let told = words.map(|words| FieldError { field: field.into(), message: words.into() });
        refusal.fields.extend(told);
    };
    let length = wished.name.trim().chars().count();
    let named = (2..=40).contains(&length) && !wished.name.chars().any(char::is_control);
    note("name", (!named).then_some("请写系统的名称，2 到 40 个字，登录的人会看到"));
    let holders = Holders::parse(&wished.holders);
    note("holders", holders.is_none().then_some("请选择谁用它登录"));
    let kind = ["secret", "public"].contains(&wished.kind.as_str());
    note("kind", (!kind).then_some("请选择能不能保管密钥"));
    let (redirects, bad) = addresses(&wished.redirects);
    note("redirects", bad.or(redirects.is_empty().then_some("请至少写一个回调地址")));
    let (leaves, bad) = addresses(&wished.leaves);
    note("leaves", bad);
    let known = |name: &&&str| wished.scopes.iter().any(|wish| wish == **name);
    let names: Vec<&str> = SCOPES.iter().map(|scope| scope.name).collect();
    let mut scopes: Vec<String> =
        names.iter().filter(known).map(|name| (*name).to_owned()).collect();
    if !scopes.iter().any(|scope| scope == "openid") {
        scopes.insert(0, "openid".into());
    }
    let until = Day::typed(wished.until.trim()).ok();
    let until = until.filter(|day| *day >= today && *day <= today.plus(LONGEST_DAYS));
    note("until", until.is_none().then_some("请写最后一天，今天以后、三年以内，例如 2027-12-31"));
    note("reason", wished.reason.trim().is_empty().then_some("请写依据或者理由"));
    match (holders, until) {
        (Some(holders), Some(until)) if refusal.fields.is_empty() => Ok(Checked {
            holders,
            public: wished.kind == "public",
            redirects,
            leaves,
            scopes,
            until,
        }),
        _ => Err(refusal),
    }
}

fn addresses(typed: &str) -> (Vec<String>, Option<&'static str>) {
    let lines = typed.lines().map(str::trim).filter(|line| !line.is_empty());
    let read: Vec<String> = lines.map(str::to_owned).collect();
    let bad = read.iter().find_map(|line| check_address(line).err());
    let many = (read.len() > ADDRESSES_MAX).then_some("最多 10 个地址");
    (read, bad.or(many))
}

/// Whether a new secret may be made for a client.
pub fn may_have_secret(client: &Client, today: Day) -> Result<(), Refusal> {
    if client.public {
        return Err(refuse("identity.public_client", "这个系统不保管密钥，不用生成"));
    }
    if !client.stands(today) {
        return Err(refuse(
            "identity.client_not_standing",
            "这个系统还没有同意，或者已经停用、到期",
        ));
    }
    Ok(())
}
