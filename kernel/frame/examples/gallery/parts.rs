//! Every part once.

use kernel_frame::parts::*;
use kernel_frame::shell::{Layout, SiteView, site};

use crate::Stage;
use crate::site::{at, today};

pub fn entries() -> Vec<Entry> {
    vec![
        Entry::new(at(0, 9, 12), "发出补正通知")
            .who("李敏 · 受理岗 · 市市场监督管理局")
            .tone(Tone::Paused)
            .basis("行政许可法第三十二条")
            .body(html! { p { "平面布局图没有标明操作间面积，请补交。" } })
            .receipt("/receipts/3"),
        Entry::new(at(-1, 16, 5), "收到材料").who("系统").tone(Tone::Active).receipt("/receipts/2"),
        Entry::new(at(-6, 10, 40), "网上提交申请").who("张晓梅").receipt("/receipts/1"),
    ]
}

/// A clock in time.
pub fn running() -> ClockFace {
    ClockFace {
        started: Some(today().plus(-6)),
        used: 4,
        due_promised: Some(today().plus(8)),
        remaining_promised: Some(6),
        due_legal: Some(today().plus(22)),
        remaining_legal: Some(16),
        ..ClockFace::new("审查决定时限", "行政许可法第四十二条", today())
    }
}

/// A clock that stands still.
pub fn frozen() -> ClockFace {
    ClockFace {
        paused: 3,
        frozen: Some("等待申请人补正（发出 11月24日）".into()),
        extended: Some("经本机关负责人批准，延长 10 个工作日".into()),
        uncertain: true,
        ..running()
    }
}

/// A clock soon due.
pub fn soon() -> ClockFace {
    ClockFace { used: 9, remaining_promised: Some(1), remaining_legal: Some(11), ..running() }
}

/// A broken promise.
pub fn broken() -> ClockFace {
    ClockFace { used: 12, remaining_promised: Some(-2), remaining_legal: Some(8), ..running() }
}

/// A broken law.
pub fn unlawful() -> ClockFace {
    ClockFace { used: 23, remaining_promised: Some(-13), remaining_legal: Some(-3), ..running() }
}

/// A clock that stopped in time.
pub fn stopped() -> ClockFace {
    ClockFace { stopped: Some((today(), "作出准予许可决定".into())), ..running() }
}

/// How many of five are done.
pub fn progress_of(done: u64, total: u64) -> Markup {
    progress("已完成", done, total)
}

pub fn all(stage: &Stage) -> Markup {
    let body = html! {
        (Heading::new("部件").caption("CityHall").lead("页面由这些部件组成。每个部件在暗色、打印、高对比度和没有脚本时都能用。").state(tag(Tone::Active, "第一版")))
        (section("clocks", "时钟", html! {
            div class="grid" {
                (clock(&running())) (clock(&frozen())) (clock(&soon())) (clock(&broken())) (clock(&unlawful())) (clock(&stopped()))
            }
        }))
        (section("states", "状态", html! {
            div class="button-row" {
                (tag(Tone::Plain, "未开始")) (tag(Tone::Active, "审查中")) (tag(Tone::Good, "已办结")) (tag(Tone::Soon, "即将到期"))
                (tag(Tone::Late, "超时")) (tag(Tone::Paused, "等待补正")) (tag(Tone::Closed, "已撤回")) (count(12))
            }
        }))
        (section("notices", "提示", html! {
            (banner(NoticeKind::Success, html! { p { "已保存草稿。30 天内可以继续填写。" } }))
            (notice(NoticeKind::Info, "这项业务也可以到窗口办", html! { p { "市政务服务中心二楼 B 区。" } }))
            (notice(NoticeKind::Warning, "12月3日 以前没有补正，申请视为撤回", html! {}))
            (notice(NoticeKind::Danger, "文件里有病毒，没有保存", html! { p { "请用其他电脑重新导出这份文件。" } }))
        }))
        (section("buttons", "按钮", html! {
            (button_row(html! {
                (Button::new("提交申请")) (Button::secondary("保存草稿").icon("save")) (Button::danger("撤回这件申请"))
                (Button::quiet("删除").icon("trash-2")) (link_button("返回", "/")) (start_button("在线办理", "/"))
            }))
            (button_row(html! {
                (Button::new("予以受理").consequence("时限从今天开始计算，受理通知书会发给张晓梅。"))
                (Button::danger("不予受理张晓梅的申请").consequence("需要说明理由；申请人可以申请行政复议。"))
            }))
        }))
        (section("fields", "表单", html! { (fields()) }))
        (section("charts", "图", html! {
            div class="columns" {
                (BarChart::new("本月办件最多的部门", "部门", "件", [
                    Bar::new("市场监管局", 1_284.0), Bar::new("人社局", 1_102.0), Bar::new("公安局", 866.0),
                    Bar::new("自然资源局", 421.0).tone(Tone::Soon), Bar::new("住建局", 97.5).tone(Tone::Late),
                ]))
                (super::parts::month())
            }
        }))
        (section("more", "其他", html! {
            (SearchField::new("/search", "搜索事项").example("营业执照、公积金").id("s2"))
            (inset(html! { p { "只卖预包装食品的，不用办许可，备案就可以。" } }))
            (details("什么是预包装食品", html! { p { "预先定量包装或者制作在包装材料、容器中的食品。" } }))
            p { (masked("420704********2028")) "　" (source_note("人口基础信息", today())) }
            p { (due_said(today().plus(9), today(), 6)) "；" (moment_said(at(0, 9, 30), today())) "；" (moment(at(-8, 15, 2))) }
            (legal_basis("《行政许可法》第三十二条"))
            (tabs("示例", &[Tab::new("基本情况", "#", true), Tab::new("材料", "#", false).count(4), Tab::new("经过", "#", false).count(12)]))
            (empty("没有等您办理的事", html! { p { "有新的办件，这里会先告诉您。" a href="/desk" { "看全部办件" } } }))
        }))
    };
    let view = SiteView {
        prefs: stage.prefs,
        target: "/parts",
        doors: &stage.doors,
        layout: Layout::Wide,
        ..SiteView::new(&stage.city, "部件")
    };
    site(&view, body)
}

/// A year by months.
pub fn month() -> Markup {
    let counts =
        [812.0, 640.0, 905.0, 880.0, 931.0, 1_010.0, 996.0, 1_043.0, 1_120.0, 870.0, 941.0];
    let bars = counts
        .iter()
        .zip(1..)
        .map(|(count, month): (&f64, u32)| Bar::new(format!("{month}月"), *count));
    TrendChart::new("2026年各月收件", "月份", "件", bars).render()
}

fn fields() -> Markup {
    let kinds = || {
        vec![
            Choice::new("1", "食品销售").hint("超市、便利店、粮油店"),
            Choice::new("2", "餐饮服务"),
            Choice::new("3", "单位食堂"),
        ]
    };
    post_form(
        "/",
        None,
        html! {
            (Field::text("a", "单位名称").hint("与营业执照一致").value("鄂州市滨湖餐饮管理有限公司"))
            (Field::number("b", "从业人数").unit("人").width(Width::Short).value("12"))
            (Field::text("c", "电子邮箱").optional().why("证照制作好以后发一份给您。"))
            (Field::area("d", "不予受理的理由", 4).max(200).error(Some("请填写不予受理的理由".into())))
            (Field::radios("e", "主体业态", kinds()).value("2"))
            (Field::checks("f", "经营项目", kinds()).values(vec!["1".into(), "3".into()]))
            (Field::select("g", "所在街道", vec![Choice::new("1", "凤凰街道"), Choice::new("2", "古楼街道"), Choice::new("3", "西山街道")]).value("2"))
            (Field::date("h", "起用日期").value("2026-11-03").hint("例如 2026 年 3 月 8 日"))
            (Field::file("i", "平面布局图", FileLimits::papers()))
            (Field::confirm("j", "我已阅读并同意《网上申报须知》"))
            (Field::text("k", "姓名").value("张晓梅").source(source_note("人口基础信息", today())).locked())
        },
    )
}
