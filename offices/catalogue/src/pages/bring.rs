//! The desk where rows come in: bringing a file, the report on each load, taking the newest back.

use access::{Over, Reach};
use axum::extract::{Multipart, Path, Query};
use base::{FieldError, Id, Outcome, Refusal, RefusalKind, Stop};
use frame::parts::{
    Button, Choice, Column, Crumb, Field, FileLimits, Heading, NoticeKind, Pager, Row, SummaryRow,
    Table, Tone, button_row, empty, error_summary, link_button, moment, notice, post_form,
    progress, section, steps, summary_list, tag, upload_form,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Reply, loads, page};
use maud::{Markup, html};
use serde::Deserialize;

use super::desk::{HERE, TITLE};
use crate::acts::compile;
use crate::acts::sets::{self, BYTES_MAX, By, Upload};
use crate::store::{self as rows, Head, Wanting};
use crate::terms::{BRING, BadCell, Dataset, Extent, Item, SetLoad, Stage, State};

const PAGE: i64 = 20;
/// Reasons of refused lines on a page.
const BAD_PAGE: i64 = 100;
/// The page of a load on its way fetches itself again after so many seconds.
const AGAIN_SECONDS: u32 = 5;
/// What happens to a file, in its order.
const STEPS: [&str; 3] = ["上传", "核对、写入", "生效"];
/// How the names of files end.
const ENDINGS: [&str; 5] = ["csv", "txt", "xlsx", "json", "jsonl"];

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    before: Option<i64>,
    from: i64,
}

struct Seen {
    head: Head,
    items: Vec<Item>,
    set: Option<Dataset>,
    /// Why all of the table is wanted, if it is.
    wanting: Option<Wanting>,
    /// What its provider's gateway publishes is a register's.
    fed: bool,
}

/// The resource, for who sees what belongs to its organ.
async fn seen(cx: &Cx, key: &str) -> Outcome<Seen> {
    let (key, sees) = (key.to_owned(), cx.permit()?.clone());
    cx.read(move |r| {
        let head = compile::found(r, &key)?;
        let own = sees.reach() == Reach::City || sees.organ() == head.provider;
        if !own || head.state != State::Published {
            return Err(frame::not_found("这个数据资源").into());
        }
        let items = compile::in_force(r, &head)?.resource.items;
        let set = rows::dataset(r, &key)?;
        let wanting = rows::wanting(r, &key)?;
        let fed = rows::fed_register(r, &key.replace('-', "/"))?.is_some();
        Ok(Seen { head, items, set, wanting, fed })
    })
    .await
}

fn place(key: &str) -> String {
    format!("{HERE}/{key}/loads")
}

/// `GET /desk/catalogue/{key}/loads`
pub(crate) async fn list(cx: Cx, Path(key): Path<String>, Query(wanted): Query<Wanted>) -> Reply {
    shown(&cx, &key, wanted.before, &[]).await
}

async fn shown(cx: &Cx, key: &str, before: Option<i64>, errors: &[FieldError]) -> Reply {
    let seen = seen(cx, key).await?;
    let brings = cx.permitted(&BRING, Over::Organ(seen.head.provider.clone())).await?.is_some();
    let (of, from) = (key.to_owned(), before.unwrap_or(i64::MAX));
    let mut found = cx.read(move |r| rows::set_loads(r, &of, from, PAGE + 1)).await?;
    let page_size = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let more = found.len() > page_size;
    found.truncate(page_size);
    let next =
        found.last().filter(|_| more).map(|last| format!("{}?before={}", place(key), last.no));
    let first = before.map(|_| place(key));
    let standing = seen.set.as_ref().filter(|set| set.standing > 0);
    let lead = match standing {
        Some(set) => format!("现有 {} 行。", set.rows),
        None => "还没有导入过数据。".to_owned(),
    };
    let body = html! {
        (error_summary(errors))
        (Heading::new("导入和报告").caption(seen.head.name.clone()).lead(lead))
        @if let Some(wanting) = &seen.wanting { (wanted_whole(wanting)) }
        @if seen.fed {
            (notice(NoticeKind::Info, "网关推送的进登记库", html! {
                p { "这个资源是登记库的来源：提供部门的网关推送以后，由登记库核对、生效，不作为这里的数据集。" }
            }))
        }
        @if brings { (form(&seen, errors)) }
        (section("loads", "每次导入", html! { (table(&found)) (Pager::new(next).first(first)) }))
    };
    let crumbs = [Crumb::new(TITLE, HERE), Crumb::new(&seen.head.name, format!("{HERE}/{key}"))];
    page::desk(cx, "导入和报告", &crumbs, body).await
}

/// Something that a gateway published is not in what stands.
fn wanted_whole(wanting: &Wanting) -> Markup {
    notice(
        NoticeKind::Danger,
        "网关推送的数据有一次没有收下，现有的数据不全",
        html! {
            p { (wanting.at.to_minute()) "：" (wanting.words) "。" }
            p { "请部门的网关推送一次全部数据，或者在这里导入全部数据；在那以前，只推送新增和更改的不再收。" }
            p { a href={ "/receipts/" (wanting.act) } { "办理记录" } }
        },
    )
}

fn form(seen: &Seen, errors: &[FieldError]) -> Markup {
    let names: Vec<&str> = seen.items.iter().map(|item| item.name.as_str()).collect();
    let limits = FileLimits {
        endings: ENDINGS.iter().map(|ending| (*ending).to_owned()).collect(),
        bytes_max: BYTES_MAX as u64,
        count_max: 1,
    };
    let choices = vec![
        Choice::new(Extent::Whole.as_str(), Extent::Whole.title())
            .hint("文件里没有的行，以后就没有了"),
        Choice::new(Extent::Changes.as_str(), Extent::Changes.title())
            .hint("按主键新增或者更改，其余的行不变"),
    ];
    let error =
        errors.iter().find(|error| error.field == "file").map(|error| error.message.clone());
    let hint = format!("CSV、Excel 工作簿或者 JSON，表头是：{}", names.join("、"));
    upload_form(
        &place(&seen.head.key),
        None,
        html! {
            (Field::radios("extent", "文件里是什么", choices).value(Extent::Whole.as_str()))
            (Field::file("file", "文件", limits).error(error).hint(hint))
            (button_row(html! {
                (Button::new("导入").consequence("处理完的那一刻全部生效；有一列对不上，整个文件都不导入"))
            }))
        },
    )
}

fn state(stage: Stage) -> Markup {
    let tone = match stage {
        Stage::Refused | Stage::Broken => Tone::Late,
        Stage::Receiving | Stage::Waiting => Tone::Plain,
        Stage::Published => Tone::Good,
        Stage::Same | Stage::Undone => Tone::Closed,
        Stage::Staging => Tone::Active,
    };
    tag(tone, stage.title())
}

fn table(found: &[SetLoad]) -> Markup {
    let rows = found.iter().map(|load| {
        let number = |count: i64| html! { @if load.act.is_empty() { "" } @else { (count) } };
        Row::new([
            html! { (load.name) },
            state(load.stage),
            html! { (load.extent.title()) },
            moment(load.started_at),
            html! { (load.by_name) },
            number(load.tally.added),
            number(load.tally.changed),
            number(load.tally.gone),
            number(load.tally.refused),
        ])
        .href(format!("{}/{}", place(&load.key), load.id))
    });
    let columns = [
        Column::new("文件"),
        Column::new("状态").narrow(),
        Column::new("内容").narrow(),
        Column::new("时间").narrow(),
        Column::new("经办").narrow(),
        Column::number("新增"),
        Column::number("更改"),
        Column::number("减少"),
        Column::number("退回"),
    ];
    let todo = html! { p { "选一个文件，从这里开始。" } };
    html! {
        (Table::new("每次导入").stacked().caption_hidden().columns(columns).rows(rows)
            .empty(empty("还没有导入过文件", todo)))
    }
}

/// `POST /desk/catalogue/{key}/loads`
pub(crate) async fn take_in(cx: ActCx, Path(key): Path<String>, mut form: Multipart) -> Reply {
    match received(&cx, &key, &mut form).await {
        Ok(load) => Ok(see_other(&format!("{}/{load}", place(&key)))),
        Err(Stop::Refused(refusal))
            if matches!(refusal.kind, RefusalKind::Invalid | RefusalKind::TooLarge) =>
        {
            // The browser shows an answer once it has sent what it had to send.
            while let Ok(Some(mut field)) = form.next_field().await {
                while let Ok(Some(_)) = field.chunk().await {}
            }
            let remedy = refusal.remedy.map(|remedy| format!("。{remedy}")).unwrap_or_default();
            let message = format!("{}{remedy}", refusal.message);
            let errors = [FieldError { field: "file".into(), message }];
            Ok(page::invalid(shown(&cx, &key, None, &errors).await?))
        }
        Err(stop) => Err(stop.into()),
    }
}

fn cut_off() -> Refusal {
    Refusal::new(RefusalKind::Invalid, "catalogue.cut_off", "文件没有传完")
        .remedy("请检查网络，再上传一次")
}

async fn received(cx: &ActCx, key: &str, form: &mut Multipart) -> Outcome<Id<SetLoad>> {
    let mut extent = Extent::Whole;
    while let Some(mut field) = form.next_field().await.map_err(|_| cut_off())? {
        match field.name() {
            Some("extent") => {
                let said = field.text().await.map_err(|_| cut_off())?;
                extent = Extent::parse(&said).unwrap_or(Extent::Whole);
                continue;
            }
            Some("file") => {}
            _ => continue,
        }
        let name = loads::tidy_name(field.file_name().unwrap_or_default());
        // Nothing is begun for a form without a file.
        let first = field.chunk().await.map_err(|_| cut_off())?;
        let Some(first) = first.filter(|first| !first.is_empty()) else { break };
        let mut upload = Upload::begin(cx, key, extent, &name).await?;
        let mut taken = upload.take(cx, &first).await;
        while taken.is_ok() {
            match field.chunk().await {
                Ok(Some(bytes)) => taken = upload.take(cx, &bytes).await,
                Ok(None) => break,
                Err(_) => taken = Err(cut_off().into()),
            }
        }
        let finished = match taken {
            Ok(()) => upload.finish(cx).await,
            Err(stop) => Err(stop),
        };
        let Err(stop) = finished else { return finished };
        let refusal = match &stop {
            Stop::Refused(refusal) => Some(&**refusal),
            Stop::Failed(_) => None,
        };
        upload.give_up(cx, refusal).await?;
        return Err(stop);
    }
    Err(loads::no_file().into())
}

/// `GET /desk/catalogue/{key}/loads/{load}`
pub(crate) async fn look(
    cx: Cx,
    Path((key, id)): Path<(String, String)>,
    Query(wanted): Query<Wanted>,
) -> Reply {
    let seen = seen(&cx, &key).await?;
    let none = || frame::not_found("这次导入");
    let id: Id<SetLoad> = id.parse().map_err(|_| none())?;
    let from = wanted.from.clamp(0, 1 << 40);
    let found = cx
        .read(move |r| {
            let Some(load) = rows::set_load_by_id(r, id)? else { return Ok(None) };
            let bad = rows::bad_cells(r, load.no, from, BAD_PAGE + 1)?;
            Ok(Some((load, bad)))
        })
        .await?;
    let (load, bad) = found.filter(|(load, _)| load.key == key).ok_or_else(none)?;
    let brings = cx.permitted(&BRING, Over::Organ(seen.head.provider.clone())).await?.is_some();
    let newest = seen.set.as_ref().is_some_and(|set| set.standing == load.no);
    let lead = format!("{} 由 {} 导入", load.started_at.to_minute(), load.by_name);
    let body = html! {
        (Heading::new(&load.name).caption(seen.head.name.clone()).state(state(load.stage)).lead(lead))
        @if load.stage.is_under_way() { (under_way(&load)) } @else { (ended(&load)) }
        @if !bad.is_empty() { (refused(&load, bad, from)) }
        @if brings && newest { (undoing(&load)) }
    };
    let crumbs = [
        Crumb::new(TITLE, HERE),
        Crumb::new(&seen.head.name, format!("{HERE}/{key}")),
        Crumb::new("导入和报告", place(&key)),
    ];
    let shown = page::desk(&cx, &load.name, &crumbs, body).await?;
    Ok(match load.stage.is_under_way() {
        true => page::again_after(AGAIN_SECONDS, shown),
        false => shown,
    })
}

fn under_way(load: &SetLoad) -> Markup {
    let number = |count: i64| u64::try_from(count).unwrap_or_default();
    let step = if load.stage == Stage::Receiving { 0 } else { 1 };
    html! {
        (steps(&STEPS.map(str::to_owned), step))
        @if load.stage == Stage::Staging && load.total > 0 {
            (progress("核对过的行", number(load.done), number(load.total)))
        } @else { p { "文件已经收下，马上开始处理。" } }
        p class="hint" {
            "这一页每 " (AGAIN_SECONDS) " 秒更新一次，也可以离开，处理不会停。生效以前，数据还是原来的样子。"
        }
        (button_row(link_button("看最新进展", &format!("{}/{}", place(&load.key), load.id))))
    }
}

fn ended(load: &SetLoad) -> Markup {
    let tally = load.tally;
    let mut facts = vec![SummaryRow::new("文件里是", load.extent.title())];
    let mut fact = |name: &str, count: i64| {
        facts.push(SummaryRow::new(name, format!("{count} 行")));
    };
    fact("读到", tally.read);
    if !load.act.is_empty() {
        fact("新增", tally.added);
        fact("更改", tally.changed);
        fact("没有变化", tally.unchanged);
        fact("不再有", tally.gone);
    }
    fact("退回", tally.refused);
    if !load.act.is_empty() {
        fact("生效后共", load.size);
    }
    if !load.proof.is_empty() {
        facts.push(SummaryRow::new("来源凭证", &load.proof));
    }
    let (kind, title) = match load.stage {
        Stage::Same => (NoticeKind::Info, "没有变化"),
        Stage::Published | Stage::Undone => (NoticeKind::Info, "处理时看到"),
        _ => (NoticeKind::Danger, "这个文件没有生效"),
    };
    html! {
        @if !load.words.is_empty() { (notice(kind, title, html! { p { (load.words) } })) }
        (summary_list(&facts))
    }
}

fn refused(load: &SetLoad, mut bad: Vec<BadCell>, from: i64) -> Markup {
    let page_size = usize::try_from(BAD_PAGE).unwrap_or(usize::MAX);
    let here = format!("{}/{}", place(&load.key), load.id);
    let next = (bad.len() > page_size).then(|| format!("{here}?from={}", from + BAD_PAGE));
    bad.truncate(page_size);
    let rows = bad.iter().map(|one| {
        Row::new([
            html! { @if one.line > 0 { (one.line) } @else { "没有推送" } },
            html! { (one.field) },
            html! { (one.rule) },
            html! { (one.words) },
        ])
    });
    let columns = [
        Column::number("行"),
        Column::new("信息项"),
        Column::new("规则").narrow(),
        Column::new("原因"),
    ];
    let table = Table::new("退回的行").stacked().caption_hidden().columns(columns).rows(rows);
    let first = (from > 0).then_some(here);
    section("refused", "退回的行", html! { (table) (Pager::new(next).first(first)) })
}

fn undoing(load: &SetLoad) -> Markup {
    let to = format!("{}/{}/undo", place(&load.key), load.id);
    section(
        "undo",
        "撤销",
        post_form(
            &to,
            None,
            html! {
                (button_row(html! {
                    (Button::danger("撤销这次导入").consequence("回到这次导入以前的数据"))
                }))
            },
        ),
    )
}

/// `POST /desk/catalogue/{key}/loads/{load}/undo`
pub(crate) async fn undo(cx: ActCx, Path((key, id)): Path<(String, String)>) -> Reply {
    let load: Id<SetLoad> = id.parse().map_err(|_| frame::not_found("这次导入"))?;
    sets::undo(cx.hall(), &key, load, By::Person(cx.actor().clone())).await?;
    Ok(see_other(&format!("{}/{id}", place(&key))))
}
