//! The verdicts: whether an item is consistent, and whether it can start a case.

use base::{Day, Refusal, RefusalKind};
use serde_json::Value;

use crate::terms::{Item, Kind, Obtain, State, Step};

/// What is wrong with an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defect {
    /// Which check found it: `promise_over_legal`.
    pub check: &'static str,
    /// What is wrong, in plain words.
    pub words: String,
}

fn defect(check: &'static str, words: impl Into<String>) -> Defect {
    Defect { check, words: words.into() }
}

/// All that is wrong with an item and its form; an item with a defect is not published.
pub fn check(item: &Item, form: &Value) -> Vec<Defect> {
    let mut found = Vec::new();
    limits(item, &mut found);
    procedure(item, &mut found);
    visits(item, &mut found);
    money(item, &mut found);
    phones(item, &mut found);
    audience(item, &mut found);
    codes(item, &mut found);
    materials(item, form, &mut found);
    found
}

/// 承诺为即办的是即办件；承诺不超过法定，单位相同（行政许可法 art. 42, 优化营商环境条例 art. 36）.
fn limits(item: &Item, found: &mut Vec<Defect>) {
    let (Some(legal), Some(promised)) = (item.days("legal_limit"), item.days("promised_limit"))
    else {
        found.push(defect("limit_missing", "没有写明法定时限或者承诺时限"));
        return;
    };
    if (promised == 0) != (item.kind == Kind::OnTheSpot) {
        found.push(defect("instant", "承诺当场办结的应当是即办件，其他应当是承诺件"));
    }
    if promised > legal {
        found.push(defect("promise_over_legal", "承诺时限超过了法定时限"));
    }
    let (legal_unit, promised_unit) =
        (item.text("legal_limit_unit"), item.text("promised_limit_unit"));
    if legal_unit != promised_unit || !matches!(legal_unit, "working" | "calendar") {
        found.push(defect("limit_unit", "承诺时限与法定时限的单位应当相同"));
    }
    let counted = item.steps.iter().filter(|step| step.counted).map(|step| u64::from(step.days));
    if counted.sum::<u64>() > u64::from(promised) {
        found.push(defect("steps_over_promise", "计入的环节天数之和超过了承诺时限"));
    }
    if item.steps.iter().any(|step| step.counted && step.unit != promised_unit) {
        found.push(defect("step_unit", "计入的环节应当与承诺时限用同一个单位"));
    }
}

/// 许可事项至少五个环节（受理、审核、审批、办结、送达）和一条常见问题；有结果的有样本.
fn procedure(item: &Item, found: &mut Vec<Defect>) {
    const ORDER: [&str; 5] = ["accept", "examine", "approve", "close", "deliver"];
    let keys: Vec<&str> = item.steps.iter().map(|step: &Step| step.key.as_str()).collect();
    let mut walk = keys.iter();
    let in_order = ORDER.iter().all(|wanted| walk.any(|key| key == wanted));
    let is_licence = item.text("item_type") == "01";
    if is_licence && !in_order {
        found.push(defect("steps", "许可事项应当依次有受理、审核、审批、办结、送达五个环节"));
    }
    if is_licence && item.faqs.is_empty() {
        found.push(defect("faqs", "许可事项应当至少有一条常见问题"));
    }
    let result = item.text("result_name");
    if !result.is_empty() && (item.sample.title.is_empty() || item.sample.lines.is_empty()) {
        found.push(defect("sample", "有办理结果的应当有结果样本"));
    }
    let wanted = match result {
        name if name.ends_with('证') => Some("certificate"),
        name if name.ends_with('文') => Some("document"),
        _ => None,
    };
    if wanted.is_some_and(|wanted| wanted != item.result_kind) {
        found.push(defect("result_kind", "结果是证的应当出证办结，结果是文的应当出文办结"));
    }
}

/// 到现场次数不为 0 的写明原因；不用到现场又不能网上办的应当支持邮寄；全程网办的为 0 次.
fn visits(item: &Item, found: &mut Vec<Defect>) {
    if (item.visits > 0) == item.visits_reason.trim().is_empty() {
        found.push(defect("visits_reason", "到现场次数不为 0 的应当写明原因，为 0 的不写"));
    }
    if item.visits == 0 && !item.holds("online_handling") && !item.holds("delivery_by_post") {
        found.push(defect("visits_post", "不用到现场、又不能网上办理的，应当支持物流快递"));
    }
    if item.online_depth == 4 && item.visits != 0 {
        found.push(defect("online_depth", "全程网办的事项到现场次数应当为 0"));
    }
    if !(1..=4).contains(&item.online_depth) {
        found.push(defect("online_depth_range", "网办深度应当在 1 至 4 之间"));
    }
}

/// 收费的写明依据和项目并支持网上支付；不收费的不设网上支付.
fn money(item: &Item, found: &mut Vec<Defect>) {
    let charged = item.holds("fee_charged");
    if charged && (item.fees.is_empty() || item.text("fee_basis").is_empty()) {
        found.push(defect("fee_basis", "收费的应当写明收费项目和依据"));
    }
    if charged != item.holds("online_payment") || charged == item.fees.is_empty() {
        found.push(defect("fee_payment", "收费的应当支持网上支付，不收费的不设网上支付和收费项目"));
    }
    if item.fees.iter().any(|fee| fee.amount_fen <= 0 || fee.basis.is_empty()) {
        found.push(defect("fee_amount", "每个收费项目应当有金额和依据"));
    }
}

/// 咨询电话与监督电话不同，都带区号.
fn phones(item: &Item, found: &mut Vec<Defect>) {
    let (consult, supervision) = (item.text("consult_phone"), item.text("supervision_phone"));
    if consult == supervision {
        found.push(defect("phones_alike", "咨询电话与监督电话应当不同"));
    }
    let with_area = |phone: &str| phone.starts_with('0') && phone.contains('-');
    if !with_area(consult) || !with_area(supervision) {
        found.push(defect("phone_area", "咨询电话和监督电话应当带区号"));
    }
}

/// 服务对象与主题分类一致.
fn audience(item: &Item, found: &mut Vec<Defect>) {
    let natural = !item.list("natural_person_theme").is_empty();
    let legal = !item.list("legal_person_theme").is_empty();
    let objects = item.list("service_object");
    if objects.is_empty() || natural != item.for_persons() || legal != item.for_firms() {
        found.push(defect("audience", "服务对象与自然人、法人主题分类应当一致"));
    }
}

/// 编码的形状：16 位本地编码，12 位基本编码，31 位实施编码，彼此一致.
fn codes(item: &Item, found: &mut Vec<Defect>) {
    let fits = |code: &str, length: usize| {
        code.len() == length
            && code.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
    };
    if !fits(&item.local_code, 16) || !fits(&item.base_code, 12) || !fits(&item.impl_code, 31) {
        found.push(defect("code_shape", "编码的位数或者字符不对"));
        return;
    }
    let composed = format!(
        "{}{}{}",
        item.text("implementing_organ_code"),
        item.text("exercise_level"),
        item.base_code
    );
    let kind = item.text("item_type");
    let alike = item.impl_code == composed
        && item.local_code.starts_with(item.text("jurisdiction_code"))
        && item.local_code.get(9..11) == Some(kind)
        && item.base_code.get(2..4) == Some(kind)
        && item.text("name") == item.name
        && item.text("base_code") == item.base_code
        && item.text("impl_code") == item.impl_code;
    if !alike {
        found.push(defect("code_parts", "编码与区划、主体、层级、类型或者基本编码不一致"));
    }
}

/// 共享得到的写明出处、不得再要；表单要传的正是应当上传的材料.
fn materials(item: &Item, form: &Value, found: &mut Vec<Defect>) {
    let mut keys: Vec<&str> = item.materials.iter().map(|one| one.key.as_str()).collect();
    keys.sort_unstable();
    if keys.windows(2).any(|pair| matches!(pair, [one, next] if one == next)) {
        found.push(defect("material_keys", "材料的键重复"));
    }
    for material in &item.materials {
        let shared = material.obtain == Obtain::Shared;
        let sourced = material.shared_from.is_some() && material.shared_src.is_some();
        if shared != sourced {
            found
                .push(defect("shared", format!("{}：共享取得的应当写明来源和依据", material.name)));
        }
        if (material.obtain == Obtain::Upload) == material.formats.is_empty() {
            found.push(defect("formats", format!("{}：上传的应当写明文件格式", material.name)));
        }
    }
    let asked: Vec<&str> = form
        .get("x-materials")
        .and_then(Value::as_array)
        .map(|list| list.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let uploads: Vec<&str> = item
        .materials
        .iter()
        .filter(|one| one.obtain == Obtain::Upload)
        .map(|one| one.key.as_str())
        .collect();
    if item.holds("online_handling") && asked != uploads {
        found.push(defect("form_materials", "表单要上传的材料与事项的材料不一致"));
    }
    let of = form.get("x-item").and_then(Value::as_str);
    if item.holds("online_handling") && of != Some(item.slug.as_str()) {
        found.push(defect("form_item", "表单不是这个事项的"));
    }
}

/// Whether a version can start a case on a day: it is published, and the day lies in its term
/// (湖北省行政权力清单管理办法: what is not on the published list is not exercised).
pub fn in_force(state: State, from: Day, to: Option<Day>, today: Day) -> bool {
    state == State::Published && from <= today && to.is_none_or(|to| today <= to)
}

/// Why an item cannot be published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotPublished {
    /// It has these defects.
    Defects(String, Vec<Defect>),
    /// This version stands in the library already, with other content.
    Changed(String, i64),
    /// A later version stands in the library already.
    Older(String, i64),
}

impl From<NotPublished> for Refusal {
    fn from(why: NotPublished) -> Self {
        match why {
            NotPublished::Defects(slug, defects) => {
                let words: Vec<&str> = defects.iter().map(|one| one.words.as_str()).collect();
                let words = format!("事项 {slug} 有不一致的地方：{}", words.join("；"));
                Refusal::new(RefusalKind::Invalid, "powers.inconsistent", words)
                    .remedy("请改好以后再发布")
            }
            NotPublished::Changed(slug, version) => Refusal::new(
                RefusalKind::Conflict,
                "powers.version_stands",
                format!("事项 {slug} 的第 {version} 版已经发布，内容不能再改"),
            )
            .ground("湖北省行政权力清单管理办法")
            .remedy("请编为下一版发布"),
            NotPublished::Older(slug, version) => Refusal::new(
                RefusalKind::Conflict,
                "powers.newer_stands",
                format!("事项 {slug} 已经有第 {version} 版，不能再发布更早的版本"),
            )
            .remedy("请编为更新的一版发布"),
        }
    }
}

#[cfg(test)]
mod tests;
