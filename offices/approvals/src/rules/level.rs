//! What an item demands of who applies online: how far their account has shown whose it is, and that they come
//! themselves.

use access::Level;
use base::{Refusal, RefusalKind};
use powers_contract::Item;

/// Whether an account has shown whose it is as far as this item demands, to apply online.
pub fn level_reached(item: &Item, level: Level) -> Result<(), Refusal> {
    let demanded = Level::parse(&item.level).unwrap_or(Level::Registered);
    if level >= demanded {
        return Ok(());
    }
    let words = format!(
        "网上申请「{}」要求账户的实名等级达到「{}」，账户现在是「{}」",
        item.name,
        demanded.title(),
        level.title()
    );
    let refusal = Refusal::new(RefusalKind::Forbidden, "approvals.level", words);
    Err(refusal.ground("《国务院关于在线政务服务的若干规定》第九条").remedy(format!(
        "请在「我的账户」的“实名等级”里看怎样提升（/me）；也可以带身份证到窗口办理：{}",
        item.window
    )))
}

/// 行政许可法 art. 29: an agent may apply, unless the law demands that applicants come themselves.
pub fn by_agent(item: &Item) -> Result<(), Refusal> {
    if !item.in_person {
        return Ok(());
    }
    let words = format!("「{}」依法应当由申请人本人到场办理，不能委托别人代办", item.name);
    Err(Refusal::new(RefusalKind::Forbidden, "approvals.in_person", words)
        .ground("《中华人民共和国行政许可法》第二十九条")
        .remedy(format!("请申请人本人到窗口办理：{}", item.window)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_may_demand_how_far_an_account_has_shown_whose_it_is_and_that_one_comes_oneself() {
        let free = Item::default();
        assert!(level_reached(&free, Level::Registered).is_ok() && by_agent(&free).is_ok());
        let strict = Item { level: "proven".into(), in_person: true, ..Item::default() };
        let refused = level_reached(&strict, Level::Checked).unwrap_err();
        assert!(refused.message.contains("达到「已实名核验」，账户现在是「已核对」"));
        assert!(level_reached(&strict, Level::Proven).is_ok());
        assert_eq!(by_agent(&strict).unwrap_err().code, "approvals.in_person");
    }
}
