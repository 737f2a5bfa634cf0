//! The forms by which a change of a role is proposed.

use std::collections::BTreeMap;

use access::{BundleChange, Fate, Reach, Right, RoleRow, Side};
use axum::extract::Path;
use base::{Day, Id, Outcome, Refusal, RefusalKind};
use frame::parts::{
    Button, Choice, Crumb, Field, Heading, NoticeKind, Width, button_row, notice, post_form,
    section,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Filled, Reply, not_found, page};
use maud::{Markup, html};

use super::{HERE, TITLE};
use crate::pages::{Wrong, shown_again};
use crate::{acts, rules};

/// What stands for no reach at all.
const NONE: &str = "none";
/// More words than these nobody reads.
const REASON_MAX: usize = 500;
const TITLE_MAX: usize = 20;

/// What a form about a role sends, as pairs: the permissions are those of the program.
type Sent = Filled<Vec<(String, String)>>;

#[derive(Clone, Debug, Default)]
struct BundleForm {
    title: String,
    from: String,
    reason: String,
    /// The reach that was chosen of each permission.
    rights: BTreeMap<String, String>,
}

impl BundleForm {
    fn of(sent: Vec<(String, String)>) -> Self {
        let mut form = Self::default();
        for (name, value) in sent {
            match name.as_str() {
                "title" => form.title = value.trim().to_owned(),
                "from" => form.from = value,
                "reason" => form.reason = value,
                name => {
                    if let Some(permission) = name.strip_prefix("right.") {
                        form.rights.insert(permission.to_owned(), value);
                    }
                }
            }
        }
        form
    }

    /// The days and the words, or all that is wrong with them.
    fn said(&self, fate: Fate, today: Day) -> Result<Day, Refusal> {
        let term = rules::term_of(&self.from, "", today);
        let empty = || Refusal::new(RefusalKind::Invalid, "identity.no_change", "请填写完整");
        let (mut refusal, from) = match term {
            Ok((from, _)) => (empty(), from),
            Err(refusal) => (refusal, today),
        };
        let long = |text: &str, max: usize| text.chars().count() > max;
        if self.reason.trim().is_empty() {
            refusal = refusal.field("reason", "请写依据或者理由");
        } else if long(self.reason.trim(), REASON_MAX) {
            refusal = refusal.field("reason", format!("理由最多 {REASON_MAX} 个字"));
        }
        if fate == Fate::Founded && self.title.is_empty() {
            refusal = refusal.field("title", "请写角色的名称");
        } else if fate == Fate::Founded && long(&self.title, TITLE_MAX) {
            refusal = refusal.field("title", format!("名称最多 {TITLE_MAX} 个字"));
        }
        if refusal.fields.is_empty() { Ok(from) } else { Err(refusal) }
    }
}

/// What a role is, and what it may do: for the form that changes it.
struct Known {
    role: RoleRow,
    rights: Vec<Right>,
    offered: Vec<String>,
}

async fn known(cx: &Cx, name: &str) -> Outcome<Known> {
    let name = name.to_owned();
    cx.read(move |r| {
        let role = access::role_by_name(r, &name)?.ok_or_else(|| not_found("这个角色"))?;
        let rights = access::rights_of(r, &name)?;
        let sides = access::sides(r)?;
        let offered = sides.into_iter().filter(|(_, side)| *side == role.side);
        Ok(Known { offered: offered.map(|(permission, _)| permission).collect(), rights, role })
    })
    .await
}

/// A role that shall be founded has no permission yet, and may have those made for the staff.
async fn unfounded(cx: &Cx) -> Outcome<Known> {
    let sides = cx.read(access::sides).await?;
    let offered = sides.into_iter().filter(|(_, side)| *side == Side::Staff);
    let role = RoleRow {
        name: String::new(),
        title: String::new(),
        side: Side::Staff,
        from: cx.now().day(),
        until: None,
    };
    Ok(Known { offered: offered.map(|(name, _)| name).collect(), rights: Vec::new(), role })
}

/// `GET /desk/roles/{role}/change`
pub(crate) async fn ask(cx: Cx, Path(name): Path<String>) -> Reply {
    let known = known(&cx, &name).await?;
    shown(&cx, &known, Fate::Goes, &BundleForm::default(), Wrong::default()).await
}

/// `GET /desk/roles/{role}/end`
pub(crate) async fn ask_to_end(cx: Cx, Path(name): Path<String>) -> Reply {
    let known = known(&cx, &name).await?;
    if !access::may_end(&known.role) {
        return Err(not_found("这一页").into());
    }
    shown(&cx, &known, Fate::Ends, &BundleForm::default(), Wrong::default()).await
}

/// `GET /desk/roles/new`
pub(crate) async fn ask_to_found(cx: Cx) -> Reply {
    let known = unfounded(&cx).await?;
    shown(&cx, &known, Fate::Founded, &BundleForm::default(), Wrong::default()).await
}

/// `POST /desk/roles/{role}/change`
pub(crate) async fn propose(cx: ActCx, Path(name): Path<String>, form: Sent) -> Reply {
    let known = known(&cx, &name).await?;
    proposed(&cx, &known, Fate::Goes, form).await
}

/// `POST /desk/roles/{role}/end`
pub(crate) async fn propose_end(cx: ActCx, Path(name): Path<String>, form: Sent) -> Reply {
    let known = known(&cx, &name).await?;
    proposed(&cx, &known, Fate::Ends, form).await
}

/// `POST /desk/roles/new`
pub(crate) async fn propose_new(cx: ActCx, form: Sent) -> Reply {
    let known = unfounded(&cx).await?;
    proposed(&cx, &known, Fate::Founded, form).await
}

async fn proposed(cx: &ActCx, known: &Known, fate: Fate, form: Sent) -> Reply {
    let form = BundleForm::of(form.0);
    let done = match wished(cx, known, fate, &form) {
        Ok((change, from)) => acts::propose_bundle(cx, change, from, &form.reason).await,
        Err(refusal) => Err(refusal.into()),
    };
    match done {
        Ok(_) => Ok(see_other(&format!("{HERE}?done=proposed"))),
        Err(stop) => {
            let refusal = shown_again(stop)?;
            shown(cx, known, fate, &form, Wrong(Some(&refusal))).await
        }
    }
}

/// What the form wishes for: the differences to what the role may do on that day.
fn wished(
    cx: &Cx,
    known: &Known,
    fate: Fate,
    form: &BundleForm,
) -> Result<(BundleChange, Day), Refusal> {
    let from = form.said(fate, cx.now().day())?;
    let (mut add, mut remove) = (Vec::new(), Vec::new());
    for (permission, chosen) in form.rights.iter().filter(|_| fate != Fate::Ends) {
        let standing = known.rights.iter().find(|r| r.permission == *permission && r.stands(from));
        match (standing, Reach::parse(chosen)) {
            (Some(right), Some(reach)) if right.reach == reach => {}
            (_, Some(reach)) => add.push((permission.clone(), reach)),
            (Some(_), None) => remove.push(permission.clone()),
            (None, None) => {}
        }
    }
    if fate != Fate::Ends && add.is_empty() && remove.is_empty() {
        let words = "权限没有变化，请至少改一项";
        return Err(Refusal::new(RefusalKind::Invalid, "identity.nothing_changed", words));
    }
    let (role, title) = match fate {
        Fate::Founded => {
            let id: Id<RoleRow> = Id::mint(cx.now());
            (format!("role-{id}"), form.title.clone())
        }
        _ => (known.role.name.clone(), known.role.title.clone()),
    };
    Ok((BundleChange { role, title, fate, add, remove }, from))
}

async fn shown(cx: &Cx, known: &Known, fate: Fate, form: &BundleForm, wrong: Wrong<'_>) -> Reply {
    let (name, title) = (&known.role.name, &known.role.title);
    let (heading, action, button) = match fate {
        Fate::Founded => ("设立角色".to_owned(), format!("{HERE}/new"), "提出设立这个角色"),
        Fate::Goes => (format!("变更{title}的权限"), format!("{HERE}/{name}/change"), "提出变更"),
        Fate::Ends => (format!("停用{title}"), format!("{HERE}/{name}/end"), "提出停用这个角色"),
    };
    let body = html! {
        (Heading::new(&heading).lead("提出以后，由另一个人同意才生效：安全管理员，没有别的安全管理员的，系统管理员。"))
        (wrong.head())
        @if fate == Fate::Ends {
            (notice(NoticeKind::Warning, "担任这个角色的岗位一起结束", html! {
                p { "从停用的那天起，这个角色的全部岗位和委托代行结束，名单在角色的页面上。需要继续工作的人，请先授予别的岗位。" }
            }))
        }
        (post_form(&action, None, html! {
            @if fate == Fate::Founded {
                (Field::text("title", "名称").hint("例如 档案管理员").value(&form.title).width(Width::Long)
                    .error(wrong.with("title")))
            }
            @if fate != Fate::Ends { (rights(cx, known, form, wrong)) }
            (Field::date("from", if fate == Fate::Ends { "从哪天起停用" } else { "从哪天起" })
                .hint("不写的，从同意的当天起").optional().value(&form.from).error(wrong.with("from")))
            (Field::area("reason", "依据或者理由", 2).hint("例如文件的文号").value(&form.reason)
                .error(wrong.with("reason")))
            (button_row(html! { (Button::new(button)) }))
        }))
    };
    let mut crumbs = vec![Crumb::new(TITLE, HERE)];
    if fate != Fate::Founded {
        crumbs.push(Crumb::new(title, format!("{HERE}/{name}")));
    }
    let response = page::desk(cx, &heading, &crumbs, body).await?;
    Ok(wrong.status(response))
}

/// Of each permission that is made for such a role, how far it shall reach; by office.
fn rights(cx: &Cx, known: &Known, form: &BundleForm, wrong: Wrong<'_>) -> Markup {
    let today = cx.now().day();
    let public = matches!(known.role.side, Side::Anyone | Side::Citizen);
    let reaches: &[Reach] = if public { &[Reach::Own] } else { &Reach::ALL };
    let choices: Vec<Choice> = [Choice::new(NONE, "没有")]
        .into_iter()
        .chain(reaches.iter().map(|reach| Choice::new(reach.as_str(), reach.title())))
        .collect();
    let stands = |name: &str| {
        let right =
            known.rights.iter().find(|right| right.permission == name && right.stands(today));
        right.map_or(NONE, |right| right.reach.as_str()).to_owned()
    };
    html! {
        @for office in cx.hall().offices {
            @let offered = office.permissions.iter().filter(|p| known.offered.iter().any(|o| o == p.name));
            @let offered: Vec<_> = offered.collect();
            @if !offered.is_empty() {
                (section(&format!("rights-{}", office.name), office.title, html! {
                    @for permission in offered {
                        @let field = format!("right.{}", permission.name);
                        @let chosen = form.rights.get(permission.name).cloned();
                        (Field::select(&field, permission.about, choices.clone()).hint(permission.name)
                            .value(chosen.unwrap_or_else(|| stands(permission.name)))
                            .error(wrong.with(&field)))
                    }
                }))
            }
        }
    }
}
