//! Whether the pieces of an item agree with each other and with its form.

use serde_json::Value;

use super::{Defect, defect};
use crate::terms::{Grace, Item, Kind, Obtain, Source, Step};

/// All that does not agree.
pub(super) fn check(item: &Item, form: Option<&Value>, found: &mut Vec<Defect>) {
    limits(item, found);
    graces(item, found);
    procedure(item, found);
    visits(item, found);
    money(item, found);
    phones(item, found);
    audience(item, found);
    codes(item, found);
    materials(item, found);
    if let Some(form) = form {
        online(item, form, found);
    }
}

/// 承诺为即办的是即办件；承诺不超过法定，单位相同（行政许可法 art. 42, 优化营商环境条例 art. 36）.
fn limits(item: &Item, found: &mut Vec<Defect>) {
    let (Some(legal), Some(promised)) = (item.days("legal_limit"), item.days("promised_limit"))
    else {
        found.push(defect("limit_missing", "fields.legal_limit", "没有写明法定时限或者承诺时限"));
        return;
    };
    if (promised == 0) != (item.kind == Kind::OnTheSpot) {
        found.push(defect("instant", "kind", "承诺当场办结的应当是即办件，其他应当是承诺件"));
    }
    if promised > legal {
        found.push(defect("promise_over_legal", "fields.promised_limit", "承诺时限超过了法定时限"));
    }
    let (legal_unit, promised_unit) =
        (item.text("legal_limit_unit"), item.text("promised_limit_unit"));
    if legal_unit != promised_unit || !matches!(legal_unit, "working" | "calendar") {
        found.push(defect(
            "limit_unit",
            "fields.promised_limit_unit",
            "承诺时限与法定时限的单位应当相同",
        ));
    }
    // The clock adds the days of an extension to those of the limit.
    if item.clock.extension.as_ref().is_some_and(|one| one.unit != legal_unit) {
        found.push(defect(
            "extension_unit",
            "clock.extension.unit",
            "延长的时间与法定时限的单位应当相同",
        ));
    }
    let counted = item.steps.iter().filter(|step| step.counted).map(|step| u64::from(step.days));
    if counted.sum::<u64>() > u64::from(promised) {
        found.push(defect("steps_over_promise", "steps", "计入的环节天数之和超过了承诺时限"));
    }
    for step in item.steps.iter().filter(|step| step.counted && step.unit != promised_unit) {
        let place = format!("steps[{}].unit", step.key);
        found.push(defect("step_unit", place, "计入的环节应当与承诺时限用同一个单位"));
    }
}

/// 许可事项五个工作日内一次告知、逾期视为受理（行政许可法 art. 32），十个工作日内送达（art. 44）；依照 art. 42
/// 延长的不超过十个工作日，统一办理、联合办理、集中办理（四十五日）的不超过十五个.
fn graces(item: &Item, found: &mut Vec<Defect>) {
    if item.text("item_type") != "01" {
        return;
    }
    let clock = &item.clock;
    let over = |grace: &Grace, days: u32| grace.days > days;
    if over(&clock.acceptance, 5) {
        let words = "许可事项的受理期限不超过 5 个工作日（行政许可法第三十二条）";
        found.push(defect("acceptance_over_law", "clock.acceptance", words));
    }
    if !clock.acceptance.silence_accepts {
        let words = "许可事项逾期不告知的，自收到申请材料之日起即为受理（行政许可法第三十二条）";
        found.push(defect("silence", "clock.acceptance.silence_accepts", words));
    }
    if over(&clock.delivery, 10) {
        let words = "许可证件的送达期限不超过 10 个工作日（行政许可法第四十四条）";
        found.push(defect("delivery_over_law", "clock.delivery", words));
    }
    let by_article = |source: &Source| {
        source.articles().iter().any(|one| one.law == "行政许可法" && one.article == 42)
    };
    let joint = item.days("legal_limit").is_some_and(|days| days >= 45);
    let longest = if joint { 15 } else { 10 };
    let extension = clock.extension.as_ref().filter(|one| by_article(&one.src));
    if extension.is_some_and(|one| over(one, longest)) {
        let words = format!("依照行政许可法第四十二条延长的，这一事项不超过 {longest} 个工作日");
        found.push(defect("extension_over_law", "clock.extension", words));
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
        found.push(defect(
            "steps",
            "steps",
            "许可事项应当依次有受理、审核、审批、办结、送达五个环节",
        ));
    }
    if is_licence && item.faqs.is_empty() {
        found.push(defect("faqs", "faqs", "许可事项应当至少有一条常见问题"));
    }
    let result = item.text("result_name");
    if !result.is_empty() && (item.sample.title.is_empty() || item.sample.lines.is_empty()) {
        found.push(defect("sample", "sample", "有办理结果的应当有结果样本"));
    }
    let wanted = match result {
        name if name.ends_with('证') => Some("certificate"),
        name if name.ends_with('文') => Some("document"),
        _ => None,
    };
    if wanted.is_some_and(|wanted| wanted != item.result_kind) {
        found.push(defect(
            "result_kind",
            "result_kind",
            "结果是证的应当出证办结，结果是文的应当出文办结",
        ));
    }
}

/// 到现场次数不为 0 的写明原因；不用到现场又不能网上办的应当支持邮寄；全程网办的为 0 次.
fn visits(item: &Item, found: &mut Vec<Defect>) {
    if (item.visits > 0) == item.visits_reason.trim().is_empty() {
        found.push(defect(
            "visits_reason",
            "visits_reason",
            "到现场次数不为 0 的应当写明原因，为 0 的不写",
        ));
    }
    if item.visits == 0 && !item.holds("online_handling") && !item.holds("delivery_by_post") {
        found.push(defect(
            "visits_post",
            "fields.delivery_by_post",
            "不用到现场、又不能网上办理的，应当支持物流快递",
        ));
    }
    if item.online_depth == 4 && item.visits != 0 {
        found.push(defect("online_depth", "online_depth", "全程网办的事项到现场次数应当为 0"));
    }
    if !(1..=4).contains(&item.online_depth) {
        found.push(defect("online_depth_range", "online_depth", "网办深度应当在 1 至 4 之间"));
    }
}

/// 收费的写明依据和项目并支持网上支付；不收费的不设网上支付.
fn money(item: &Item, found: &mut Vec<Defect>) {
    let charged = item.holds("fee_charged");
    if charged && (item.fees.is_empty() || item.text("fee_basis").is_empty()) {
        found.push(defect("fee_basis", "fees", "收费的应当写明收费项目和依据"));
    }
    if charged != item.holds("online_payment") || charged == item.fees.is_empty() {
        found.push(defect(
            "fee_payment",
            "fields.online_payment",
            "收费的应当支持网上支付，不收费的不设网上支付和收费项目",
        ));
    }
    if item.fees.iter().any(|fee| fee.amount_fen <= 0 || fee.basis.is_empty()) {
        found.push(defect("fee_amount", "fees", "每个收费项目应当有金额和依据"));
    }
}

/// 咨询电话与监督电话不同，都带区号.
fn phones(item: &Item, found: &mut Vec<Defect>) {
    let (consult, supervision) = (item.text("consult_phone"), item.text("supervision_phone"));
    if consult == supervision {
        found.push(defect(
            "phones_alike",
            "fields.supervision_phone",
            "咨询电话与监督电话应当不同",
        ));
    }
    let with_area = |phone: &str| phone.starts_with('0') && phone.contains('-');
    for key in ["consult_phone", "supervision_phone"] {
        if !with_area(item.text(key)) {
            let place = format!("fields.{key}");
            found.push(defect("phone_area", place, "电话应当带区号，例如 0711-1234567"));
        }
    }
}

/// 服务对象与主题分类一致.
fn audience(item: &Item, found: &mut Vec<Defect>) {
    let natural = !item.list("natural_person_theme").is_empty();
    let legal = !item.list("legal_person_theme").is_empty();
    let objects = item.list("service_object");
    if objects.is_empty() || natural != item.for_persons() || legal != item.for_firms() {
        found.push(defect(
            "audience",
            "fields.service_object",
            "服务对象与自然人、法人主题分类应当一致",
        ));
    }
}

/// 编码的形状：16 位本地编码，12 位基本编码，31 位实施编码，彼此一致.
fn codes(item: &Item, found: &mut Vec<Defect>) {
    let fits = |code: &str, length: usize| {
        code.len() == length
            && code.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
    };
    let shapes = [
        ("local_code", &item.local_code, 16),
        ("base_code", &item.base_code, 12),
        ("impl_code", &item.impl_code, 31),
    ];
    let before = found.len();
    for (place, code, length) in shapes {
        if !fits(code, length) {
            let words = format!("应当是 {length} 位数字和大写字母");
            found.push(defect("code_shape", place, words));
        }
    }
    if found.len() > before {
        return;
    }
    let mut differs = |place: &str, words: String| found.push(defect("code_parts", place, words));
    let (base, kind) = (&item.base_code, item.text("item_type"));
    let organ = item.text("implementing_organ_code");
    let composed = format!("{organ}{}{base}", item.text("exercise_level"));
    if item.impl_code != composed {
        let words = format!("应当是实施主体代码、行使层级、基本编码连起来：{composed}");
        differs("impl_code", words);
    }
    let division = item.text("jurisdiction_code");
    if division.len() != 6 || !item.local_code.starts_with(division) {
        differs("local_code", format!("前六位应当是行政管辖代码 {division}"));
    }
    if item.local_code.get(9..11) != Some(kind) {
        differs("local_code", format!("第 10、11 位应当是事项类型 {kind}"));
    }
    if base.get(2..4) != Some(kind) {
        differs("base_code", format!("第 3、4 位应当是事项类型 {kind}"));
    }
    let twice =
        [("name", &item.name), ("base_code", &item.base_code), ("impl_code", &item.impl_code)];
    for (key, value) in twice {
        if item.text(key) != value {
            differs(&format!("fields.{key}"), format!("应当与事项的 {key} 一样，是“{value}”"));
        }
    }
}

/// 共享得到的写明出处、不得再要；上传的写明格式.
fn materials(item: &Item, found: &mut Vec<Defect>) {
    let mut keys: Vec<&str> = item.materials.iter().map(|one| one.key.as_str()).collect();
    keys.sort_unstable();
    let twice = keys.windows(2).find(|pair| matches!(pair, [one, next] if one == next));
    if let Some(key) = twice.and_then(|pair| pair.first()) {
        found.push(defect("material_keys", "materials", format!("有两份材料的 key 都是 {key}")));
    }
    for material in &item.materials {
        let place = format!("materials[{}]", material.key);
        let shared = material.obtain == Obtain::Shared;
        let sourced = material.shared_from.is_some() && material.shared_src.is_some();
        if shared != sourced {
            let words = "共享取得的应当写明来源 shared_from 和依据 shared_src，其他的不写";
            found.push(defect("shared", place.as_str(), words));
        }
        if (material.obtain == Obtain::Upload) == material.formats.is_empty() {
            let words = "上传的应当写明文件格式 formats，其他的不写";
            found.push(defect("formats", place.as_str(), words));
        }
    }
}

/// 能网上办的有自己的表单，表单要传的正是应当上传的材料.
fn online(item: &Item, form: &Value, found: &mut Vec<Defect>) {
    if !item.holds("online_handling") {
        return;
    }
    let file = format!("forms/{}.json", item.slug);
    if form.is_null() {
        let words = "支持网上办理的应当有表单，没有找到这个文件";
        found.push(defect("form_missing", file, words));
        return;
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
    if asked != uploads {
        let words = format!("应当依次是要上传的材料：{}", uploads.join("、"));
        found.push(defect("form_materials", format!("{file} 的 x-materials"), words));
    }
    if form.get("x-item").and_then(Value::as_str) != Some(item.slug.as_str()) {
        let words = format!("表单不是这个事项的，应当写 {}", item.slug);
        found.push(defect("form_item", format!("{file} 的 x-item"), words));
    }
}
