//! One pair, side by side, with what each comparison said, and the judgement.

use base::FieldError;
use linkage::rules::{Piece, differences};
use linkage::{Decision, Pair, PairState};
use maud::Markup;

use super::{IdentityDesk, Lines, queue, waterfall};
use crate::parts::{
    self, Button, Column, Crumb, Field, Heading, NoticeKind, Row, Table, button_row, error_summary,
    html, link_button, post_form,
};
use crate::{Cx, Reply, not_found, page};

/// A pair with what its entries say; each look is on record.
pub async fn show(
    desk: &'static IdentityDesk,
    cx: &Cx,
    no: &str,
    (reason, errors): (&str, &[FieldError]),
) -> Reply {
    let no: i64 = no.parse().map_err(|_| not_found("这一对"))?;
    let (keys, register, today) = (cx.hall().keys.clone(), desk.linked.register, cx.now().day());
    let key = desk.linked.key;
    let found = cx
        .read(move |r| {
            let Some(pair) = linkage::pair(r, &keys, register, no)? else { return Ok(None) };
            let (one, other) = pair.marks;
            let bodies = register::standing_of(r, &keys, &[one, other], today)?;
            let key_of = |mark| {
                let body = bodies.iter().find(|(stands, _)| *stands == mark);
                body.and_then(|(_, body)| body.get(key)).cloned()
            };
            let mine = linkage::identity_of(r, &keys, &one)?;
            let theirs = linkage::identity_of(r, &keys, &other)?;
            let crowd = |identity: Option<i64>| -> base::Outcome<usize> {
                let Some(no) = identity else { return Ok(1) };
                let members = linkage::members(r, &keys, register, no)?;
                Ok(members.iter().filter(|one| one.until.is_none()).count())
            };
            let crowds = (crowd(mine)?, crowd(theirs)?);
            let next = linkage::next_open(r, register, (pair.weight, pair.no))?;
            let decision = linkage::decision(r, register, pair.decision)?;
            let keys = (key_of(one), key_of(other));
            Ok(Some((keys, [mine, theirs], crowds, next, decision, pair)))
        })
        .await?;
    let found = found.ok_or_else(|| not_found("这一对"))?;
    let ((one, other), identities, crowds, next, decision, pair) = found;
    let one = looked(desk, cx, one).await?;
    let other = looked(desk, cx, other).await?;
    let (may, _) = desk.rights(cx).await?;
    let title = format!("第 {no} 对登记");
    let body = html! {
        (error_summary(errors))
        (Heading::new(&title).caption(queue::title(desk))
            .state(state(&pair)).lead(lead(&pair)))
        @if let Some(made) = &decision { (judged(desk, made)) }
        (parts::section("sides", "两条登记", sides(desk, (&one, &other), identities)))
        @if pair.state == PairState::Open && may { (to_judge(desk, &pair, (reason, errors), (next, crowds))) }
        (parts::section("why", "程序怎么看", waterfall::waterfall(&pair.why)))
        p class="meta" { "看这一页已经留下查询记录，用途是核对是否同一主体。" }
    };
    let crumbs = [Crumb::new(desk.title, desk.home), Crumb::new(queue::title(desk), desk.path)];
    page::desk(cx, &title, &crumbs, body).await
}

fn lead(pair: &Pair) -> String {
    let contradiction = waterfall::contradiction(&pair.why);
    let contradiction = contradiction.map(|words| format!("{words}。")).unwrap_or_default();
    format!("{}。{contradiction}", pair.kind.words())
}

/// What an entry says; nothing of one that is in the register no more.
async fn looked(desk: &IdentityDesk, cx: &Cx, key: Option<String>) -> base::Outcome<Lines> {
    match key {
        Some(key) => (desk.look)(cx, key).await,
        None => Ok(Lines::new()),
    }
}

fn state(pair: &Pair) -> Markup {
    use crate::parts::Tone;
    match pair.state {
        PairState::Open => parts::tag(queue::tone(pair.kind), pair.kind.title()),
        PairState::Same => parts::tag(Tone::Good, "同一主体"),
        PairState::Different => parts::tag(Tone::Closed, "不同主体"),
        PairState::Closed => parts::tag(Tone::Closed, "不用再判断"),
    }
}

/// What was decided, and the way to take it back.
pub(super) fn judged(desk: &IdentityDesk, made: &Decision) -> Markup {
    parts::notice(
        NoticeKind::Info,
        &format!("{}：{}", made.by_name, made.verb.title()),
        html! {
            p { (made.at.to_minute()) "，第 " (made.no) " 号决定。理由：" (made.reason) "。" a href={ "/receipts/" (made.act) } { "看回执" } }
            @if made.identity > 0 {
                p { a href={ (desk.path) "/" (made.identity) } { "看第 " (made.identity) " 号主体，也在那里撤回" } }
            } @else { p { a href={ (desk.path) "/decisions/" (made.no) } { "看这个决定，也在那里撤回" } } }
        },
    )
}

/// Both entries, line beside line, with what differs marked.
fn sides(desk: &IdentityDesk, (one, other): (&Lines, &Lines), of: [Option<i64>; 2]) -> Markup {
    let of_other = |name: &str| other.iter().find(|(known, _)| *known == name);
    let named = one.iter().map(|(name, value)| {
        (*name, value.as_str(), of_other(name).map_or("", |(_, value)| value.as_str()))
    });
    let alone = other.iter().filter(|(name, _)| !one.iter().any(|(known, _)| known == name));
    let alone = alone.map(|(name, value)| (*name, "", value.as_str()));
    let rows = named.chain(alone).map(|(name, mine, theirs)| {
        let (a, b) = differences(mine, theirs);
        let compared = !mine.is_empty() && !theirs.is_empty();
        Row::new([
            html! { (name) @if compared && mine != theirs { " " (parts::tag(parts::Tone::Soon, "不同")) } },
            value(&a, compared),
            value(&b, compared),
        ])
    });
    let columns = [Column::new("项目").narrow(), Column::new("甲"), Column::new("乙")];
    let [mine, theirs] = of;
    let belongs = |identity: Option<i64>| match identity {
        Some(no) => html! { a href={ (desk.path) "/" (no) } { "第 " (no) " 号主体" } },
        None => html! { "单独一条" },
    };
    let foot = Row::new([html! { "现在属于" }, belongs(mine), belongs(theirs)]);
    html! {
        @if one.is_empty() || other.is_empty() {
            (parts::notice(NoticeKind::Warning, "有一条登记已经不在登记库里", html! {
                p { "它随一次撤销的导入离开了，下一次比对会结束这一对。" }
            }))
        }
        (Table::new("两条登记").stacked().caption_hidden().columns(columns).rows(rows).foot(foot))
    }
}

fn value(pieces: &[Piece], compared: bool) -> Markup {
    html! {
        @if pieces.is_empty() { span class="hint" { "没有登记" } }
        @for (shared, text) in pieces {
            @if *shared || !compared { (text) } @else { mark { (text) } }
        }
    }
}

fn to_judge(
    desk: &IdentityDesk,
    pair: &Pair,
    (reason, errors): (&str, &[FieldError]),
    (next, (mine, theirs)): (Option<i64>, (usize, usize)),
) -> Markup {
    // All of one side is ruled apart from all of the other.
    let apart = match (mine, theirs) {
        (1, 1) => "以后的比对不再把它们放在一起".to_owned(),
        _ => format!(
            "甲这边 {mine} 条、乙这边 {theirs} 条登记，判为两个主体，以后的比对不再放在一起"
        ),
    };
    let error = errors.iter().find(|error| error.field == "reason").map(|e| e.message.clone());
    let form = post_form(
        &format!("{}/pairs/{}", desk.path, pair.no),
        None,
        html! {
            (Field::text("reason", "理由").value(reason).error(error)
                .hint("依据什么判断，例如：电话核实、原始档案、户口簿"))
            (button_row(html! {
                (Button::new(format!("是{}", queue::what(desk))).says("verdict", "same")
                    .consequence("两条登记归为一个主体，编号用早的那个"))
                (Button::secondary(format!("不是{}", queue::what(desk))).says("verdict", "different")
                    .consequence(apart))
                @if let Some(next) = next {
                    (link_button("先看下一对", &format!("{}/pairs/{next}", desk.path)))
                }
            }))
        },
    );
    parts::section("judge", "您的判断", form)
}
