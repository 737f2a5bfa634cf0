//! What pages say of an agent: for whom a draft is filled in, by which mandate a case was filed, and what is done
//! for others.

use access::Mandate;
use base::{Day, Refusal};
use flow::CaseHead;
use frame::page;
use frame::parts::{
    Button, Column, Crumb, Field, Heading, Markup, NoticeKind, Pager, Row, SummaryRow, Table, Tone,
    details, empty, error_summary, hidden, link_button, moment_said, notice, section, summary_list,
    tag,
};
use frame::{Cx, Reply};
use maud::html;

use crate::acts::{self, Opened, Seen, TakenBack};
use crate::pages::steps::{Reader, state_tag};
use crate::rules::window::may_be_acted_for;
use crate::terms::Draft;
use crate::terms::window::{AtWindow, PaperReach};

/// Above the pages of a draft: for whom it is filled in, and who does.
pub(crate) fn for_whom(cx: &Cx, opened: &Opened) -> Markup {
    if let Some(at) = &opened.at_window {
        return at_the_window(at, opened.mandate.as_ref());
    }
    let Some(mandate) = &opened.mandate else { return html! {} };
    let own = cx.person().map(|person| person.account);
    let paper = html! { a href=(format!("/me/mandates/{}", mandate.id)) { "委托书" } };
    html! {
        @if opened.draft.agent == own {
            (notice(NoticeKind::Info, &format!("您在代{}办理", mandate.whose()), html! {
                p { "这份草稿属于" (mandate.whose()) "，本人随时看得到。依据：" (paper) "，到" (mandate.until.chinese()) "为止。" }
            }))
        } @else {
            (notice(NoticeKind::Info, &format!("{}正在凭您的委托书代您填写", mandate.agent_name), html! {
                p { "这份草稿属于您，您也可以自己填写和提交。" (paper) }
            }))
        }
    }
}

/// Above the pages of a draft of the counter: who has brought it, by which mandate on paper.
fn at_the_window(at: &AtWindow, known: Option<&Mandate>) -> Markup {
    let words = |scope: &str, powers: String, from: Day, until: Day| {
        format!(
            "委托办理：{scope}；权限：{powers}；期限：{}至{}。",
            from.chinese(),
            until.chinese()
        )
    };
    let titled = |name: &str, body: Markup| {
        notice(NoticeKind::Info, &format!("由代理人{name}凭纸质委托书代为提出"), body)
    };
    match at {
        AtWindow::New(paper) => {
            let scope = match &paper.reach {
                PaperReach::This => "这一件".to_owned(),
                PaperReach::All => access::Scope::All.said(),
                PaperReach::Items(items) => access::Scope::Items(items.clone()).said(),
            };
            let powers: Vec<&str> = paper.powers.iter().map(|power| power.title()).collect();
            titled(
                &paper.agent_name,
                html! {
                    p { (words(&scope, powers.join("、"), paper.from, paper.until)) }
                    p { "委托书的扫描件或者照片是必须提交的材料。写错了的，请删除这份草稿，重新收件。" }
                },
            )
        }
        AtWindow::Known { .. } => match known {
            Some(one) => titled(
                &one.agent_name,
                html! { p { (words(&one.scope.said(), one.powers_said(), one.from, one.until)) } },
            ),
            None => html! {},
        },
    }
}

/// Beside a draft in the list: that somebody else fills it in.
pub(crate) fn drafts_for_others(drafts: &[Draft], acting: &[Mandate], today: Day) -> Markup {
    let whose = |draft: &Draft| acting.iter().find(|one| Some(one.id) == draft.mandate);
    let shown: Vec<_> = drafts.iter().filter_map(|draft| Some((draft, whose(draft)?))).collect();
    html! {
        @if !shown.is_empty() {
            (section("drafts-for-others", "代别人填写、没有提交的草稿", html! {
                ul class="links" {
                    @for (draft, mandate) in shown {
                        li {
                            a href=(format!("/apply/draft/{}", draft.id)) { "代" (mandate.whose()) "：" (draft.item_name) }
                            "，上次保存于 " (moment_said(draft.updated_at, today))
                        }
                    }
                }
            }))
        }
    }
}

/// Leads to the cases that one may see for others.
pub(crate) fn for_others(acting: &[Mandate]) -> Markup {
    html! {
        @if !acting.is_empty() {
            (section("for-others", "别人委托我代办的", html! {
                ul class="links" {
                    @for one in acting {
                        li {
                            a href=(format!("/my/cases?mandate={}", one.id)) { (one.whose()) "的办件" }
                            "：" (one.scope.said()) "，到" (one.until.chinese()) "为止"
                        }
                    }
                }
            }))
        }
    }
}

/// The cases that a mandate lets its agent see.
pub(crate) async fn cases_for(cx: &Cx, id: &str, after: &str) -> Reply {
    let id = id.parse().map_err(|_| frame::not_found("这份委托"))?;
    let (mandate, page) = acts::cases_by(cx, id, after.parse().ok(), super::mine::PAGE).await?;
    let today = cx.now().day();
    let rows = page.rows.iter().map(|case| row(case, today));
    let table = Table::new(format!("{}的办件", mandate.whose()))
        .caption_hidden()
        .columns([Column::new("事项"), Column::new("状态"), Column::new("提交时间").minor()])
        .rows(rows)
        .stacked()
        .empty(empty(
            "没有您能代办的办件",
            html! { p { "委托范围里的申请提交以后，会出现在这里。" } },
        ));
    let next = page.next.map(|next| format!("/my/cases?mandate={id}&after={next}"));
    let title = format!("代{}办理", mandate.whose());
    let body = html! {
        (Heading::new(&title).lead(format!("委托范围：{}；权限：{}。", mandate.scope.said(), mandate.powers_said())))
        (table)
        (Pager::new(next))
        p { (link_button("查看委托书", &format!("/me/mandates/{id}"))) }
    };
    Ok(page::wide(cx, &title, &[Crumb::new("我的办件", "/my/cases")], body))
}

fn row(case: &CaseHead, today: Day) -> Row {
    Row::new([
        html! { a href=(format!("/my/cases/{}", case.no)) { (case.item_name) } },
        state_tag(case, Reader::Applicant, today),
        moment_said(case.received_at, today),
    ])
}

/// On the page of a case: that one sees it for another, or that another has filed it for one.
pub(crate) fn on_case(seen: &Seen) -> Markup {
    let filed = seen.filed_by();
    html! {
        @if let Some(by) = &seen.by {
            (notice(NoticeKind::Info, &format!("您在代{}办理", by.whose()), html! {
                p {
                    "权限：" (by.powers_said()) "，到" (by.until.chinese()) "为止。"
                    a href=(format!("/me/mandates/{}", by.id)) { "查看委托书" }
                }
            }))
        } @else if let Some(filed) = filed {
            (notice(NoticeKind::Info, &format!("这一件由{}凭您的委托书代为提出", filed.agent_name), html! {
                p { a href=(format!("/me/mandates/{}", filed.id)) { "查看或者收回委托" } }
            }))
        }
    }
}

/// At the desk: that the register says the applicant has died. The case runs on.
pub(crate) fn of_the_dead(seen: &Seen) -> Markup {
    let Some(day) = seen.application.died_on else { return html! {} };
    notice(
        NoticeKind::Warning,
        &format!("申请人已死亡（登记日期：{}）", day.chinese()),
        html! {
            p { "依据人口登记。办件和期限不因此自动改变；申请人写的委托书已经终止。" }
            p { "请依法决定怎样办理，需要时联系近亲属。" }
        },
    )
}

/// At the desk: each agent, principal, scope, how the mandate stands today; where its principal takes it back, and where
/// a clerk takes in another.
pub(crate) fn at_the_desk(
    seen: &Seen,
    (today, takes_in): (Day, bool),
    again: Option<&(TakenBack, Refusal)>,
) -> Markup {
    html! {
        @for (n, one) in seen.mandates.iter().enumerate() {
            @let title = if Some(one.id) == seen.application.mandate { "由代理人提出" } else { "代理人" };
            (section(&format!("agent-{n}"), title, html! {
                (summary_list(&agent_rows(one, today)))
                @if one.lasts(today) { (take_back(seen, one, again)) }
            }))
        }
        @if takes_in && may_be_acted_for(&seen.case, &seen.application).is_ok() {
            p class="hint" { "代理人带着申请人写的委托书来代办这一件的，先登记委托书。" }
            p { (link_button("登记纸质委托书", &format!("/desk/cases/{}/paper", seen.case.no))) }
        }
    }
}

fn agent_rows(one: &Mandate, today: Day) -> Vec<SummaryRow> {
    let stands = one.stands(today);
    let mut rows = vec![
        SummaryRow::new("代理人", &one.agent_name),
        SummaryRow::new("委托人", &one.principal_name),
    ];
    if one.is_paper() {
        rows.push(SummaryRow::new("形式", format!("纸质委托书，{}窗口登记", one.organ_name)));
    }
    if let Some(firm) = &one.firm {
        rows.push(
            SummaryRow::new("代表的单位", format!("{}（{}）", firm.name, firm.code))
                .note(html! { "委托人自己写明，本站没有核对" }),
        );
    }
    let tone = if stands { Tone::Good } else { Tone::Plain };
    rows.extend([
        SummaryRow::new("委托办理", one.scope.said()),
        SummaryRow::new("权限", one.powers_said()),
        SummaryRow::new("期限", format!("{}至{}", one.from.chinese(), one.until.chinese())),
        SummaryRow::of("现在", tag(tone, one.said(today))),
        SummaryRow::of(
            "存证",
            html! { a href=(format!("/receipts/{}", one.act)) { "委托书的存证凭据" } },
        ),
    ]);
    rows
}

/// The principal stands at the window and takes a mandate back.
fn take_back(seen: &Seen, one: &Mandate, again: Option<&(TakenBack, Refusal)>) -> Markup {
    let id = one.id.to_string();
    let again = again.filter(|(entered, _)| entered.mandate == id);
    let entered = again.map(|(entered, _)| entered.clone()).unwrap_or_default();
    let error = |field: &str| {
        let fields = again.map(|(_, refusal)| refusal.fields.as_slice()).unwrap_or_default();
        fields.iter().find(|error| error.field == field).map(|error| error.message.clone())
    };
    let form = html! {
        form class="form" method="post" action=(format!("/desk/cases/{}/mandate", seen.case.no)) data-once {
            @if let Some((_, refusal)) = again {
                (error_summary(&refusal.fields))
                @if refusal.fields.is_empty() {
                    (notice(NoticeKind::Warning, &refusal.message, html! {}))
                }
            }
            (hidden("mandate", &id))
            (Field::text("principal_number", "委托人的公民身份号码").value(&entered.principal_number)
                .hint("委托人本人带身份证来收回的，照证件填写").error(error("principal_number")))
            (Field::confirm("principal_compared", "我看过委托人的身份证原件，是本人")
                .value(&entered.principal_compared).error(error("principal_compared")))
            (Button::danger(format!("登记{}收回委托", one.principal_name))
                .consequence("立即生效，双方有账户的会收到通知；已经办的仍然有效"))
        }
    };
    match again {
        Some(_) => form,
        None => details("委托人来收回委托", form),
    }
}

/// What somebody had typed when the mandate ended meanwhile: nothing of it is lost, and nothing else is shown.
pub(crate) fn typed_again(
    cx: &Cx,
    refusal: &Refusal,
    labels: &[(String, String)],
    pairs: &[(String, String)],
) -> Reply {
    let label = |name: &str| labels.iter().find(|(known, _)| known == name).map(|(_, title)| title);
    let rows: Vec<SummaryRow> = pairs
        .iter()
        .filter(|(_, value)| !value.trim().is_empty())
        .filter_map(|(name, value)| Some(SummaryRow::new(label(name)?.clone(), value)))
        .collect();
    let body = html! {
        (Heading::new("没有保存"))
        (notice(NoticeKind::Warning, &refusal.message, html! {
            @if let Some(ground) = &refusal.ground { p { "依据：" (ground) } }
            @if let Some(remedy) = &refusal.remedy { p { (remedy) } }
        }))
        @if !rows.is_empty() {
            (section("typed", "您刚才在这一页填写的内容", html! {
                p { "以前各页保存的内容都在委托人的草稿里；这一页的内容没有保存，可以抄给委托人。" }
                (summary_list(&rows))
            }))
        }
        p { a href="/me/mandates" { "查看我的委托" } }
    };
    Ok(page::invalid(page::site(cx, "没有保存", &[Crumb::new("我的办件", "/my/cases")], body)))
}
