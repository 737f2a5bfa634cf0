//! The form of a resource: a new one, or the next version of one.

use access::{Organ, Over, Reach};
use axum::Form;
use axum::extract::Path;
use base::{Outcome, Refusal, RefusalKind};
use frame::parts::{
    Button, Choice, Crumb, Field, Heading, Width, button_row, inset, post_form, section,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Reply, Wrong, page, shown_again};
use maud::{Markup, html};

use super::Typed;
use super::desk::{HERE, TITLE};
use crate::acts::{self, compile};
use crate::rules;
use crate::terms::{COMPILE, Cycle, DataType, Format, Manner, Place, Resource, Share};

/// The texts of a resource as a form has them.
fn typed_of(resource: &Resource) -> Typed {
    let place = &resource.place;
    let texts: [(&str, String); 21] = [
        ("name", resource.name.clone()),
        ("subject", format!("{}{}", place.class, place.subject)),
        ("heading", place.heading.clone()),
        ("heading_name", place.heading_name.clone()),
        ("detail", place.detail.clone()),
        ("detail_name", place.detail_name.clone()),
        ("provider", resource.provider.clone()),
        ("summary", resource.summary.clone()),
        ("format", resource.format.word().into()),
        ("format_words", resource.format_words.clone()),
        ("items", rules::items_text(&resource.items)),
        ("share", resource.share.word().into()),
        ("share_condition", resource.share_condition.clone()),
        ("share_ground", resource.share_ground.clone()),
        ("manner", resource.manner.word().into()),
        ("open", if resource.open { "true".into() } else { String::new() }),
        ("open_condition", resource.open_condition.clone()),
        ("cycle", resource.cycle.word().into()),
        ("cycle_words", resource.cycle_words.clone()),
        ("related", resource.related.join("、")),
        ("keywords", resource.keywords.join("、")),
    ];
    let typed =
        texts.into_iter().fold(Typed::default(), |typed, (name, text)| typed.with(name, text));
    typed.with("register", resource.register.clone()).with("question", resource.question.clone())
}

/// The resource that was typed; what is no word of the lists is told beside its field.
fn read(typed: &Typed) -> Result<Resource, Refusal> {
    let mut wrong = Refusal::new(RefusalKind::Invalid, "catalogue.bad_resource", "目录需要修改");
    let items = rules::items_of(typed.get("items")).unwrap_or_else(|words| {
        wrong = wrong.clone().field("items", words);
        Vec::new()
    });
    let mut word = |field: &str, known: bool| {
        if !known {
            wrong = wrong.clone().field(field, "请选择一项");
        }
    };
    let (share, manner) = (Share::parse(typed.get("share")), Manner::parse(typed.get("manner")));
    let (cycle, format) = (Cycle::parse(typed.get("cycle")), Format::parse(typed.get("format")));
    word("share", share.is_some());
    word("manner", manner.is_some());
    word("cycle", cycle.is_some());
    word("format", format.is_some());
    if !wrong.fields.is_empty() {
        return Err(wrong);
    }
    let list = |name: &str| -> Vec<String> {
        let words = typed.get(name).split(['、', '，', ',', ' ', '\n']);
        words.map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let text = |name: &str| typed.get(name).to_owned();
    let (class, subject) = typed.get("subject").split_at_checked(1).unwrap_or_default();
    Ok(Resource {
        name: text("name"),
        place: Place {
            class: class.into(),
            subject: subject.into(),
            heading: text("heading"),
            heading_name: text("heading_name"),
            detail: text("detail"),
            detail_name: text("detail_name"),
        },
        provider: text("provider"),
        summary: text("summary"),
        format: format.unwrap_or_default(),
        format_words: text("format_words"),
        items,
        share: share.unwrap_or_default(),
        share_condition: text("share_condition"),
        share_ground: text("share_ground"),
        manner: manner.unwrap_or_default(),
        open: typed.ticked("open"),
        open_condition: text("open_condition"),
        cycle: cycle.unwrap_or_default(),
        cycle_words: text("cycle_words"),
        related: list("related"),
        keywords: list("keywords"),
        register: text("register"),
        question: text("question"),
    })
}

/// `GET /desk/catalogue/new`
pub(crate) async fn new(cx: Cx) -> Reply {
    let own = cx.permit()?.organ().to_owned();
    let typed = typed_of(&Resource { provider: own, ..Resource::default() });
    shown(&cx, None, &typed, Wrong::default()).await
}

/// `GET /desk/catalogue/{key}/edit`
pub(crate) async fn edit(cx: Cx, Path(key): Path<String>) -> Reply {
    let (actor, wanted) = (cx.actor().clone(), key.clone());
    let version = cx
        .read(move |r| {
            let head = compile::found(r, &wanted)?;
            access::authorise(r, &actor, &COMPILE, Over::Organ(head.provider.clone()))?;
            compile::newest(r, &head)
        })
        .await?;
    shown(&cx, Some(&key), &typed_of(&version.resource), Wrong::default()).await
}

/// `POST /desk/catalogue`
pub(crate) async fn create(cx: ActCx, Form(pairs): Form<Vec<(String, String)>>) -> Reply {
    written(cx, None, Typed::new(pairs)).await
}

/// `POST /desk/catalogue/{key}`
pub(crate) async fn save(
    cx: ActCx,
    Path(key): Path<String>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Reply {
    written(cx, Some(key), Typed::new(pairs)).await
}

async fn written(cx: ActCx, key: Option<String>, typed: Typed) -> Reply {
    let outcome = match read(&typed) {
        Ok(resource) => compile::write(&cx, key.clone(), resource).await,
        Err(refusal) => Err(refusal.into()),
    };
    match outcome {
        Ok(key) => Ok(see_other(&format!("{HERE}/{key}?done=written"))),
        Err(stop) => shown(&cx, key.as_deref(), &typed, Wrong(Some(&shown_again(stop)?))).await,
    }
}

fn words<T: Copy>(all: &[T], word: fn(T) -> &'static str) -> Vec<Choice> {
    all.iter().map(|one| Choice::new(word(*one), word(*one))).collect()
}

async fn shown(cx: &Cx, key: Option<&str>, typed: &Typed, wrong: Wrong<'_>) -> Reply {
    let organs = organs(cx).await?;
    let action = key.map_or_else(|| HERE.to_owned(), |key| format!("{HERE}/{key}"));
    let title = if key.is_some() { "修改资源" } else { "编写资源" };
    let form = html! {
        (section("what", "是什么数据", what(typed, &organs, wrong)?))
        (section("items", "信息项", items(typed, wrong)))
        (section("terms", "怎么给、给谁", terms(typed, wrong)))
        (section("more", "更新和关联", more(typed, wrong)))
        (button_row(html! { (Button::new("保存草稿").consequence("还没有发布；保存以后再送审")) }))
    };
    let body = html! {
        (Heading::new(title).lead("按《政务信息资源目录编制指南》填写。资源代码由系统按规则编。"))
        (wrong.head())
        (post_form(&action, None, form))
    };
    let response = page::desk(cx, title, &[Crumb::new(TITLE, HERE)], body).await?;
    Ok(wrong.status(response))
}

/// The organs that who writes may write for.
async fn organs(cx: &Cx) -> Outcome<Vec<Organ>> {
    let (permit, today) = (cx.permit()?.clone(), cx.now().day());
    let mut organs = cx.read(access::organs).await?;
    organs.retain(|organ| {
        organ.stands(today) && (permit.reach() == Reach::City || organ.id == permit.organ())
    });
    Ok(organs)
}

fn what(typed: &Typed, organs: &[Organ], wrong: Wrong<'_>) -> Outcome<Markup> {
    let classes = acts::classes()?;
    let subjects = classes.classes.iter().flat_map(|class| {
        class.subjects.iter().map(move |one| {
            Choice::new(
                format!("{}{}", class.code, one.code),
                format!("{}：{}", class.name, one.name),
            )
        })
    });
    let organs = organs.iter().map(|organ| Choice::new(&organ.id, &organ.name)).collect();
    let text = |name: &'static str, label: &str| {
        Field::text(name, label).value(typed.get(name)).error(wrong.with(name))
    };
    Ok(html! {
        (text("name", "资源名称"))
        (Field::select("provider", "提供部门", organs).value(typed.get("provider")).error(wrong.with("provider")))
        (Field::select("subject", "类和项", subjects.collect()).value(typed.get("subject")).error(wrong.with("subject")))
        (text("heading", "目的代码").hint("三位数字，例如 001").width(Width::Short))
        (text("heading_name", "目的名称").width(Width::Long))
        (text("detail", "细目的代码").hint("没有的不写").optional().width(Width::Short))
        (text("detail_name", "细目的名称").optional().width(Width::Long))
        (Field::area("summary", "摘要", 4).hint("里面有什么、能做什么，别的部门和市民看了就知道")
            .value(typed.get("summary")).error(wrong.with("summary")))
        (Field::select("format", "格式", words(Format::ALL, Format::word)).value(typed.get("format"))
            .error(wrong.with("format")))
        (text("format_words", "格式说明").hint("例如 CSV、PostgreSQL").optional().width(Width::Long))
    })
}

fn items(typed: &Typed, wrong: Wrong<'_>) -> Markup {
    let kinds = DataType::ALL.iter().map(|kind| kind.word()).collect::<Vec<_>>().join("、");
    html! {
        (Field::area("items", "信息项，一行一项", 12)
            .hint("代码|名称|类型|长度|必填、主键、敏感|代码表|字段|含义。后面没有的可以不写")
            .value(typed.get("items")).error(wrong.with("items")))
        (inset(html! {
            p { "例如：" code { "number|公民身份号码|字符型|18|主键、必填、敏感|GB 11643" } }
            p { "类型：" (kinds) "。敏感的信息项，有它的资源不能向社会开放。" }
            p { "“含义”写统一的名称，例如 person.name；写了以后，别的事项的表单不能再向市民要它。" }
        }))
    }
}

fn terms(typed: &Typed, wrong: Wrong<'_>) -> Markup {
    html! {
        (Field::radios("share", "共享类型", words(Share::ALL, Share::word)).value(typed.get("share"))
            .error(wrong.with("share")))
        (Field::area("share_condition", "共享条件", 2).hint("有条件共享的写").optional()
            .value(typed.get("share_condition")).error(wrong.with("share_condition")))
        (Field::text("share_ground", "不予共享的依据")
            .hint("法律、行政法规或者国务院决定的全名和第几条；不予共享的写").optional()
            .value(typed.get("share_ground")).error(wrong.with("share_ground")))
        (Field::radios("manner", "共享方式", words(Manner::ALL, Manner::word)).value(typed.get("manner"))
            .error(wrong.with("manner")))
        (Field::confirm("open", "向社会开放").value(typed.get("open")).optional().error(wrong.with("open")))
        (Field::text("open_condition", "开放条件").optional().value(typed.get("open_condition"))
            .error(wrong.with("open_condition")))
    }
}

fn more(typed: &Typed, wrong: Wrong<'_>) -> Markup {
    let text = |name: &'static str, label: &str| {
        Field::text(name, label).optional().value(typed.get(name)).error(wrong.with(name))
    };
    html! {
        (Field::select("cycle", "更新周期", words(Cycle::ALL, Cycle::word)).value(typed.get("cycle"))
            .error(wrong.with("cycle")))
        (text("cycle_words", "更新周期说明").hint("选“其他”的写").width(Width::Long))
        (text("related", "关联资源的代码").hint("几个的，用顿号隔开"))
        (text("keywords", "关键词").hint("人们会怎么说它，用顿号隔开"))
        (text("register", "所在的库").hint("由本平台的库提供的写，例如 population.residents").width(Width::Long))
        (text("question", "查询的种类").hint("能在本平台查询的写，例如 population.person").width(Width::Long))
    }
}
