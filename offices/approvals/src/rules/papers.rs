//! What the written papers of a case say (行政许可法 arts. 32, 38, 42, 45): from the step, from the act that
//! tells of it, and from what the case was filed under. The same act gives the same paper next year.

use base::Day;
use clock::words::limit as said_limit;
use flow::{CaseHead, Command, Definition, Event, RefusalGround, Verdict};
use serde_json::Value;

use crate::terms::Channel;
use crate::terms::cancelled::Cancelled;

/// A written paper of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper {
    /// 受理通知书.
    pub title: &'static str,
    /// Its parts, in order.
    pub parts: Vec<Part>,
}

/// A part of a paper: paragraphs, then what is counted one by one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Its heading; the first part has none.
    pub heading: &'static str,
    /// Paragraphs.
    pub words: Vec<String>,
    /// What is counted one by one.
    pub items: Vec<String>,
}

/// What a paper is made from.
pub struct Ground<'a> {
    /// The case.
    pub case: &'a CaseHead,
    /// All that happened to it, oldest first.
    pub history: &'a [Event],
    /// The step that the paper tells of.
    pub step: &'a Event,
    /// What the step's act says, dates as they stood then.
    pub content: &'a Value,
    /// The rule that the step's act rests on.
    pub authority: &'a str,
    /// What the case was filed under.
    pub definition: &'a Definition,
    /// Where to turn, as the item's guide says it.
    pub remedies: &'a str,
    /// What is issued.
    pub result: &'a str,
}

/// The name of the paper that this step is put down in; none for steps that are told without one. What is
/// no permit has no decision on a permit.
pub fn title_of(case: &CaseHead, step: &str) -> Option<&'static str> {
    Some(match (step, is_permit(case)) {
        ("accept" | "deem_accepted", _) => "受理通知书",
        ("refuse" | "redirect", _) => "不予受理通知书",
        ("correct", _) => "补正材料告知书",
        ("grant_extension", _) => "延长办理期限告知书",
        ("pause", _) => "特别程序告知书",
        ("grant", true) => "准予行政许可决定书",
        ("deny", true) => "不予行政许可决定书",
        ("grant", false) => "准予决定书",
        ("deny", false) => "不予决定书",
        _ => return None,
    })
}

/// The paper by which a permit is cancelled.
pub const CANCELLATION: &str = "行政许可注销决定书";

/// What it says (行政许可法 art. 70). `remedies` is where to turn, as the item's guide says it.
pub fn cancellation(one: &Cancelled, remedies: &str) -> Paper {
    let words = format!(
        "您持有的“{}”（编号 {}），属于下列情形：{}。根据{}的规定，本机关决定予以注销，自{}起不再有效。",
        one.certificate,
        one.certificate_no,
        one.cause,
        one.ground,
        one.at.day().chinese(),
    );
    let why = Part { heading: "理由", words: vec![sentence(&one.reason)], items: Vec::new() };
    let mut parts = vec![Part::of([words]), why];
    let rights = in_a_decision(remedies);
    if !rights.is_empty() {
        parts.push(Part { heading: "您的权利", words: vec![rights], items: Vec::new() });
    }
    Paper { title: CANCELLATION, parts }
}

fn is_permit(case: &CaseHead) -> bool {
    case.procedure.is_permit()
}

/// The paper of this step; none for steps that are told without one.
pub fn paper(ground: &Ground<'_>) -> Option<Paper> {
    let title = title_of(ground.case, &ground.step.command)?;
    let parts = match serde_json::from_value(ground.step.said.clone()).ok()? {
        Command::Accept => ground.accepted(),
        Command::DeemAccepted => ground.deemed(),
        Command::Correct { items, .. } => ground.correction(items),
        Command::Refuse { because, reason, ground: article, other_organ, .. } => {
            ground.refused(because, &reason, &article, other_organ.as_deref())
        }
        Command::Pause { kind, ground: why, expected_end } => {
            ground.paused(&kind, &why, expected_end)
        }
        Command::GrantExtension { reason } => ground.extended(&reason),
        Command::Decide { verdict, reason, ground: article, .. } => {
            ground.decided(verdict, &reason, &article)
        }
        _ => return None,
    };
    Some(Paper { title, parts })
}

impl Ground<'_> {
    /// A date of the act, as it stood when the step was taken.
    fn day(&self, name: &str) -> Option<Day> {
        self.content.get(name)?.as_str()?.parse().ok()
    }

    /// What was applied for, and when.
    fn application(&self) -> String {
        let CaseHead { item_name, received_at, .. } = self.case;
        format!("您于{}提出的「{item_name}」申请", received_at.day().chinese())
    }

    /// The rule of the step: of a permit the law's article, of anything else its own rule.
    fn rule(&self, own: &str) -> String {
        let article = if is_permit(self.case) { self.authority } else { own };
        match article.strip_prefix("行政许可法") {
            Some(article) => format!("《中华人民共和国行政许可法》{article}"),
            None => article.to_owned(),
        }
    }

    fn received(&self) -> Day {
        self.day("received_on").unwrap_or_else(|| self.case.received_at.day())
    }

    fn accepted_on(&self) -> Day {
        self.day("accepted_on").or(self.case.accepted_on).unwrap_or_else(|| self.step.at.day())
    }

    fn accepted(&self) -> Vec<Part> {
        let why = if self.supplemented() {
            "您已经按照要求提交补正材料"
        } else {
            "申请材料齐全，符合法定形式"
        };
        let words = format!(
            "{}，经审查，{why}。根据{}的规定，决定予以受理，受理日期为{}。",
            self.application(),
            self.rule(&self.case.procedure.acceptance.basis),
            self.accepted_on().chinese(),
        );
        vec![Part::of([words]), self.deadlines()]
    }

    /// Whether what was missing was handed in before the step.
    fn supplemented(&self) -> bool {
        let mut before = self.history.iter().filter(|event| event.n < self.step.n);
        before.any(|event| event.command == "supplement")
    }

    fn deemed(&self) -> Vec<Part> {
        let limit = self.case.procedure.acceptance.legal.map(said_limit).unwrap_or_default();
        // With a supplement the limit begins anew; what was missing had been told before it.
        let (silence, papers) = match self.supplemented() {
            true => (format!("本机关自收到补正材料之日起 {limit}内没有答复"), "补正材料"),
            false => (format!("本机关自收到之日起 {limit}内没有告知您需要补正的内容"), "申请材料"),
        };
        let words = format!(
            "{}，{silence}。根据{}的规定，自收到{papers}之日（{}）起即为受理。",
            self.application(),
            self.rule(&self.case.procedure.acceptance.basis),
            self.received().chinese(),
        );
        vec![Part::of([words]), self.deadlines()]
    }

    fn deadlines(&self) -> Part {
        let (promised, legal) = (self.day("due_promised"), self.day("due_legal"));
        let promised = promised.map(|day| format!("本机关承诺最迟在{}作出决定。", day.chinese()));
        let basis = &self.case.limits.basis;
        let legal = legal.map(|day| format!("法定期限到{}（依据：{basis}）。", day.chinese()));
        let mut words = vec![promised.into_iter().chain(legal).collect::<String>()];
        if is_permit(self.case) {
            words.push(
                "依法需要听证、招标、拍卖、检验、检测、检疫、鉴定和专家评审的，所需时间不计入上述期限，\
                 本机关会将所需时间书面告知您。"
                    .into(),
            );
        }
        words.retain(|words| !words.is_empty());
        Part { heading: "办理期限", words, items: Vec::new() }
    }

    fn correction(&self, items: Vec<String>) -> Vec<Part> {
        let words = format!(
            "{}，经审查，申请材料不齐全或者不符合法定形式。根据{}的规定，现将需要补正的全部内容一次告知如下：",
            self.application(),
            self.rule(&self.case.procedure.acceptance.basis),
        );
        let asked = Part { words: vec![words], items, ..Part::default() };
        let last = self.day("due_supplement").or(self.case.due_supplement);
        let reply = last.map(|day| {
            format!(
                "请最迟在{}补正。逾期没有补正的，申请退回；需要办理的，可以重新申请。",
                day.chinese()
            )
        });
        let way = match Channel::parse(&self.case.channel) {
            Channel::Online => "请登录后在「我的办件」里提交补正的内容和材料。",
            Channel::Counter => "请到受理申请的窗口提交补正的内容和材料。",
        };
        let words = reply.into_iter().chain([way.to_owned()]).collect();
        vec![asked, Part { heading: "补正的期限和方式", words, items: Vec::new() }]
    }

    fn refused(
        &self,
        because: RefusalGround,
        reason: &str,
        article: &str,
        other_organ: Option<&str>,
    ) -> Vec<Part> {
        let case = match because {
            RefusalGround::NotNeeded if is_permit(self.case) => "依法不需要取得行政许可",
            RefusalGround::NotNeeded => "依法不需要办理本事项",
            RefusalGround::NotOurs => "依法不属于本机关职权范围",
            RefusalGround::Incomplete => "补正后申请材料仍不齐全或者不符合法定形式",
            RefusalGround::Untrue => "隐瞒有关情况或者提供虚假材料",
        };
        // 行政许可法 art. 32 (1): what needs no permit is told; only what is another organ's is decided.
        let told = match because {
            RefusalGround::NotNeeded => "告知您不受理",
            _ => "决定不予受理",
        };
        let words = format!(
            "{}，经审查，属于下列情形：{case}。根据{}的规定，{told}。",
            self.application(),
            self.rule(article),
        );
        let elsewhere = other_organ.map(str::trim).filter(|organ| !organ.is_empty());
        let elsewhere = elsewhere.map(|organ| format!("请向{organ}申请。"));
        let reasons = [sentence(reason), format!("依据：{}", sentence(article))];
        let reasons = reasons.into_iter().chain(elsewhere).collect();
        vec![
            Part::of([words]),
            Part { heading: "理由和依据", words: reasons, items: Vec::new() },
            self.rights(),
        ]
    }

    fn paused(&self, kind: &str, why: &str, expected_end: Day) -> Vec<Part> {
        let known = self.definition.pauses.iter().find(|known| known.kind == kind);
        let kind = known.map_or(kind, |known| known.title.as_str());
        let began = self.step.at.day().chinese();
        // Of what is no permit the law of permits says nothing: it rests on what the official gives below.
        let rule = match is_permit(self.case) {
            true => format!("根据{}的规定", self.rule(self.authority)),
            false => "依照下列依据".to_owned(),
        };
        let words = format!(
            "{}，需要进行{kind}。{rule}，所需时间不计入办理期限：办理期限自{began}起中止计算，{kind}预计到{}\
             结束，结束后继续计算，本机关会告知您。",
            self.application(),
            expected_end.chinese(),
        );
        let why =
            Part { heading: "理由和依据", words: vec![sentence(why)], items: Vec::new() };
        vec![Part::of([words]), why]
    }

    fn extended(&self, reason: &str) -> Vec<Part> {
        let extension = self.case.procedure.extension.as_ref();
        let days = extension.map(|one| said_limit(one.limit())).unwrap_or_default();
        let basis = extension.map(|one| one.basis.as_str()).unwrap_or(self.authority);
        let last =
            self.day("due_legal").map(|day| format!("，延长后的法定期限到{}", day.chinese()));
        let words = format!(
            "{}，本机关已于{}受理。根据{}的规定，经本机关负责人批准，办理期限延长 {days}{}。",
            self.application(),
            self.accepted_on().chinese(),
            self.rule(basis),
            last.unwrap_or_default(),
        );
        let why =
            Part {
                heading: "延长期限的理由", words: vec![sentence(reason)], items: Vec::new()
            };
        vec![Part::of([words]), why]
    }

    fn decided(&self, verdict: Verdict, reason: &str, article: &str) -> Vec<Part> {
        let what = match (verdict, is_permit(self.case)) {
            (Verdict::Grant, true) => "准予行政许可",
            (Verdict::Deny, true) => "不予行政许可",
            (Verdict::Grant, false) => "准予您的申请",
            (Verdict::Deny, false) => "不予准许您的申请",
        };
        let words = format!(
            "{}，本机关已于{}受理。经审查，根据{}的规定，决定{what}。",
            self.application(),
            self.accepted_on().chinese(),
            self.rule(article),
        );
        let reasons = vec![sentence(reason), format!("依据：{}", sentence(article))];
        let mut parts = vec![
            Part::of([words]),
            Part { heading: "理由和依据", words: reasons, items: Vec::new() },
        ];
        if verdict == Verdict::Grant && !self.result.is_empty() {
            let last = self.day("due_law").map(|day| format!("，最迟在{}送达", day.chinese()));
            let words = format!("本机关将制发{}{}。", self.result, last.unwrap_or_default());
            parts.push(Part { heading: "办理结果", words: vec![words], items: Vec::new() });
        }
        parts.push(self.rights());
        parts
    }

    /// Where to turn: as it was decided, then in general.
    fn rights(&self) -> Part {
        let told = self.step.said.get("remedy");
        let told = told.and_then(|told| serde_json::from_value(told.clone()).ok());
        let told = told.map(|told| sentence(&self.definition.remedy_words(&told)));
        let general = Some(in_a_decision(self.remedies)).filter(|words| !words.is_empty());
        let words = told.into_iter().chain(general).collect();
        Part { heading: "您的权利", words, items: Vec::new() }
    }
}

/// Where to turn, as the item's guide says it, put so that it is right in the decision itself: the guide
/// points to the decision for what it leaves open (行政复议法 art. 20, 行政诉讼法 art. 46).
pub fn in_a_decision(guide: &str) -> String {
    guide
        .replace("申请行政复议，行政复议机关写在决定书上", "向有管辖权的行政复议机关申请行政复议")
        .replace(
            "也可以依法提起行政诉讼，决定书上会写明",
            "也可以自知道或者应当知道作出决定之日起六个月内，向有管辖权的人民法院提起行政诉讼",
        )
}

impl Part {
    fn of<const N: usize>(words: [String; N]) -> Self {
        Self { words: words.into(), ..Self::default() }
    }
}

/// What somebody wrote, closed by a full stop.
fn sentence(words: &str) -> String {
    let words = words.trim();
    let closed = words.is_empty() || words.ends_with(['。', '！', '？', '；']);
    if closed { words.to_owned() } else { format!("{words}。") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_does_not_point_to_itself_and_says_both_periods() {
        let guide = "对决定不服的，可以自知道或者应当知道之日起六十日内，向鄂州市人民政府申请行政复议。\
                     对决定不服的，也可以依法提起行政诉讼，决定书上会写明。";
        let said = in_a_decision(guide);
        assert!(!said.contains("决定书上"), "{said}");
        assert!(
            said.contains("六十日内，向鄂州市人民政府申请") && said.contains("六个月内"),
            "{said}"
        );
        let open = in_a_decision("六十日内申请行政复议，行政复议机关写在决定书上。");
        assert_eq!(open, "六十日内向有管辖权的行政复议机关申请行政复议。");
    }
}
