//! What can be taken out by an order of two people: the roster of the staff.

use std::collections::HashMap;

use access::{Account, Kind, Narrowed, Permission, Reach};
use ask::About;
use base::{Day, FieldError, Id, Outcome};
use frame::{
    Export, ExportAsked, ExportColumn, ExportFilter, ExportFilterKind, ExportPage, ExportRow,
    ExportRows,
};
use seal::Keys;
use store::Reader;

/// Propose that the roster is taken out.
pub const EXPORT: Permission = Permission {
    name: "identity.export",
    about: "提出导出人员名册",
    roles: &[("sysadmin", Reach::City)],
};

const fn column(name: &'static str, title: &'static str, personal: bool) -> ExportColumn {
    ExportColumn { name, title, personal }
}

/// The staff's accounts with their posts.
pub const STAFF: Export = Export {
    name: "identity.staff",
    title: "人员名册",
    about: "工作人员的账户，一个账户一行：用户名、姓名、今天的岗位、状态、联系方式。",
    propose: &EXPORT,
    agree: None,
    of_organs: true,
    columns: &[
        column("login", "用户名", true),
        column("name", "姓名", true),
        column("posts", "岗位", false),
        column("state", "状态", false),
        column("phone", "手机号码", true),
        column("email", "电子邮箱", true),
    ],
    filters: &[ExportFilter {
        name: "organ",
        title: "哪个机关的人员",
        kind: ExportFilterKind::Organ,
    }],
    check: |_, _| Ok(Vec::<FieldError>::new()),
    rows: ExportRows::Table(|hall, asked, after, limit| {
        Box::pin(async move {
            let keys = hall.keys.clone();
            hall.store.read(move |r| page(r, &keys, &asked, after.as_deref(), limit)).await
        })
    }),
};

fn page(
    reader: &Reader<'_>,
    keys: &Keys,
    asked: &ExportAsked,
    after: Option<&str>,
    limit: i64,
) -> Outcome<ExportPage> {
    let permit = access::clockwork(EXPORT.name);
    let today = asked.before.map_or_else(|| Day::from_number(0), |before| before.day());
    let narrowed = Narrowed { organ: asked.said("organ").to_owned(), ..Narrowed::default() };
    let place = (after.unwrap_or_default(), limit);
    let listed = access::staff_listed(reader, &permit, &narrowed, place, today)?;
    let full = i64::try_from(listed.len()).is_ok_and(|count| count >= limit);
    let next = listed.last().filter(|_| full).map(|last| last.login.clone());
    let mut posts: HashMap<Id<Account>, Vec<String>> = HashMap::new();
    for post in access::posts_listed(reader, &listed, today)? {
        let delegated = if post.delegated { ledger::DELEGATED } else { "" };
        let words = format!("{}{delegated}（{}）", post.post, post.organ);
        posts.entry(post.account).or_default().push(words);
    }
    let ids: Vec<String> = listed.iter().map(|one| one.id.to_string()).collect();
    let accounts = access::accounts_in(reader, &ids)?;
    let accounts: HashMap<Id<Account>, &Account> =
        accounts.iter().filter(|one| one.kind == Kind::Staff).map(|one| (one.id, one)).collect();
    let rows = listed.iter().filter_map(|one| {
        let account = accounts.get(&one.id)?;
        // Who came after the order is not in what was agreed to.
        if asked.before.is_some_and(|before| account.opened_at >= before) {
            return None;
        }
        let posts = posts.get(&one.id).map(|posts| posts.join("；")).unwrap_or_default();
        let cells = asked.columns.iter().map(|column| match column.as_str() {
            "login" => account.login.clone(),
            "name" => account.name.clone(),
            "posts" => posts.clone(),
            "state" => if account.state == "active" { "在用" } else { "停用" }.to_owned(),
            "phone" => account.phone(keys).unwrap_or_default(),
            "email" => account.email(keys).unwrap_or_default(),
            _ => String::new(),
        });
        let about = account.number(keys).map(About::Person);
        let about = about.unwrap_or_else(|| About::Account(account.id.to_string()));
        Some(ExportRow { cells: cells.collect(), people: vec![about] })
    });
    Ok(ExportPage { rows: rows.collect(), next })
}
