//! Forms as clerks write them and as people fill them in.

use base::Day;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Form, FormFault, Source, Sources};

fn form() -> Form {
    Form::parse(&schema()).expect("a form")
}

fn schema() -> Value {
    json!({
        "type": "object",
        "title": "食品经营许可申请",
        "x-groups": [
            {"id": "person", "title": "您是谁"},
            {"id": "place", "title": "经营场所", "description": "与租赁合同上写的一致。"},
        ],
        "required": ["name", "number", "area", "kind", "agreed"],
        "properties": {
            "name": {"type": "string", "format": "person-name", "title": "姓名", "x-group": "person",
                "x-prefill": "person.name", "x-locked": true},
            "number": {"type": "string", "format": "citizen-number", "title": "身份证号码", "x-group": "person",
                "x-why": "用来核对您的身份。"},
            "phone": {"type": "string", "format": "phone", "title": "联系电话", "x-group": "person"},
            "born": {"type": "string", "format": "date", "title": "出生日期", "x-group": "person"},
            "area": {"type": "number", "title": "您的经营场所有多大？", "x-name": "经营面积", "x-unit": "平方米",
                "x-group": "place", "minimum": 5, "maximum": 10000},
            "staff": {"type": "integer", "title": "从业人数", "x-group": "place", "minimum": 1},
            "kind": {"type": "string", "title": "经营种类", "x-group": "place",
                "enum": ["shop", "kitchen"], "x-enum-titles": ["食品销售", "餐饮服务"]},
            "goods": {"type": "array", "title": "经营项目", "x-group": "place", "maxItems": 2,
                "items": {"type": "string", "enum": ["cold", "hot", "cake"]},
                "x-enum-titles": ["冷食", "热食", "糕点"]},
            "about": {"type": "string", "title": "说明", "x-widget": "textarea", "maxLength": 10, "x-group": "place"},
            "code": {"type": "string", "title": "许可编号", "pattern": "^JY[0-9]{4}$",
                "x-message": "许可编号是 JY 加 4 位数字", "x-group": "place"},
            "agreed": {"type": "boolean", "const": true, "title": "我承诺所填属实", "x-widget": "checkbox",
                "x-group": "place"},
        }
    })
}

fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn wrong(values: &Value) -> Vec<String> {
    form().check(values).into_iter().map(|error| error.message).collect()
}

#[test]
fn an_empty_form_asks_for_what_is_required() {
    assert_eq!(
        wrong(&json!({})),
        [
            "请填写姓名",
            "请填写身份证号码",
            "请填写经营面积",
            "请选择经营种类",
            "请勾选“我承诺所填属实”"
        ]
    );
    let first = form().check_group("person", &Value::Null);
    assert_eq!(first.len(), 2);
}

#[test]
fn what_a_keyboard_does_is_forgiven() {
    let values = form().read(&pairs(&[
        ("phone", " １３８ 0011 2233 "),
        ("area", "１，２００.5"),
        ("staff", "３"),
        ("born.year", "１９９０"),
        ("born.month", "3"),
        ("born.day", "8"),
        ("goods", "hot"),
        ("goods", "hot"),
        ("about", "一行\r\n二行\u{0}"),
        ("stranger", "dropped"),
    ]));
    assert_eq!(
        values,
        json!({"phone": "13800112233", "born": "1990-03-08", "area": 1200.5, "staff": 3,
            "goods": ["hot"], "about": "一行\n二行"})
    );
}

#[test]
fn what_was_typed_is_kept_even_if_it_is_wrong() {
    let values = form().read(&pairs(&[
        ("number", "42070219900308663"),
        ("born.year", "1990"),
        ("born.month", "13"),
        ("area", "很大"),
        ("kind", "<script>"),
        ("about", "一二三四五六七八九十还有更多"),
        ("code", "JY12"),
        ("agreed", "true"),
        ("phone", "888"),
    ]));
    assert_eq!(values["born"], json!("1990-13-"));
    let page = form().render("person", &values, &form().check(&values), &Sources::new());
    assert!(page.into_string().contains("value=\"13\""));
    assert_eq!(
        wrong(&values),
        [
            "请填写姓名",
            "身份证号码应为 18 位，您填写的是 17 位，请核对",
            "电话号码不对，请填写 11 位手机号码，或带区号的固定电话，例如 0711-3355123",
            "出生日期还缺日",
            "经营面积应为数字，例如 12.5",
            "请从列出的选项中选择经营种类",
            "说明最多 10 个字，请缩短",
            "许可编号是 JY 加 4 位数字",
        ]
    );
}

#[test]
fn a_locked_field_is_never_taken_from_the_browser() {
    let form = form();
    let sent = pairs(&[("name", "冒名者"), ("number", "420702199003086634")]);
    assert_eq!(form.read(&sent).get("name"), None);
    let as_of = Day::new(2026, 11, 24).expect("a day");
    let (known, sources) = form.prefill(|fact| {
        let source = Source { from: "人口基础信息".into(), as_of, dispute: None };
        (fact == "person.name").then(|| (json!("张三"), source))
    });
    let values = form.update("person", &known, &sent, &sources);
    assert_eq!(values["name"], json!("张三"));
    let page = form.render("person", &values, &[], &sources).into_string();
    assert!(page.contains("张三") && page.contains("2026年11月24日"));
    assert!(!page.contains("name=\"name\""));
    // No register knew the name: the person writes it.
    let values = form.update("person", &json!({}), &sent, &Sources::new());
    assert_eq!(values["name"], json!("冒名者"));
}

#[test]
fn a_page_replaces_only_its_own_answers() {
    let form = form();
    let kept = json!({"phone": "13800112233", "area": 20.0});
    let values = form.update("place", &kept, &pairs(&[("staff", "2")]), &Sources::new());
    assert_eq!(values, json!({"phone": "13800112233", "staff": 2}));
}

#[test]
fn answers_are_said_in_words() {
    let form = form();
    let values = json!({"area": 20.5, "kind": "shop", "goods": ["hot", "cake"], "agreed": true, "born": "1990-03-08"});
    let said: Vec<String> = form
        .summary(&values)
        .into_iter()
        .map(|answer| answer.value)
        .filter(|v| !v.is_empty())
        .collect();
    assert_eq!(said, ["1990年3月8日", "20.5 平方米", "食品销售", "热食、糕点", "是"]);
}

#[test]
fn a_schema_that_cannot_be_drawn_is_refused() {
    let with = |property: Value| {
        Form::parse(&json!({"type": "object", "properties": {"a": property}})).map(|_| ())
    };
    assert_eq!(with(json!({"type": "string", "title": "甲"})), Ok(()));
    for bad in [
        json!({"type": "string"}),
        json!({"type": "object", "title": "甲"}),
        json!({"type": "string", "title": "甲", "$ref": "https://example.com"}),
        json!({"type": "string", "title": "甲", "format": "uri"}),
        json!({"type": "string", "title": "甲", "enum": ["a", "b"], "x-enum-titles": ["只有一个"]}),
        json!({"type": "string", "title": "甲", "maxLength": 1_000_000}),
        json!({"type": "integer", "title": "甲", "x-personal": "account"}),
        json!({"type": "boolean", "title": "甲", "x-personal": "name"}),
        json!({"type": "array", "title": "甲", "items": {"enum": ["a"]}, "x-personal": "phone"}),
    ] {
        assert!(matches!(with(bad.clone()), Err(FormFault::Field { .. })), "{bad}");
    }
    for hidden in [
        json!({"type": "integer", "title": "甲", "x-personal": "whole"}),
        json!({"type": "boolean", "title": "甲", "x-personal": "none"}),
        json!({"type": "string", "title": "甲", "enum": ["a", "b"], "x-personal": "name"}),
    ] {
        assert_eq!(with(hidden), Ok(()));
    }
    let unsound = with(json!({"type": "string", "title": "甲", "pattern": "("}));
    assert!(matches!(unsound, Err(FormFault::Schema { .. })));
    assert_eq!(Form::parse(&json!([])).map(|_| ()), Err(FormFault::NotAnObject));
}

#[test]
fn all_that_is_wrong_with_a_schema_is_told_at_once() {
    let schema = json!({"type": "object", "required": ["a", "lost"], "properties": {
        "a": {"type": "string"},
        "b": {"type": "string", "title": "乙", "pattern": "("},
        "c": {"type": "null", "title": "丙"},
        "d": {"type": "string", "title": "丁"},
        "version": {"type": "string", "title": "戊"},
    }});
    let told: Vec<String> = Form::faults(&schema).iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "required 里的 lost 不是表单的一项",
            "a 这一项没有 title",
            "b 这一项的 pattern 写法不对",
            "c 这一项的 type 不能是“null”",
            "“version”这个名字页面自己要用，请换一个",
        ]
    );
    assert_eq!(Form::faults(&json!({"type": "object", "properties": {}})), []);
}

#[test]
fn the_pages_of_a_form_follow_each_other() {
    let form = form();
    assert_eq!(form.group_after("person").map(|group| group.id.as_str()), Some("place"));
    assert_eq!(form.group_after("place"), None);
    assert_eq!(form.group_before("place").map(|group| group.id.as_str()), Some("person"));
    assert_eq!(form.group_before("person"), None);
}

#[test]
fn a_form_looks_like_this() {
    let form = form();
    let values = json!({"area": 20.5, "kind": "shop"});
    let errors = form.check_group("place", &values);
    let page = form.render("place", &values, &errors, &Sources::new()).into_string();
    insta::assert_snapshot!(page.replace("><", ">\n<"));
}

/// Names of fields, and strings that are trouble.
fn name() -> impl Strategy<Value = String> {
    let known = form().fields().iter().map(|field| field.name.clone()).collect::<Vec<_>>();
    prop_oneof![
        proptest::sample::select(known.clone()),
        (proptest::sample::select(known), proptest::sample::select(vec!["year", "month", "day"]))
            .prop_map(|(name, part)| format!("{name}.{part}")),
        "\\PC{0,8}",
    ]
}

proptest! {
    #[test]
    fn nothing_that_is_sent_breaks_a_form(
        sent in proptest::collection::vec((name(), any::<String>()), 0..40),
    ) {
        let form = form();
        let values = form.read(&sent);
        let errors = form.check(&values);
        for field in values.as_object().expect("an object").keys() {
            prop_assert!(form.field(field).is_some_and(|field| !field.locked));
        }
        for group in form.groups() {
            form.render(&group.id, &values, &errors, &Sources::new());
        }
        form.summary(&values);
        // What was read is read again as itself.
        prop_assert_eq!(form.accept(&values), values);
    }

    #[test]
    fn a_huge_text_is_cut_and_then_refused(length in 11usize..100_000) {
        let form = form();
        let values = form.read(&pairs(&[("about", &"长".repeat(length))]));
        let kept = values["about"].as_str().expect("a text").chars().count();
        prop_assert_eq!(kept, 11);
        prop_assert!(form.check_group("place", &values).iter().any(|error| error.field == "about"));
    }

    #[test]
    fn no_schema_makes_parse_panic(text in "\\PC{0,20}", number in any::<i64>()) {
        let _ = Form::parse(&json!({
            "type": "object", "required": [text.clone()],
            "x-groups": [{"id": text.clone(), "title": text.clone()}],
            "properties": {
                text.clone(): {"type": text.clone(), "title": text.clone()},
                "a": {"type": "string", "title": text.clone(), "maxLength": number, "pattern": text.clone()},
            },
        }));
    }
}
