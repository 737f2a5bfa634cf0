//! What pages say of an agent: for whom a draft is filled in, by which mandate a case was filed, and what is done
//! for others.

use access::Mandate;
use base::{Day, Refusal};
use flow::CaseHead;
use frame::page;
use frame::parts::{
    Column, Crumb, Heading, Markup, NoticeKind, Pager, Row, SummaryRow, Table, Tone, empty,
    link_button, moment_said, notice, section, summary_list, tag,
};
use frame::{Cx, Reply};
use maud::html;

use crate::acts::{self, Opened, Seen};
use crate::pages::steps::{Reader, state_tag};
use crate::terms::Draft;

/// Above the pages of a draft: for whom it is filled in, and who does.
pub(crate) fn for_whom(cx: &Cx, opened: &Opened) -> Markup {
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
pub(crate) fn on_case(seen: &Seen, filed: Option<&Mandate>) -> Markup {
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

/// At the desk: agent, principal, scope, and how the mandate stands today.
pub(crate) fn at_the_desk(mandate: Option<&Mandate>, today: Day) -> Markup {
    let Some(one) = mandate else { return html! {} };
    let stands = one.stands(today);
    let mut rows = vec![
        SummaryRow::new("代理人", &one.agent_name),
        SummaryRow::new("委托人", &one.principal_name),
    ];
    if let Some(firm) = &one.firm {
        rows.push(
            SummaryRow::new("代表的单位", format!("{}（{}）", firm.name, firm.code))
                .note(html! { "委托人自己填写，本站没有核对" }),
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
    section("agent", "由代理人提出", summary_list(&rows))
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
