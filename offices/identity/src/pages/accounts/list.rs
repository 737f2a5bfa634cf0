//! The list of staff accounts: searched and narrowed in the address, paged by login.

use access::{Listed, ListedPost, Narrowed, Organ, RoleRow, Side};
use axum::extract::Query;
use base::Day;
use frame::parts::{
    Button, Choice, Column, Field, Filter, Filters, Heading, Pager, Row, Table, Tone, Width,
    button_row, empty, moment_said, post_form, section, tag,
};
use frame::{Cx, Reply, page};
use maud::{Markup, html};
use serde::Deserialize;

use super::{HERE, NewStaff};
use crate::acts;
use crate::pages::{Wrong, held, permits};
use crate::terms::{ADMINISTER, SEE};

const PAGE: usize = 50;
/// No login and no name is longer.
const WORDS_MAX: usize = 50;

/// What the address asks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Sought {
    q: String,
    organ: String,
    role: String,
    side: String,
    state: String,
    after: String,
}

impl Sought {
    fn narrowed(&self) -> Narrowed {
        Narrowed {
            words: self.q.trim().chars().take(WORDS_MAX).collect(),
            organ: self.organ.clone(),
            role: self.role.clone(),
            side: self.side.clone(),
            state: self.state.clone(),
        }
    }

    /// The address of the page after a login; of the first one where it is empty.
    fn address(&self, after: &str) -> String {
        let pairs = [
            ("q", self.q.trim()),
            ("organ", &self.organ),
            ("role", &self.role),
            ("side", &self.side),
            ("state", &self.state),
            ("after", after),
        ];
        let mut address = form_urlencoded::Serializer::new(String::new());
        for (name, value) in pairs.into_iter().filter(|(_, value)| !value.is_empty()) {
            address.append_pair(name, value);
        }
        let query = address.finish();
        if query.is_empty() { HERE.to_owned() } else { format!("{HERE}?{query}") }
    }
}

/// `GET /desk/accounts`
pub(crate) async fn show(cx: Cx, Query(sought): Query<Sought>) -> Reply {
    page_of(&cx, &sought, &NewStaff::default(), Wrong::default()).await
}

/// One page of the list, and the form that opens an account.
pub(super) async fn page_of(cx: &Cx, sought: &Sought, form: &NewStaff, wrong: Wrong<'_>) -> Reply {
    let may = permits(cx).await?;
    let today = cx.now().day();
    let (narrowed, after) = (sought.narrowed(), sought.after.clone());
    let sees = held(&may, &SEE).cloned();
    let (mut accounts, posts, organs, roles) = cx
        .read(move |r| {
            let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
            let listed = match &sees {
                Some(permit) => access::staff_listed(r, permit, &narrowed, (&after, limit), today)?,
                None => Vec::new(),
            };
            let posts = access::posts_listed(r, &listed, today)?;
            Ok((listed, posts, access::organs(r)?, access::roles(r)?))
        })
        .await?;
    let more = accounts.len() > PAGE;
    accounts.truncate(PAGE);
    let next = accounts.last().filter(|_| more).map(|last| sought.address(&last.login));
    let first = (!sought.after.is_empty()).then(|| sought.address(""));
    let rows = accounts.iter().map(|account| row(account, &posts, today));
    let nothing = empty(
        "没有这样的人员账户",
        html! {
            p { "按姓名或者用户名的开头查找；也可以去掉上面的条件。新的账户由系统管理员在下面开立。" }
        },
    );
    let body = html! {
        (Heading::new("人员账户"))
        (wrong.head())
        (filters(sought, &organs, &roles))
        (Table::new("人员账户，按用户名排列").columns([
            Column::new("姓名"), Column::new("用户名"), Column::new("机构和岗位"),
            Column::new("第二种登录方式").minor(), Column::new("上次登录").minor(),
            Column::new("状态").narrow(),
        ]).rows(rows).empty(nothing).stacked())
        (Pager::new(next).first(first))
        @if held(&may, &ADMINISTER).is_some() { (section("open", "开立账户", open_form(form, wrong))) }
    };
    let response = page::desk(cx, "人员账户", &[], body).await?;
    Ok(wrong.status(response))
}

fn filters(sought: &Sought, organs: &[Organ], roles: &[RoleRow]) -> Markup {
    let organs = organs.iter().map(|organ| Choice::new(&organ.id, &organ.name)).collect();
    let roles = roles
        .iter()
        .filter(|role| !acts::is_public(role))
        .map(|role| Choice::new(&role.name, &role.title))
        .collect();
    let sides = [Side::Staff, Side::System, Side::Security, Side::Audit];
    let sides = sides.iter().map(|side| Choice::new(side.as_str(), side.title())).collect();
    let states = [("active", "正常"), ("new", "还没有设置密码"), ("disabled", "已停用")];
    let states = states.iter().map(|(name, title)| Choice::new(*name, *title)).collect();
    html! {
        (Filters::new(HERE, [
            Filter::words("q", "姓名或者用户名的开头", sought.q.trim()),
            Filter::one("organ", "机构", &sought.organ, organs),
            Filter::one("role", "角色", &sought.role, roles),
            Filter::one("side", "类别", &sought.side, sides),
            Filter::one("state", "状态", &sought.state, states),
        ]))
    }
}

fn row(account: &Listed, posts: &[ListedPost], today: Day) -> Row {
    let own = posts.iter().filter(|post| post.account == account.id);
    Row::new([
        html! { (account.name) },
        html! { (account.login) },
        html! {
            @for (place, post) in own.enumerate() {
                @if place > 0 { br; }
                (post.organ) "，" (post.post) @if post.delegated { "（受委托代行）" }
            }
        },
        html! { @if account.factors > 0 { "有" } @else { "没有" } },
        html! { @if let Some(at) = account.signed_in_at { (moment_said(at, today)) } @else { "没有" } },
        state(&account.state, account.has_password),
    ])
    .href(format!("{HERE}/{}", account.login))
}

/// How an account stands.
pub(super) fn state(state: &str, has_password: bool) -> Markup {
    match (state, has_password) {
        ("active", true) => tag(Tone::Good, "正常"),
        ("active", false) => tag(Tone::Soon, "还没有设置密码"),
        _ => tag(Tone::Closed, "已停用"),
    }
}

fn open_form(form: &NewStaff, wrong: Wrong<'_>) -> Markup {
    post_form(
        HERE,
        None,
        html! {
            (Field::text("name", "姓名").value(&form.name).width(Width::Long).error(wrong.with("name")))
            (Field::text("account", "用户名").hint("3 到 40 个字母、数字、点、减号或下划线")
                .value(&form.account).complete("off").width(Width::Long).error(wrong.with("account")))
            (button_row(html! {
                (Button::new("开立账户").consequence("开立以后显示一次性代码，由本人用它设置密码；岗位另外授予，要两个人"))
            }))
        },
    )
}
