//! One request for data: the form of a new one, what was asked for and agreed to, and the answer of who provides.

use access::Over;
use axum::Form;
use axum::extract::{Path, Query};
use base::{Outcome, Refusal, RefusalKind};
use flow::Command;
use frame::parts::{
    Button, Choice, Crumb, Entry, Field, Heading, NoticeKind, SummaryRow, banner, button_row, day,
    day_said, details, hidden, legal_basis, moment_said, notice, post_form, section, summary_list,
    timeline,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Reply, Wrong, page, said_in, shown_again, steps};
use maud::{Markup, html};
use serde::Deserialize;

use super::requests::{HERE, TITLE, state};
use super::{Typed, permit};
use crate::acts::compile;
use crate::acts::requests::{self as acts, Answer, Seen};
use crate::rules;
use crate::store as rows;
use crate::terms::{ANSWER, Agreed, Manner, REQUEST, Resource, Wish};

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    resource: String,
    done: String,
}

/// `GET /desk/data-requests/new?resource=`
pub(crate) async fn new(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    let typed = Typed::default().with("resource", wanted.resource).with("manner", "接口查询");
    form(&cx, &typed, Wrong::default()).await
}

/// `POST /desk/data-requests`
pub(crate) async fn create(cx: ActCx, Form(pairs): Form<Vec<(String, String)>>) -> Reply {
    let typed = Typed::new(pairs);
    let outcome = match wish_of(&typed) {
        Ok(wish) => acts::ask_for(&cx, typed.get("resource"), wish).await,
        Err(refusal) => Err(refusal.into()),
    };
    match outcome {
        Ok(no) => Ok(see_other(&format!("{HERE}/{no}?done=filed"))),
        Err(stop) => form(&cx, &typed, Wrong(Some(&shown_again(stop)?))).await,
    }
}

fn wish_of(typed: &Typed) -> Result<Wish, Refusal> {
    let mut wrong = Refusal::new(RefusalKind::Invalid, "catalogue.bad_request", "申请需要修改");
    let manner = Manner::parse(typed.get("manner"));
    if manner.is_none() {
        wrong = wrong.field("manner", "请选择一项");
    }
    let rate = ask::Rate {
        per_minute: typed.number("per_minute", &mut wrong),
        per_day: typed.number("per_day", &mut wrong),
    };
    let until = typed.day("until", &mut wrong);
    let wish = Wish {
        items: typed.all("items"),
        purpose: typed.get("purpose").to_owned(),
        ground: typed.get("ground").to_owned(),
        manner: manner.unwrap_or_default(),
        rate,
        until,
    };
    if wrong.fields.is_empty() { Ok(wish) } else { Err(wrong) }
}

fn choices(resource: &Resource, only: Option<&[String]>) -> Vec<Choice> {
    let items =
        resource.items.iter().filter(|item| only.is_none_or(|all| all.contains(&item.code)));
    let choice = |item: &crate::terms::Item| {
        let choice = Choice::new(&item.code, &item.name);
        if item.sensitive { choice.hint("敏感") } else { choice }
    };
    items.map(choice).collect()
}

async fn form(cx: &Cx, typed: &Typed, wrong: Wrong<'_>) -> Reply {
    let key = typed.get("resource").to_owned();
    let (head, version) = cx
        .read(move |r| {
            let head = compile::found(r, &key)?;
            let version = compile::in_force(r, &head)?;
            Ok((head, version))
        })
        .await?;
    let resource = &version.resource;
    let manners = Manner::ALL.iter().map(|one| Choice::new(one.word(), one.word())).collect();
    let fields = html! {
        (hidden("resource", &head.key))
        (Field::checks("items", "需要哪些信息项", choices(resource, None))
            .hint("只选办事需要的").values(typed.all("items")).error(wrong.with("items")))
        (Field::area("purpose", "用来做什么", 3).hint("写清楚办什么事、怎么用；有关的人在“谁看过我的信息”里会看到")
            .value(typed.get("purpose")).error(wrong.with("purpose")))
        (Field::text("ground", "职责的依据").hint("例如《社会救助暂行办法》第五十八条")
            .value(typed.get("ground")).error(wrong.with("ground")))
        (Field::radios("manner", "怎么给", manners).value(typed.get("manner")).error(wrong.with("manner")))
        (rate_fields(typed, wrong))
        (Field::date("until", "用到哪一天").hint("最长三年").value(typed.get("until")).error(wrong.with("until")))
        (button_row(html! { (Button::new("提交申请").consequence(format!("由{}答复", head.provider_name))) }))
    };
    let title = format!("申请共享“{}”", resource.name);
    let body = html! {
        (Heading::new(&title).caption(head.provider_name.clone()).lead(resource.share.word()))
        @if !resource.share_condition.is_empty() { p { "共享条件：" (resource.share_condition) } }
        (wrong.head())
        (post_form(HERE, None, fields))
    };
    let response = page::desk(cx, &title, &[Crumb::new(TITLE, HERE)], body).await?;
    Ok(wrong.status(response))
}

fn rate_fields(typed: &Typed, wrong: Wrong<'_>) -> Markup {
    html! {
        (Field::number("per_minute", "每分钟最多查几次").optional().unit("次")
            .value(typed.get("per_minute")).error(wrong.with("per_minute")))
        (Field::number("per_day", "每天最多查几次").optional().unit("次")
            .value(typed.get("per_day")).error(wrong.with("per_day")))
    }
}

/// `GET /desk/data-requests/{no}`
pub(crate) async fn look(cx: Cx, Path(no): Path<String>, Query(wanted): Query<Wanted>) -> Reply {
    // Supervision and receipts know the cases of the office by number alone.
    let known = no.clone();
    if cx.read(move |r| rows::dispute(r, &known)).await?.is_some() {
        return Ok(see_other(&format!("{}/{no}", super::disputes::HERE)));
    }
    shown(&cx, &no, &wanted.done, None, Wrong::default()).await
}

async fn shown(cx: &Cx, no: &str, done: &str, typed: Option<&Typed>, wrong: Wrong<'_>) -> Reply {
    let (seen, today) = (acts::seen(cx, no).await?, cx.now().day());
    let answers = permit(cx, &ANSWER, &seen.case.organ).await?.is_some();
    let own = cx.account() == seen.request.account
        && cx.permitted(&REQUEST, Over::Account(cx.account())).await?.is_some();
    let typed = typed.cloned().unwrap_or_else(|| prefilled(&seen));
    let words = match done {
        "filed" => Some("已经提交，等提供部门答复。"),
        "done" => Some("已经记下。"),
        _ => None,
    };
    let case = &seen.case;
    let body = html! {
        @if let Some(words) = words { (banner(NoticeKind::Success, html! { (words) })) }
        (Heading::new(&case.title).caption(case.no.clone()).state(state(case, !answers)))
        (wrong.head())
        (summary(&seen, today))
        (legal_basis(&case.limits.basis))
        (wished(&seen))
        @if let Some(agreed) = &seen.request.agreed { (agreed_section(&seen, agreed, today)) }
        @if case.open && answers { (answer_forms(&seen, &typed, wrong)) }
        @if case.open && own { (own_forms(&seen, &typed, wrong)) }
        @if answers && seen.share.as_ref().is_some_and(|one| rules_stand(one, today)) {
            (end_form(&seen, &typed, wrong))
        }
        (section("history", "办理经过", timeline(&history(cx, &seen), today)))
    };
    let response = page::desk(cx, TITLE, &[Crumb::new(TITLE, HERE)], body).await?;
    Ok(wrong.status(response))
}

fn rules_stand(share: &ask::ShareState, today: base::Day) -> bool {
    share.terms.ended.is_none() && share.terms.until.is_none_or(|until| until >= today)
}

/// The answer as it begins: everything that was wished for.
fn prefilled(seen: &Seen) -> Typed {
    let (wish, items) = (&seen.request.wish, seen.to_be_had());
    let number = |most: Option<i64>| most.map(|most| most.to_string()).unwrap_or_default();
    Typed::default()
        .with_all("items", &items)
        .with("per_minute", number(wish.rate.per_minute))
        .with("per_day", number(wish.rate.per_day))
        .with("until", wish.until.map(|until| until.to_string()).unwrap_or_default())
        .with("yes_no", if wish.manner == Manner::Verify { "true" } else { "" })
}

fn summary(seen: &Seen, today: base::Day) -> Markup {
    let (case, request) = (&seen.case, &seen.request);
    let resource = html! { a href={ "/data/" (request.key) } { (request.resource_name) } };
    let due = case.due.map(|due| html! { (day_said(due, today)) });
    summary_list(&[
        SummaryRow::of("资源", resource),
        SummaryRow::new("申请部门", &request.consumer_name),
        SummaryRow::new("提供部门", &case.organ_name),
        SummaryRow::of("提出时间", moment_said(case.received_at, today)),
        SummaryRow::of("最迟", due.unwrap_or_else(|| html! { "—" })),
    ])
}

fn names(resource: &Resource, codes: &[String]) -> String {
    let names = codes
        .iter()
        .map(|code| resource.item(code).map_or(code.as_str(), |item| item.name.as_str()));
    names.collect::<Vec<_>>().join("、")
}

fn rate_words(rate: ask::Rate) -> String {
    let words = [
        rate.per_minute.map(|most| format!("每分钟最多 {most} 次")),
        rate.per_day.map(|most| format!("每天最多 {most} 次")),
    ];
    let words: Vec<String> = words.into_iter().flatten().collect();
    if words.is_empty() { "没有限定".into() } else { words.join("，") }
}

fn wished(seen: &Seen) -> Markup {
    let wish = &seen.request.wish;
    let until = wish.until.map_or_else(|| html! { "—" }, day);
    section(
        "wish",
        "申请的内容",
        summary_list(&[
            SummaryRow::new("信息项", names(&seen.resource, &wish.items)),
            SummaryRow::new("用途", &wish.purpose),
            SummaryRow::new("职责的依据", &wish.ground),
            SummaryRow::new("方式", wish.manner.word()),
            SummaryRow::new("次数", rate_words(wish.rate)),
            SummaryRow::of("用到", until),
        ]),
    )
}

fn agreed_section(seen: &Seen, agreed: &Agreed, today: base::Day) -> Markup {
    let runs = match &seen.share {
        Some(share) => match (&share.terms.ended, rules_stand(share, today)) {
            (Some((at, why)), _) => html! { "已经终止，" (day(at.day())) "：" (why) },
            (None, true) => html! { "正在运行，查询时的用途填 " code { (seen.request.no) } },
            (None, false) => html! { "已经到期" },
        },
        None => html! { "按约定的方式提供" },
    };
    let filter = match agreed.filter.is_empty() {
        true => "全部".to_owned(),
        false => rules::filter_text(&agreed.filter, |field| seen.answered_by().name_of(field))
            .replace('\n', "、"),
    };
    let mut facts = vec![
        SummaryRow::new("同意提供", names(&seen.resource, &agreed.items)),
        SummaryRow::new("范围", filter),
        SummaryRow::new("次数", rate_words(agreed.rate)),
        SummaryRow::of("期限", agreed.until.map_or_else(|| html! { "—" }, day)),
        SummaryRow::new("依据", &agreed.ground),
        SummaryRow::of("现在", runs),
    ];
    if agreed.yes_no {
        facts.insert(1, SummaryRow::new("怎么回答", "只回答是或者否，不给内容"));
    }
    section("agreed", "同意的条件", summary_list(&facts))
}

fn answer_forms(seen: &Seen, typed: &Typed, wrong: Wrong<'_>) -> Markup {
    let place = format!("{HERE}/{}", seen.case.no);
    let version = hidden("version", &seen.case.version.to_string());
    if seen.case.state == "41" {
        let body = html! {
            (version)
            (Field::area("receipt", "怎么提供的", 3).hint("例如：已经在共享交换平台开通推送").value(typed.get("receipt"))
                .error(wrong.with("receipt")))
            (button_row(html! { (Button::new("记下已经提供")) }))
        };
        return section("step", "提供数据", post_form(&format!("{place}/deliver"), None, body));
    }
    if seen.case.state != "20" {
        return notice(NoticeKind::Info, "等申请部门补充", html! {});
    }
    let consent = html! {
        (version)
        (newer(seen))
        (Field::checks("items", "同意提供哪些信息项", choices(seen.answered_by(), Some(&seen.to_be_had())))
            .values(typed.all("items")).error(wrong.with("items")))
        (Field::area("filter", "只限哪些行", 2)
            .hint("一行一个条件：信息项 怎么比 值，例如 登记住址 以此开头 鄂州市华容区。没有填写的行不算符合。不写就是全部").optional()
            .value(typed.get("filter")).error(wrong.with("filter")))
        (Field::confirm("yes_no", "只回答是或者否，不给内容").value(typed.get("yes_no")).optional())
        (rate_fields(typed, wrong))
        (Field::date("until", "用到哪一天").value(typed.get("until")).error(wrong.with("until")))
        (Field::text("ground", "答复的依据").hint("例如《政务数据共享条例》第三条").value(typed.get("ground"))
            .error(wrong.with("ground")))
        (Field::area("reason", "说明", 2).hint("只同意一部分的，写理由").optional().value(typed.get("reason"))
            .error(wrong.with("reason")))
        (button_row(html! {
            (Button::new("同意共享").consequence("按这些条件立即生效，到期自动停止"))
            (Button::secondary("不同意").to(format!("{place}/deny")))
        }))
    };
    let correct = html! {
        (version)
        (Field::area("missing", "需要补充什么", 3).hint("一次说全，一行一条").value(typed.get("missing"))
            .error(wrong.with("missing")))
        (button_row(html! { (Button::secondary("请申请部门补充")) }))
    };
    html! {
        (section("step", "答复", post_form(&format!("{place}/consent"), None, consent)))
        (details("申请没有写清楚的，请对方补充", post_form(&format!("{place}/correct"), None, correct)))
    }
}

/// What has become of the resource since it was asked for.
fn newer(seen: &Seen) -> Markup {
    let Some(standing) = seen.standing.as_ref().filter(|one| one.version != seen.request.version)
    else {
        return html! {};
    };
    let had = seen.to_be_had();
    let gone: Vec<String> =
        seen.request.wish.items.iter().filter(|code| !had.contains(code)).cloned().collect();
    notice(
        NoticeKind::Info,
        "资源已经有新的一版",
        html! {
            p { "申请按第 " (seen.request.version) " 版提出，现在是第 " (standing.version) " 版，按这一版答复。" }
            @if !gone.is_empty() { p { "已经改变或者不再有，不能同意：" (names(&seen.resource, &gone)) "。" } }
        },
    )
}

fn own_forms(seen: &Seen, typed: &Typed, wrong: Wrong<'_>) -> Markup {
    let place = format!("{HERE}/{}/own", seen.case.no);
    let version = hidden("version", &seen.case.version.to_string());
    let supplement = html! {
        (version)
        (Field::area("note", "补充的内容", 4).value(typed.get("note")).error(wrong.with("note")))
        (button_row(html! { (Button::new("提交补充")) }))
    };
    let withdraw = post_form(
        &format!("{place}/withdraw"),
        None,
        html! { (version) (button_row(html! { (Button::quiet("撤回申请")) })) },
    );
    html! {
        @if seen.case.state == "13" {
            (section("supplement", "补充申请", post_form(&format!("{place}/supplement"), None, supplement)))
        }
        @if seen.case.state != "41" { (withdraw) }
    }
}

fn end_form(seen: &Seen, typed: &Typed, wrong: Wrong<'_>) -> Markup {
    let form = post_form(
        &format!("{HERE}/{}/end", seen.case.no),
        None,
        html! {
            (Field::area("reason", "为什么终止", 2).value(typed.get("reason")).error(wrong.with("reason")))
            (button_row(html! { (Button::danger("终止共享").consequence("从现在起不再答复查询")) }))
        },
    );
    details("提前终止共享", form)
}

fn history(cx: &Cx, seen: &Seen) -> Vec<Entry> {
    let title = |event: &flow::Event| {
        let past = Command::ALL.iter().find(|(name, ..)| *name == event.command);
        let kind = past.map(|(_, past, _)| format!("catalogue.{past}")).unwrap_or_default();
        match event.command.as_str() {
            "grant" => "同意共享".to_owned(),
            "deny" => "不同意共享".to_owned(),
            "correct" => "请申请部门补充".to_owned(),
            "supplement" => "补充申请".to_owned(),
            "deliver" => "提供数据".to_owned(),
            _ => cx.hall().act_title(&kind).to_owned(),
        }
    };
    let items = |event: &flow::Event| {
        let all = event.said.get("items")?.as_array()?;
        Some(all.iter().filter_map(|one| one.as_str()).collect::<Vec<_>>().join("；"))
    };
    steps(&seen.events, title, |event| {
        said_in(event, &["reason", "note", "receipt"]).or_else(|| items(event))
    })
}

/// `POST /desk/data-requests/{no}/{verb}`
pub(crate) async fn step(
    cx: ActCx,
    Path((no, verb)): Path<(String, String)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Reply {
    let typed = Typed::new(pairs);
    let outcome = stepped(&cx, &no, &verb, &typed).await;
    after(&cx, &no, &typed, outcome).await
}

async fn after(cx: &Cx, no: &str, typed: &Typed, outcome: Outcome<()>) -> Reply {
    match outcome {
        Ok(()) => Ok(see_other(&format!("{HERE}/{no}?done=done"))),
        Err(stop) => shown(cx, no, "", Some(typed), Wrong(Some(&shown_again(stop)?))).await,
    }
}

async fn stepped(cx: &ActCx, no: &str, verb: &str, typed: &Typed) -> Outcome<()> {
    let answer = match verb {
        "end" => return acts::end(cx, no, typed.get("reason")).await,
        "consent" => Answer::Consent(agreed_of(&acts::seen(cx, no).await?, typed)?),
        "deny" => {
            let (reason, ground) = (typed.get("reason"), typed.get("ground"));
            if let Some(words) = rules::bad_article("请写不同意的依据", ground) {
                let refusal =
                    Refusal::new(RefusalKind::Invalid, "catalogue.bad_answer", "答复需要修改");
                return Err(refusal.field("ground", words).into());
            }
            Answer::Deny { reason: reason.into(), ground: ground.into() }
        }
        "correct" => {
            let lines = typed.get("missing").lines().map(str::trim).filter(|line| !line.is_empty());
            let items: Vec<String> = lines.map(str::to_owned).collect();
            if items.is_empty() {
                let words = "请写需要补充什么";
                let refusal =
                    Refusal::new(RefusalKind::Invalid, "catalogue.nothing_missing", words);
                return Err(refusal.field("missing", words).into());
            }
            Answer::Correct(items)
        }
        "deliver" => Answer::Deliver(typed.get("receipt").to_owned()),
        _ => {
            let words = "没有这样的办理步骤";
            return Err(Refusal::new(RefusalKind::NotFound, "catalogue.no_such_step", words).into());
        }
    };
    acts::answer(cx, no, typed.version(), answer).await
}

fn agreed_of(seen: &Seen, typed: &Typed) -> Result<Agreed, Refusal> {
    let mut wrong = Refusal::new(RefusalKind::Invalid, "catalogue.bad_answer", "答复需要修改");
    let resource = seen.answered_by();
    let filter = rules::filter_of(typed.get("filter"), resource).unwrap_or_else(|words| {
        wrong = wrong.clone().field("filter", words);
        Vec::new()
    });
    let rate = ask::Rate {
        per_minute: typed.number("per_minute", &mut wrong),
        per_day: typed.number("per_day", &mut wrong),
    };
    let until = typed.day("until", &mut wrong);
    let agreed = Agreed {
        items: typed.all("items"),
        filter,
        yes_no: typed.ticked("yes_no"),
        rate,
        until,
        reason: typed.get("reason").to_owned(),
        ground: typed.get("ground").to_owned(),
    };
    if wrong.fields.is_empty() { Ok(agreed) } else { Err(wrong) }
}

/// `POST /desk/data-requests/{no}/own/{verb}`
pub(crate) async fn own(
    cx: ActCx,
    Path((no, verb)): Path<(String, String)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Reply {
    let typed = Typed::new(pairs);
    let command = match verb.as_str() {
        "supplement" => Command::Supplement { note: typed.get("note").to_owned() },
        _ => Command::Withdraw { reason: String::new() },
    };
    let outcome = acts::own_step(&cx, &no, typed.version(), command).await;
    after(&cx, &no, &typed, outcome).await
}
