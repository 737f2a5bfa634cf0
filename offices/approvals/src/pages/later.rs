//! A mandate on paper for a case that runs: the form that takes it in at the window.

use axum::extract::{Multipart, Path};
use base::{FieldError, Refusal, RefusalKind, Stop};
use frame::page;
use frame::parts::{
    Button, Crumb, Field, FileLimits, Heading, Markup, NoticeKind, SummaryRow, button_row,
    error_summary, legal_basis, notice, summary_list,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Reply};
use maud::html;

use crate::acts::{self, Photograph, Seen, case_here};
use crate::pages::brought::{Shown, agent_fields, offered, read};
use crate::rules::window::{GROUND, may_be_acted_for};
use crate::terms::window::Brought;

const TITLE: &str = "登记纸质委托书";

fn crumbs(no: &str) -> [Crumb; 2] {
    [Crumb::new("办件", "/desk/cases"), Crumb::new(no, format!("/desk/cases/{no}"))]
}

/// `GET /desk/cases/{no}/paper`
pub(crate) async fn paper_ask(cx: Cx, Path(no): Path<String>) -> Reply {
    let seen = case_here(&cx, &no).await?;
    let brought = Brought { scope: "this".into(), ..Brought::default() };
    let body = form(&cx, &seen, &brought, (&[], None)).await?;
    page::desk(&cx, TITLE, &crumbs(&seen.case.no), body).await
}

async fn form(
    cx: &Cx,
    seen: &Seen,
    brought: &Brought,
    (errors, refusal): (&[FieldError], Option<&Refusal>),
) -> base::Outcome<Markup> {
    let case = &seen.case;
    let closed = may_be_acted_for(case, &seen.application).err();
    let known = match &closed {
        None => acts::known_for_case(cx, seen, &brought.agent_number).await?,
        Some(_) => Vec::new(),
    };
    let shown = Shown {
        brought,
        errors,
        known: &known,
        of_firm: !seen.application.firm_code.is_empty(),
        longest_days: access::mandate_rule(cx.now().day())?.longest_days,
    };
    let rows = [
        SummaryRow::of("办件编号", html! { span class="number" { (case.no) } }),
        SummaryRow::new("事项", &case.item_name),
        SummaryRow::new("申请人（委托人）", &case.applicant_name),
    ];
    let photograph = Field::file("photograph", "委托书的扫描件或者照片", FileLimits::papers())
        .hint("签名、日期和权限要看得清；选用已经登记的委托书的，不用再选")
        .error(shown.with("photograph"));
    Ok(html! {
        (error_summary(errors))
        (Heading::new(TITLE).lead("申请人先自己提出了申请，后来请人代办的：看过纸质委托书原件和代理人的身份证，照着录入。"))
        @if let Some(refusal) = refusal {
            (notice(NoticeKind::Warning, &refusal.message, html! {
                @if let Some(remedy) = &refusal.remedy { p { (remedy) } }
            }))
        }
        (summary_list(&rows))
        @if let Some(closed) = closed {
            (notice(NoticeKind::Info, &closed.message, html! {}))
        } @else {
            form class="form" method="post" action=(format!("/desk/cases/{}/paper", case.no))
                enctype="multipart/form-data" data-once {
                (offered(&acts::own_items(cx).await?))
                (agent_fields(&shown))
                (photograph)
                (button_row(html! {
                    (Button::new("登记委托书").consequence(
                        "以后代理人带身份证到窗口，可以按委托书写明的权限办理这一件；申请人有核实过的账户的会收到通知，随时可以收回。"
                    ))
                }))
            }
        }
        (legal_basis(GROUND))
    })
}

/// `POST /desk/cases/{no}/paper`
pub(crate) async fn paper_given(cx: ActCx, Path(no): Path<String>, mut form: Multipart) -> Reply {
    case_here(&cx, &no).await?;
    let (brought, photograph) = sent(&mut form).await?;
    let given = photograph.is_some();
    let refusal = match acts::take_in_later(&cx, &no, &brought, photograph).await {
        Ok(_) => return Ok(see_other(&format!("/desk/cases/{no}"))),
        Err(Stop::Refused(refusal)) if refusal.kind != RefusalKind::NotFound => refusal,
        Err(stop) => return Err(stop.into()),
    };
    // As it stands now: somebody may have been quicker.
    let seen = case_here(&cx, &no).await?;
    let asked_again = may_be_acted_for(&seen.case, &seen.application).is_ok();
    let mut errors = refusal.fields.clone();
    if given && asked_again && errors.iter().all(|error| error.field != "photograph") {
        // A browser forgets which file was chosen.
        let message = "请再选一次委托书的扫描件或者照片：刚才选的没有保存".into();
        errors.push(FieldError { field: "photograph".into(), message });
    }
    let body = self::form(&cx, &seen, &brought, (&errors, Some(&refusal))).await?;
    Ok(page::invalid(page::desk(&cx, TITLE, &crumbs(&seen.case.no), body).await?))
}

/// What the form sends, and the photograph.
async fn sent(form: &mut Multipart) -> base::Outcome<(Brought, Option<Photograph>)> {
    let (mut pairs, mut photograph) = (Vec::new(), None);
    while let Some(field) = form.next_field().await.map_err(super::apply::broken_upload)? {
        let (name, file) =
            (field.name().unwrap_or_default().to_owned(), field.file_name().map(str::to_owned));
        let bytes = field.bytes().await.map_err(super::apply::broken_upload)?;
        match file {
            Some(file) if name == "photograph" && !bytes.is_empty() => {
                photograph = Some((file, bytes.to_vec()));
            }
            Some(_) => {}
            None => pairs.push((name, String::from_utf8_lossy(&bytes).into_owned())),
        }
    }
    Ok((read(&pairs), photograph))
}
