//! Pages of the public site.

use base::{Day, FieldError, Moment};
use kernel_frame::form::{Form, Source, Sources};
use kernel_frame::parts::*;
use kernel_frame::shell::{Layout, SiteView, User, bare, paper, site};
use serde_json::{Value, json};

use crate::Stage;

const LINKS: &[(&str, &str)] = &[
    ("关于本站", "/about"),
    ("无障碍说明", "/accessibility"),
    ("隐私", "/privacy"),
    ("存证日志", "/log"),
    ("接口说明", "/api"),
    ("网站地图", "/map"),
];
const IMPRINT: &[&str] = &[
    "主办：鄂州市人民政府办公室　承办：鄂州市数据局",
    "政府网站标识码 4207000001　便民热线 12345",
];
const USER: User<'_> =
    User {
        name: "张晓梅", post: "", links: &[("我的办件", "/my/cases"), ("我的账户", "/me")]
    };

pub fn today() -> Day {
    Day::from_number(20_781)
}

pub fn at(days: i64, hour: i64, minute: i64) -> Moment {
    today().plus(days).start().plus_seconds(hour * 3_600 + minute * 60)
}

fn framed(
    stage: &Stage,
    title: &str,
    target: &str,
    layout: Layout,
    crumbs: &[Crumb],
    body: Markup,
) -> Markup {
    let view = SiteView {
        prefs: stage.prefs,
        target,
        doors: &stage.doors,
        user: (target != "/" && target != "/sign-in").then_some(USER),
        crumbs,
        layout,
        links: LINKS,
        imprint: IMPRINT,
        ..SiteView::new(&stage.city, title)
    };
    site(&view, body)
}

fn to_services() -> Vec<Crumb> {
    vec![Crumb::new("首页", "/"), Crumb::new("办事情", "/services")]
}

pub fn home(stage: &Stage) -> Markup {
    let task = |mark: &str, title: &str, words: &str| {
        html! { a class="card-link" href="/services/1" { (icon(mark)) strong { (title) } span { (words) } } }
    };
    let body = html! {
        h1 class="visually-hidden" { "鄂州市人民政府门户网站" }
        section class="band" aria-labelledby="top" {
            div class="band-inner" {
                div class="band-head" { h2 id="top" { "大家常办的事" } a href="/services" { "全部 1 284 个事项" } }
                div class="grid grid-pairs" {
                    (task("store", "开办企业", "营业执照、刻章、税务一次办好，最快当天"))
                    (task("id-card", "办身份证", "首次申领、到期换领、丢失补领"))
                    (task("house", "不动产登记", "买卖、抵押、查询，线上预审"))
                    (task("banknote", "公积金提取", "租房、购房、退休，不用开证明"))
                    (task("heart-handshake", "社保与医保", "参保、转移、异地就医备案"))
                    (task("baby", "新生儿一件事", "出生证、户口、医保、社保卡一起办"))
                    (task("car", "机动车与驾驶证", "补换证、年检预约、违法处理"))
                    (task("graduation-cap", "义务教育入学", "报名、学区查询、结果公布"))
                }
            }
        }
        section class="band band-tint" aria-labelledby="owed" {
            div class="band-inner" {
                div class="band-head" {
                    h2 id="owed" { "城市说到做到" }
                    p class="meta" { "2026年11月，截至今天 09:30" }
                }
                (stats(&[
                    Stat::new("按承诺时限办结", "98.7").unit("%").tone(Tone::Good).note("9 412 件中的 9 290 件").href("/owed"),
                    Stat::new("平均用时", "3.2").unit("个工作日").note("法定平均 14.6 个工作日"),
                    Stat::new("超时正在催办", 23).unit("件").tone(Tone::Late).note("每一件都公开原因").href("/owed/late"),
                    Stat::new("意见按期答复", "100").unit("%").tone(Tone::Good).note("本月收到 318 条"),
                ]))
            }
        }
        section class="band" aria-label="新近公开与征求意见" {
            div class="band-inner" {
                div class="columns" {
                    div {
                        div class="band-head" { h2 { "新近公开" } a href="/info" { "全部信息" } }
                        ul class="link-list" {
                            @for (title, days) in [
                                ("关于调整城乡居民最低生活保障标准的通知", 0),
                                ("2026年第四季度市级财政预算执行情况", -1),
                                ("梁子湖生态环境保护条例（修订草案）解读", -1),
                                ("市区新增12条公交线路和38处站点，12月1日起运行", -3),
                                ("鄂州市2027年度义务教育学校招生工作安排", -4),
                            ] {
                                li { a href="/info/1" { (title) } span class="meta" { (day_said(today().plus(days), today())) } }
                            }
                        }
                    }
                    aside {
                        h2 { "正在征求意见" }
                        ul class="link-list" {
                            li { a href="/voices/1" { "梁子湖生态环境保护条例（修订草案）" } span class="meta" { "还有 12 天" } }
                            li { a href="/voices/2" { "主城区停车收费标准" } span class="meta" { "还有 5 天" } }
                        }
                        p { a href="/voices" { "提意见、问问题" } }
                    }
                }
            }
        }
    };
    framed(stage, "首页", "/", Layout::Bands, &[], body)
}

pub fn guide(stage: &Stage) -> Markup {
    let body = html! {
        (Heading::new("食品经营许可（新办）").lead("在鄂州卖食品或者做餐饮，开业之前要取得食品经营许可。材料齐全的，最快 5 个工作日拿证。"))
        div class="columns" {
            div class="prose" {
                h2 { "我能办吗" }
                ul {
                    li { "您已经有营业执照，经营范围包含食品经营。" }
                    li { "经营场所在鄂州市，与有毒、有害场所保持规定的距离。" }
                    li { "有专职或者兼职的食品安全管理人员。" }
                }
                (inset(html! { p { "只卖预包装食品的，不用办许可，" a href="/services/2" { "备案就可以" } "。" } }))
                h2 { "要准备什么" }
                (Table::new("材料清单").caption_hidden().stacked()
                    .columns([Column::new("材料"), Column::new("怎么来").narrow(), Column::new("要求")])
                    .row(Row::new([html! { "食品经营许可申请书" }, html! { "网上填写" }, html! { "不用上传" }]))
                    .row(Row::new([html! { "营业执照" }, html! { "部门共享" }, html! { "不用提交，我们向市场主体库查询" }]))
                    .row(Row::new([html! { "经营场所平面布局图" }, html! { "自己准备" }, html! { "PDF 或照片，标明面积和用途" }]))
                    .row(Row::new([html! { "食品安全规章制度" }, html! { "自己准备" }, html! { "可以用" a href="/files/1" { "示范文本" } }])))
                h2 { "要多久" }
                p { "受理以后，我们承诺 5 个工作日内决定；法律规定最长 20 个工作日。现场核查的时间另计，不超过 10 个工作日。" }
                (legal_basis("《食品安全法》第三十五条、《行政许可法》第四十二条"))
                h2 { "要多少钱" }
                p { "不收费。" }
                h2 { "到哪里办" }
                p { "全程网上办，一次都不用跑。也可以到市政务服务中心二楼 B 区 12 至 15 号窗口。" }
                (details("窗口时间和交通", html! {
                    p { "星期一至星期五 9:00–12:00、13:30–17:00；星期六上午办理企业开办和不动产登记。" }
                    p { "公交 3 路、16 路到市民中心站。" }
                }))
                (button_row(html! { (start_button("在线办理", "/services/1/start")) }))
            }
            aside {
                section class="card" {
                    h2 { "一眼看清" }
                    (summary_list(&[
                        SummaryRow::new("承诺时限", "5 个工作日"),
                        SummaryRow::new("法定时限", "20 个工作日"),
                        SummaryRow::new("跑动次数", "0 次"),
                        SummaryRow::new("费用", "不收费"),
                        SummaryRow::new("实施机关", "鄂州市市场监督管理局"),
                    ]))
                }
                section class="stack" {
                    h2 { "不清楚，问人" }
                    p { (icon("phone")) " 0711-3355123（工作日 9:00–17:00）" }
                    p { a href="/voices/new" { "在网上问，2 个工作日内答复" } }
                }
            }
        }
    };
    framed(stage, "食品经营许可（新办）", "/services/1", Layout::Wide, &to_services(), body)
}

fn form() -> Result<Form, kernel_frame::form::FormFault> {
    Form::parse(&json!({
        "type": "object", "title": "食品经营许可申请",
        "x-groups": [
            {"id": "person", "title": "您是谁"},
            {"id": "place", "title": "经营场所", "description": "与营业执照或租赁合同上写的一致。"},
            {"id": "kind", "title": "经营什么"}, {"id": "files", "title": "材料"}],
        "required": ["name", "number", "phone", "address", "area", "since", "kind", "goods", "online", "agreed"],
        "properties": {
            "name": {"type": "string", "title": "姓名", "format": "person-name", "x-group": "person", "x-prefill": "name", "x-locked": true},
            "number": {"type": "string", "title": "身份证号码", "format": "citizen-number", "x-group": "person", "x-prefill": "number", "x-locked": true},
            "phone": {"type": "string", "title": "联系电话", "format": "phone", "x-group": "person", "x-why": "核查人员上门前与您约时间。"},
            "address": {"type": "string", "title": "您的经营场所在哪里？", "x-name": "经营场所地址", "x-group": "place",
                "description": "写到门牌号，例如 鄂城区滨湖南路 18 号 1 楼", "x-prefill": "address"},
            "area": {"type": "number", "title": "经营面积", "x-unit": "平方米", "minimum": 5, "maximum": 20000, "x-group": "place"},
            "since": {"type": "string", "title": "从哪一天起使用这个场所？", "x-name": "起用日期", "format": "date", "x-group": "place",
                "description": "例如 2026 年 3 月 8 日"},
            "online": {"type": "boolean", "title": "是否在网上销售？", "x-name": "是否在网上销售", "x-group": "place"},
            "more": {"type": "string", "title": "还有什么要说明的", "x-widget": "textarea", "maxLength": 300, "x-group": "place"},
            "kind": {"type": "string", "title": "主体业态", "enum": ["shop", "kitchen", "canteen"],
                "x-enum-titles": ["食品销售经营者", "餐饮服务经营者", "单位食堂"], "x-group": "kind"},
            "goods": {"type": "array", "title": "经营项目", "items": {"enum": ["hot", "cold", "cake", "drink"]},
                "x-enum-titles": ["热食类食品制售", "冷食类食品制售", "糕点类食品制售", "自制饮品制售"], "x-group": "kind"},
            "agreed": {"type": "boolean", "title": "我承诺所填内容属实", "x-widget": "checkbox", "const": true, "x-group": "files"},
        }
    }))
}

fn known() -> (Value, Sources) {
    let source = |from: &str| Source { from: from.into(), as_of: today(), dispute: None };
    let sources = [
        ("name".to_owned(), source("人口基础信息")),
        ("number".to_owned(), source("人口基础信息")),
        ("address".to_owned(), source("法人和其他组织基础信息")),
    ];
    let values = json!({"name": "张晓梅", "number": "420704********2028", "phone": "13800112233",
        "address": "鄂城区滨湖南路 18 号 1 楼"});
    (values, sources.into_iter().collect())
}

fn step_names() -> Vec<String> {
    ["您是谁", "经营场所", "经营什么", "材料", "核对并提交"].map(str::to_owned).to_vec()
}

fn page_of_form(
    stage: &Stage,
    title: &str,
    place: usize,
    group: &str,
    values: &Value,
    errors: &[FieldError],
) -> Markup {
    let Ok(form) = form() else { return html! {} };
    let (_, sources) = known();
    let body = html! {
        (error_summary(errors))
        (steps(&step_names(), place))
        (Heading::new(title).caption("食品经营许可（新办）"))
        (post_form("/services/1/form", Some("t"), html! {
            div class="fields" { (form.render(group, values, errors, &sources)) }
            (button_row(html! {
                (Button::new("继续"))
                (Button::secondary("保存，以后再填").says("then", "leave").unchecked())
            }))
        }))
    };
    let title = if errors.is_empty() { title.to_owned() } else { format!("有错误：{title}") };
    framed(stage, &title, "/services/1/form", Layout::Reading, &to_services(), body)
}

pub fn question(stage: &Stage) -> Markup {
    page_of_form(stage, "您是谁", 0, "person", &known().0, &[])
}

pub fn errors(stage: &Stage) -> Markup {
    let Ok(form) = form() else { return html! {} };
    let values = json!({"address": "", "area": "很大", "since": "2026-13-", "more": "后厨与前厅分开，已经装了油烟净化设备。"});
    let errors = form.check_group("place", &values);
    page_of_form(stage, "经营场所", 1, "place", &values, &errors)
}

pub fn answers(stage: &Stage) -> Markup {
    let Ok(form) = form() else { return html! {} };
    let (mut values, sources) = known();
    for (name, value) in [
        ("area", json!(86.5)),
        ("since", json!("2026-10-01")),
        ("online", json!(true)),
        ("kind", json!("kitchen")),
        ("goods", json!(["hot", "drink"])),
    ] {
        if let Some(object) = values.as_object_mut() {
            object.insert(name.into(), value);
        }
    }
    let body = html! {
        (steps(&step_names(), 4))
        (Heading::new("核对您填的内容").caption("食品经营许可（新办）"))
        (form.check_answers(&values, &sources, Some(&|group| format!("/services/1/form/{}", group.id))))
        (post_form("/services/1/send", Some("t"), html! {
            (Button::new("确认并提交申请").consequence("提交后由鄂州市市场监督管理局在 5 个工作日内决定是否受理，并告诉您结果。提交以后、受理以前可以撤回。"))
        }))
    };
    framed(stage, "核对您填的内容", "/services/1/check", Layout::Reading, &to_services(), body)
}

pub fn receipt(stage: &Stage) -> Markup {
    let body = html! {
        (Heading::new("申请已经提交"))
        (Slip::new("网上提交回执", "4207 2611 2400 0318", "鄂州市市场监督管理局", at(0, 9, 30))
            .due(today().plus(9), "行政许可法第三十二条：五个工作日内决定是否受理")
            .row("申请人", "张晓梅").row("事项", "食品经营许可（新办）").row("材料", "4 份，共 6.2 MB")
            .next("我们核对材料。缺什么，一次告诉您。")
            .next("受理以后安排现场核查，核查人员会先打电话。")
            .next("作出决定后，电子证照直接进入您的账户。")
            .check("随时凭办件编号和身份证号码后四位查询。", "/cases")
            .proof("b6c1 09e4 77d2 5a10", "/receipts/1"))
    };
    framed(stage, "申请已经提交", "/services/1/done", Layout::Reading, &to_services(), body)
}

pub fn tasks(stage: &Stage) -> Markup {
    let body = html! {
        (Heading::new("开办餐饮店").lead("一件事一次办：五张证照合成一次申请。可以分几次填，填好的我们替您保存 30 天。"))
        (super::parts::progress_of(2, 5))
        (task_list(&[
            Task::new("营业执照", "/t/1", Tone::Good, "已完成").hint("统一社会信用代码 91420700MA49********"),
            Task::new("经营场所", "/t/2", Tone::Good, "已完成"),
            Task::new("食品经营许可", "/t/3", Tone::Active, "填了一半"),
            Task::new("户外招牌", "/t/4", Tone::Soon, "需要补正").hint("请在 12月3日 以前补交效果图"),
            Task::waiting("公众聚集场所消防安全检查", "完成前面四项以后可以开始"),
        ]))
        (button_row(html! { (link_button("看办理说明", "/services/9")) }))
    };
    framed(stage, "开办餐饮店", "/services/9/tasks", Layout::Reading, &to_services(), body)
}

pub fn list(stage: &Stage) -> Markup {
    let body = html! {
        (Heading::new("规范性文件").lead("现行有效的 214 件。失效和废止的文件也查得到，并标明日期。"))
        (Filters::new("/info/rules", [
            Filter::words("q", "标题和正文", "低保"),
            Filter::one("organ", "发文机关", "", vec![Choice::new("1", "市人民政府"), Choice::new("2", "市民政局")]),
            Filter::one("state", "效力", "1", vec![Choice::new("1", "现行有效"), Choice::new("2", "已经废止")]),
            Filter::day("from", "发布日期从", ""),
        ]))
        (Table::new("规范性文件").caption_hidden().stacked()
            .columns([
                Column::new("文件"), Column::new("发文字号").narrow(),
                Column::new("发布日期").narrow().sort(Sort::Down, "?sort=day"), Column::new("效力").narrow(),
            ])
            .rows((0..6).map(|n| Row::new([
                html! { "关于调整城乡居民最低生活保障标准和特困人员供养标准的通知" },
                html! { "鄂州政办发〔2026〕" (18 - n) "号" },
                html! { (day(today().plus(-n * 23))) },
                html! { @if n == 3 { (tag(Tone::Closed, "已经废止")) } @else { (tag(Tone::Good, "现行有效")) } },
            ]).href("/info/rules/1"))))
        (Pager::new(Some("?after=x".into())).words("共 214 件，本页 6 件"))
        (pages(3, 12, |page| format!("?page={page}")))
    };
    let crumbs = [Crumb::new("首页", "/"), Crumb::new("看信息", "/info")];
    framed(stage, "规范性文件", "/info/rules", Layout::Wide, &crumbs, body)
}

pub fn article(stage: &Stage) -> Markup {
    let body = html! {
        article class="prose" {
            (Heading::new("关于调整城乡居民最低生活保障标准的通知").caption("鄂州政办发〔2026〕18号"))
            (summary_list(&[
                SummaryRow::new("发文机关", "鄂州市人民政府办公室"),
                SummaryRow::of("成文日期", day(today().plus(-3))),
                SummaryRow::of("效力", tag(Tone::Good, "现行有效")),
            ]))
            p { "各区人民政府，各开发区管委会，市直各单位：" }
            p { "为保障困难群众基本生活，根据《社会救助暂行办法》和省有关规定，经市人民政府同意，从2027年1月1日起调整全市城乡居民最低生活保障标准。现就有关事项通知如下。" }
            h2 { "一、保障标准" }
            p { "城市居民最低生活保障标准由每人每月780元提高到820元，农村由每人每年7 680元提高到8 160元。" }
            h2 { "二、工作要求" }
            ol {
                li { "各区要在2026年12月31日前完成复核，做到应保尽保、应退尽退。" }
                li { "市民政局会同市财政局按季度公开资金发放情况。" }
            }
            blockquote { p { "低保标准每年调整一次，与上年度居民人均消费支出挂钩。" } }
        }
        p { a href="/info/1.pdf" { (icon("download")) " 下载 OFD 版式文件（320 KB）" } }
    };
    let crumbs = [
        Crumb::new("首页", "/"),
        Crumb::new("看信息", "/info"),
        Crumb::new("规范性文件", "/info/rules"),
    ];
    framed(
        stage,
        "关于调整城乡居民最低生活保障标准的通知",
        "/info/rules/1",
        Layout::Reading,
        &crumbs,
        body,
    )
}

pub fn progress(stage: &Stage) -> Markup {
    let body = html! {
        (Heading::new("食品经营许可（新办）").caption("办件编号 4207 2611 2400 0318").state(tag(Tone::Paused, "等您补正")))
        div class="columns" {
            div {
                (notice(NoticeKind::Warning, "请在 12月3日 以前补交 1 份材料", html! {
                    p { "平面布局图没有标明操作间面积。补交以后时限接着算。" }
                    p { a href="/my/1/fix" { "现在补交" } }
                }))
                (section("acts", "办到哪一步了", timeline(&super::parts::entries(), today())))
            }
            aside { (clock(&super::parts::frozen())) }
        }
    };
    framed(
        stage,
        "办件进度",
        "/my/cases/1",
        Layout::Wide,
        &[Crumb::new("我的办件", "/my/cases")],
        body,
    )
}

pub fn sign_in(stage: &Stage) -> Markup {
    let body = html! {
        (Heading::new("登录").lead("登录后会回到您刚才的那一页。"))
        (post_form("/sign-in", None, html! {
            (Field::text("account", "手机号码或用户名").complete("username").width(Width::Long))
            (Field::password("password", "密码").complete("current-password"))
            (button_row(html! { (Button::new("登录")) a href="/forgot" { "忘记密码" } }))
        }))
        (inset(html! { p { "还没有账户？" a href="/sign-up" { "注册个人账户" } "，大约需要 2 分钟。" } }))
    };
    framed(stage, "登录", "/sign-in", Layout::Reading, &[], body)
}

pub fn fault(stage: &Stage) -> Markup {
    bare(
        &stage.city,
        "系统出了问题",
        stage.prefs,
        html! {
            (Heading::new("系统出了问题").lead("我们已经记下这个问题。刚才如果提交了内容，请先查看是否已经办成，没有的话再提交一次。"))
            p { "请过几分钟再试。再次遇到时，请把这个编号告诉我们：" code { "01kb2m6g7x0e9v3c5r8h1t4n2w" } }
            p { a href="/" { "回到首页" } }
        },
    )
}

pub fn paper_page(stage: &Stage) -> Markup {
    let sheet = Paper::new("鄂州市市场监督管理局", "受理通知书", "张晓梅", today())
        .number("办件编号 42072611240003180000001")
        .part(
            "",
            vec!["您于2026年11月24日提出的「食品经营许可」申请，经审查，申请材料齐全，符合法定形式。根据《中华人民共和国行政许可法》第三十二条第一款第五项的规定，决定予以受理。".into()],
            vec![],
        )
        .part(
            "办理期限",
            vec!["本机关将自受理之日起五个工作日内作出决定；法律规定的期限为二十个工作日。".into()],
            vec!["平面图没有标明尺寸，请补画".into(), "身份证明不清楚".into()],
        )
        .proof("01kb2m6g7x0e9v3c5r8h1t4n2w", "https://www.ezhou.example/receipts/1")
        .note("未加盖电子印章：以存证凭据核验");
    paper(&stage.city, "受理通知书", &Crumb::new("返回办件", "/"), html! { (sheet) })
}
