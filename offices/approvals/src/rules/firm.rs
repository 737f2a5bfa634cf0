//! What is said beside the code of a firm that applies.

use entities_contract::EntityAnswer;

/// The register does not know the code. It may be somebody's who is registered elsewhere.
pub const FIRM_UNKNOWN: &str =
    "登记信息里没有查到这个代码，请核对。在外地登记的单位，核对无误后再保存一次就可以继续";

/// The firm has ended: how, and since when.
pub fn firm_over(entity: &EntityAnswer) -> String {
    let how = match entity.status.as_deref() {
        Some("吊销") => "被吊销营业执照",
        Some("注销") => "注销",
        Some("撤销") => "被撤销登记",
        _ => "终止",
    };
    let name = entity.name.as_deref().unwrap_or("这个单位");
    match entity.ended {
        Some(day) => format!("{name}已经在{}{how}，不能以它的名义申请", day.chinese()),
        None => format!("{name}已经{how}，不能以它的名义申请"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_ended_is_told_how_and_since_when() {
        let mut entity = EntityAnswer {
            name: Some("滨湖书店".into()),
            status: Some("吊销".into()),
            ended: "2025-11-03".parse().ok(),
            ..EntityAnswer::default()
        };
        assert!(entity.is_over());
        assert_eq!(
            firm_over(&entity),
            "滨湖书店已经在2025年11月3日被吊销营业执照，不能以它的名义申请"
        );
        entity.ended = None;
        assert!(entity.is_over(), "the state says it, with or without a day");
        for goes_on in ["存续", "迁出", "歇业"] {
            entity.status = Some(goes_on.into());
            assert!(!entity.is_over(), "{goes_on}");
        }
    }
}
