//! The guide to one service: whether I can, what I need, how long it takes, what it costs, where.

use axum::extract::Path;
use base::Day;
use clock::words::limit;
use frame::parts::{
    self, Column, Crumb, Heading, NoticeKind, Row, Stat, SummaryRow, Table, Tone, html,
    summary_list,
};
use frame::{Cx, Reply, not_found};
use maud::Markup;
use powers_contract::OrganOver;

use super::table::table_four;
use super::{demo_mark, sourced};
use crate::api::answers::{fee, limits, organ_over};
use crate::rules::invented;
use crate::store::{self, Entry, Line};
use crate::terms::{Codes, Field, Grace, Item, Kind, Material, Obtain, Source, Step};

/// GET /services/{slug}
pub(crate) async fn guide(cx: Cx, Path(slug): Path<String>) -> Reply {
    let day = cx.now().day();
    let found = cx
        .read(move |r| {
            let Some(entry) = store::in_force(r, &slug, day)? else { return Ok(None) };
            let related = store::lines(r, &entry.item.related, day)?;
            let codes = store::codes(r)?.with_laws(&entry.laws);
            let over = organ_over(r, &entry.item.organ, day)?;
            Ok(Some((entry, related, codes, over)))
        })
        .await?;
    let (entry, related, codes, over) = found.ok_or_else(|| not_found("这个事项"))?;
    let body = body(&entry, &related, (&codes, over.as_ref()), day);
    let organ = crumb_of(&entry.item);
    Ok(super::guide_page(&cx, &entry.item.name, organ, body))
}

fn crumb_of(item: &Item) -> Crumb {
    let path = format!("/services?organ={}", frame::held::query_escape(&item.organ));
    Crumb::new(item.organ_name(), path)
}

fn body(
    entry: &Entry,
    related: &[Line],
    (codes, over): (&Codes, Option<&OrganOver>),
    today: Day,
) -> Markup {
    let item = &entry.item;
    html! {
        (Heading::new(&item.name)
            .caption(codes.item_type(item.text("item_type")))
            .lead(&item.summary)
            .state(parts::tag(Tone::Plain, item.kind.title())))
        (in_short(item, codes))
        @if let Some(over) = over { (no_longer(over)) } @else { (start(item)) }
        div class="columns" {
            div {
                (parts::section("who", "我能不能办", who(item, codes)))
                (parts::section("materials", "要准备什么", materials(item, codes)))
                (parts::section("time", "多久办好", time(item, codes)))
                (parts::section("steps", "怎么办", steps(item, codes)))
                (parts::section("fee", "多少钱", fees(item, codes)))
                (parts::section("place", "在哪里办", place(item, codes)))
                (parts::section("result", "办好以后拿到什么", result(item, codes)))
                @if !item.faqs.is_empty() {
                    (parts::section("faq", "常见问题", faqs(item, codes)))
                }
                (parts::section("remedies", "您的权利和义务", remedies(item, codes)))
                @if !related.is_empty() {
                    (parts::section("related", "可能还要办", also(related)))
                }
                (parts::section("all", "事项的全部信息", everything(entry, codes, today)))
            }
            aside { (contents(item)) }
        }
    }
}

/// The four things people ask first.
fn in_short(item: &Item, codes: &Codes) -> Markup {
    let limits = limits(item, codes);
    let said = |one: Option<clock::Limit>| one.map(limit).unwrap_or_else(|| "没有规定".into());
    let promised = if item.kind == Kind::OnTheSpot {
        "当场办结".to_owned()
    } else {
        said(limits.promised)
    };
    let visits = if item.visits == 0 { "不用去".to_owned() } else { item.visits.to_string() };
    let mut come = Stat::new("到现场", visits);
    if item.visits > 0 {
        come = come.unit("次").note(&item.visits_reason);
    }
    let least = item.fees.iter().map(|fee| fee.amount_fen / 100).min();
    let fee = least.map_or_else(|| "不收费".to_owned(), |yuan| format!("{yuan} 元起"));
    parts::stats(&[
        Stat::new("我们承诺", promised).note(format!("法定 {}", said(limits.legal))),
        come,
        Stat::new("费用", fee),
        Stat::new("要您上传的材料", uploads(item).count()).unit("份"),
    ])
}

fn uploads(item: &Item) -> impl Iterator<Item = &Material> {
    item.materials.iter().filter(|one| one.obtain == Obtain::Upload && one.required)
}

/// Where its organ has ended: who does what it did.
fn no_longer(over: &OrganOver) -> Markup {
    parts::notice(
        NoticeKind::Warning,
        "这个事项现在不能申请",
        html! {
            p { (over.said()) "。" (over.ask()) "。" }
            p { "以前提出的申请继续办理，期限不变。下面是原来公布的办事指南。" }
        },
    )
}

fn start(item: &Item) -> Markup {
    html! {
        @if item.holds("online_handling") {
            p { (parts::start_button("在线办理", &format!("/apply/{}", item.slug))) }
            @if item.level > access::Level::Registered {
                p { "网上申请要求账户的实名等级达到“" (item.level.title()) "”，在“" a href="/me#level" { "我的账户" } "”里可以查看和提升。" }
            }
            @if item.in_person { p { "这个事项依法应当由本人到场办理，不能委托别人代办。" } }
            p class="hint" { "可以先存草稿，下次接着填。也可以到窗口办理，由工作人员帮您录入。" }
        } @else {
            (parts::notice(NoticeKind::Info, "这个事项还不能在网上办理", html! {
                p { "请到" (item.text("place")) "办理，" (item.text("hours")) "。" }
            }))
        }
    }
}

fn contents(item: &Item) -> Markup {
    const PLACES: [(&str, &str); 10] = [
        ("who", "我能不能办"),
        ("materials", "要准备什么"),
        ("time", "多久办好"),
        ("steps", "怎么办"),
        ("fee", "多少钱"),
        ("place", "在哪里办"),
        ("result", "办好以后拿到什么"),
        ("faq", "常见问题"),
        ("remedies", "您的权利和义务"),
        ("all", "事项的全部信息"),
    ];
    let places = PLACES.iter().filter(|(id, _)| *id != "faq" || !item.faqs.is_empty());
    html! {
        nav class="card no-print" aria-labelledby="contents-title" {
            h2 id="contents-title" { "本页内容" }
            ul class="link-list" {
                @for (id, title) in places { li { a href={ "#" (id) } { (title) } } }
            }
        }
    }
}

fn bullets(words: &[&str]) -> Markup {
    html! { div class="prose" { ul { @for line in words { li { (line) } } } } }
}

/// The source of a field, as a line beneath what it says.
fn from(source: &Source, codes: &Codes) -> Markup {
    html! { p class="meta" { @if source.is_law() { "依据 " } (sourced(source, codes)) } }
}

fn extra_list(item: &Item, codes: &Codes, key: &str, title: &str) -> Markup {
    let field = item.extra.get(key).filter(|field| !field.list().is_empty());
    html! {
        @if let Some(field) = field {
            h3 { (title) }
            (bullets(&field.list()))
            (from(&field.src, codes))
        }
    }
}

fn who(item: &Item, codes: &Codes) -> Markup {
    let conditions = item.field("conditions");
    html! {
        (extra_list(item, codes, "can_apply", "谁可以申请"))
        @if let Some(field) = conditions {
            h3 { "要符合这些条件" }
            (bullets(&field.list()))
            (from(&field.src, codes))
        }
        (extra_list(item, codes, "not_for", "这些情况不用办，或者不在这里办"))
        (extra_list(item, codes, "before_you_start", "动手之前"))
    }
}

fn materials(item: &Item, codes: &Codes) -> Markup {
    let of = |obtain: Obtain| -> Vec<&Material> {
        item.materials.iter().filter(|one| one.obtain == obtain).collect()
    };
    let (upload, form, shared) = (of(Obtain::Upload), of(Obtain::Form), of(Obtain::Shared));
    html! {
        h3 { "要您上传的" }
        @if upload.is_empty() { p { "没有。填好表单就可以提交。" } }
        @else { (upload_table(&upload, codes)) }
        @if !form.is_empty() {
            h3 { "网上填表自动生成的" }
            div class="prose" {
            ul {
                @for one in &form { li { (one.name) "：" (one.how_to) " " (sourced(&one.src, codes)) } }
            }
            }
        }
        @if !shared.is_empty() {
            h3 { "我们自己查，不用您交的" }
            div class="prose" {
            ul {
                @for one in &shared { li { (shared_line(one, codes)) } }
            }
            }
        }
    }
}

fn shared_line(one: &Material, codes: &Codes) -> Markup {
    html! {
        (one.name)
        @if let Some(from) = &one.shared_from { "，来自" (from) }
        @if let Some(source) = &one.shared_src {
            "，" @if source.is_law() { "依据 " } (sourced(source, codes))
        }
    }
}

fn upload_table(materials: &[&Material], codes: &Codes) -> Markup {
    let copies = |one: &Material| match (one.originals, one.copies) {
        (0, 0) => "不用交纸质件".to_owned(),
        (originals, 0) => format!("原件 {originals} 份"),
        (0, copies) => format!("复印件 {copies} 份"),
        (originals, copies) => format!("原件 {originals} 份、复印件 {copies} 份"),
    };
    let rows = materials.iter().map(|one| {
        Row::new([
            html! { strong { (one.name) } @if !one.required { span class="meta" { "（视情况）" } } },
            html! { p { (one.how_to) } p class="hint" { "用途：" (one.purpose) } },
            html! { (one.issuer) @if !one.issuer_time.is_empty() { p class="hint" { "出具时间：" (one.issuer_time) } } },
            html! { (copies(one)) p class="hint" { (one.formats.join("、")) } },
            sourced(&one.src, codes),
        ])
    });
    let columns = [
        Column::new("材料"),
        Column::new("怎么准备"),
        Column::new("谁出具"),
        Column::new("份数和格式"),
        Column::new("出处").narrow(),
    ];
    html! {
        (Table::new("要上传的材料").caption_hidden().columns(columns).rows(rows).stacked())
    }
}

fn time(item: &Item, codes: &Codes) -> Markup {
    let limits = limits(item, codes);
    let said = |one: Option<clock::Limit>| one.map(limit).unwrap_or_else(|| "没有规定".into());
    let legal = item.field("legal_limit");
    let promised = item.field("promised_limit");
    let mut rows = vec![
        SummaryRow::new("法定时限", said(limits.legal)).note(html! {
            p { (item.text("legal_limit_note")) }
            @if let Some(field) = legal { (note_of(field, codes)) }
        }),
        SummaryRow::new("承诺时限", said(limits.promised)).note(html! {
            p { (item.text("promised_limit_note")) }
            @if let Some(field) = promised { (note_of(field, codes)) }
        }),
    ];
    rows.push(grace(
        "受理",
        &item.clock.acceptance,
        codes,
        "到期没有告诉您的，从收到材料那天起就算受理。",
    ));
    if let Some(extension) = &item.clock.extension {
        rows.push(grace("可以延长", extension, codes, ""));
    }
    rows.push(grace("送达", &item.clock.delivery, codes, ""));
    html! { (summary_list(&rows)) }
}

fn note_of(field: &Field, codes: &Codes) -> Markup {
    html! {
        p class="meta" {
            @if field.src.is_law() { "依据 " }
            @else if let Some(note) = &field.note { (note) " " }
            (sourced(&field.src, codes))
        }
    }
}

fn grace(title: &str, grace: &Grace, codes: &Codes, silence: &str) -> SummaryRow {
    let unit = if grace.unit == "calendar" { "日" } else { "个工作日" };
    let words = match grace.days {
        0 => "当场".to_owned(),
        days => format!("{days} {unit}"),
    };
    let silence = if grace.silence_accepts { silence } else { "" };
    SummaryRow::new(title, words).note(html! {
        @if !silence.is_empty() { p { (silence) } }
        (from(&grace.src, codes))
    })
}

fn steps(item: &Item, codes: &Codes) -> Markup {
    html! {
        ol class="stack" { @for (place, step) in item.steps.iter().enumerate() { (step_line(place + 1, step, codes)) } }
        p class="hint" { "计入承诺时限的环节，天数加起来不超过承诺时限。" }
    }
}

fn step_line(place: usize, step: &Step, codes: &Codes) -> Markup {
    let unit = if step.unit == "calendar" { "日" } else { "个工作日" };
    html! {
        li {
            h3 { (place) ". " (step.name) }
            p class="meta" {
                (step.actor) "，"
                @if step.days == 0 { "当场" } @else { (step.days) " " (unit) "内" }
                @if !step.counted { "（不计入承诺时限）" }
            }
            p { (step.what) }
            p { "您要做的：" (step.applicant) }
            (from(&step.src, codes))
        }
    }
}

fn fees(item: &Item, codes: &Codes) -> Markup {
    html! {
        @if item.fees.is_empty() { p { (fee(item)) "。" } }
        @else {
            div class="prose" {
                ul {
                    @for fee in &item.fees {
                        li { (fee.name) "：" (fee.standard) "。依据：" (fee.basis) " " (sourced(&fee.src, codes)) }
                    }
                }
            }
        }
        @if let Some(field) = item.field("fee_basis") { p { (field.text()) } (from(&field.src, codes)) }
    }
}

fn place(item: &Item, codes: &Codes) -> Markup {
    let line = |title: &str, key: &str| {
        let field = item.field(key);
        let words = field.map(|one| codes.said(key, &one.value).join("、")).unwrap_or_default();
        SummaryRow::new(title, words).note(html! {
            @if let Some(field) = field {
                @if let Some(note) = &field.note { p { (note) } }
                (sourced(&field.src, codes))
            }
        })
    };
    html! {
        (summary_list(&[
            line("地点", "place"),
            line("时间", "hours"),
            line("怎么申请", "handling_forms"),
            line("咨询", "consult_phone"),
            line("监督", "supervision_phone"),
            line("通办范围", "cross_region"),
        ]))
    }
}

fn result(item: &Item, codes: &Codes) -> Markup {
    let extra = |key: &str, title: &str| {
        let field = item.extra.get(key).filter(|field| !field.text().is_empty());
        html! {
            @if let Some(field) = field {
                h3 { (title) }
                p { (field.text()) }
                (from(&field.src, codes))
            }
        }
    };
    html! {
        @if let Some(field) = item.field("result_name") {
            p { (field.text()) " " (sourced(&field.src, codes)) }
        }
        figure class="card" {
            figcaption {
                (item.sample.title)
                @if let Some(field) = item.field("result_sample") { " " (sourced(&field.src, codes)) }
            }
            @for line in &item.sample.lines { p { (line) } }
        }
        (extra("validity", "有效期"))
        (extra("renewal", "到期怎么办"))
    }
}

fn faqs(item: &Item, codes: &Codes) -> Markup {
    html! {
        @for faq in &item.faqs {
            (parts::details(&faq.q, html! { p { (faq.a) } (from(&faq.src, codes)) }))
        }
    }
}

fn remedies(item: &Item, codes: &Codes) -> Markup {
    const PARTS: [(&str, &str); 5] = [
        ("rights", "您的权利"),
        ("obligations", "您的义务"),
        ("review", "申请行政复议"),
        ("litigation", "提起行政诉讼"),
        ("complaint", "投诉和举报"),
    ];
    let held = PARTS.iter().filter_map(|(key, title)| Some((title, item.extra.get(*key)?)));
    let rows: Vec<SummaryRow> = held
        .map(|(title, field)| SummaryRow::new(*title, field.text()).note(from(&field.src, codes)))
        .collect();
    summary_list(&rows)
}

fn also(related: &[Line]) -> Markup {
    html! {
        ul class="link-list" {
            @for line in related {
                li {
                    a href={ "/services/" (line.slug) } { (line.name) }
                    span class="meta" { (line.organ_name) }
                }
            }
        }
    }
}

fn everything(entry: &Entry, codes: &Codes, today: Day) -> Markup {
    let item = &entry.item;
    html! {
        p {
            "第 " (item.version) " 版，" (parts::day_said(item.effective_from, today)) "起施行。"
            "本地编码 " (item.local_code) "。"
        }
        (parts::details("国家标准 GB/T 39046—2020 表 4 的各项", table_four(item, codes)))
        @if invented(item) > 0 {
            p class="hint" { "标 " (demo_mark()) " 的内容凭一般知识编写，正式使用前由主管部门核对。" }
        }
    }
}
