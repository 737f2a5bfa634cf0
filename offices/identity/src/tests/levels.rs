//! Scenarios of how far an account has shown whose it is.

use access::{Kind, NewAccount};
use base::Id;
use testkit::city::{City, each_city};

use super::{NUMBER, OFFICES, REGISTRATION, staffed};
use crate::acts::citizen_holding;

const CARD: [(&str, &str); 3] = [("name", "张明"), ("number", NUMBER), ("seen", "true")];

#[test]
fn who_agrees_with_the_register_is_checked_and_the_counter_raises_them_further() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        city.account("window", "李敏", "clerk", "city").await;
        let citizen = city.visitor();
        citizen.post("/register", &REGISTRATION).await.expect(303);
        let me = citizen.get("/me").await.expect(200);
        me.says("已核对：已经核实是本人").says("带身份证到政务服务大厅的窗口");
        let clerk = city.client("window").await;
        let found = clerk.post("/desk/holders", &CARD).await.expect(200);
        found.says("与人口登记一致").says("实名等级");
        let mut card = CARD.to_vec();
        card.push(("login", "zhangming"));
        clerk.post("/desk/holders/prove", &card).await.expect(303);
        citizen
            .get("/me")
            .await
            .expect(200)
            .says("已实名核验：已经核实是本人")
            .says("已经是最高一级");
        clerk.post("/desk/holders/prove", &card).await.expect(422).says("已经核实过");
    });
}

/// An account as a platform opens it that proves no number.
async fn without_number(city: &City, login: &str, name: &str) {
    let now = city.now();
    let new = NewAccount {
        id: Id::mint(now),
        login: login.into(),
        kind: Kind::Citizen,
        name: name.into(),
        password: None,
        number: None,
        phone: None,
        email: None,
        real_name: false,
    };
    let (keys, holding) = (city.hall.keys.clone(), citizen_holding(new.id, now));
    let opened = city.hall.write(move |tx| {
        let permit = access::clockwork("test");
        access::create_account(tx, &permit, &keys, &new, now)?;
        access::give_holding(tx, &permit, &holding)
    });
    opened.await.unwrap();
}

#[test]
fn an_account_without_a_number_states_one_that_agrees_in_all_three_and_is_told_no_more() {
    each_city(OFFICES, async |city: City| {
        without_number(&city, "zhang", "张明").await;
        without_number(&city, "li", "李四").await;
        let (zhang, li) = (city.client("zhang").await, city.client("li").await);
        zhang.get("/me").await.expect(200).says("已注册").says("/me/number");
        let own = [("number", NUMBER), ("phone", "13812345678")];
        let other_phone = [("number", NUMBER), ("phone", "13900001111")];
        let typed = zhang.post("/me/number", &[("number", "1"), ("phone", "2")]).await.expect(422);
        typed.says("value=\"1\"");
        let one = zhang.post("/me/number", &other_phone).await.expect(422);
        one.says("还是没有核对一致");
        let another = li.post("/me/number", &own).await.expect(422);
        another.says("还是没有核对一致");
        zhang.post("/me/number", &own).await.expect(303);
        zhang.get("/me").await.expect(200).says("已核对：已经核实是本人");
        zhang.get("/me/looks").await.expect(200).says("只核对是否一致，不给出内容");
        // One number, one account; and a number that stands is not stated anew.
        zhang.post("/me/number", &own).await.expect(404);
        without_number(&city, "zhang2", "张明").await;
        let twin = city.client("zhang2").await;
        twin.post("/me/number", &own).await.expect(422).says("这个身份证号码已经有核实过的账户");
        for _ in 0..4 {
            li.post("/me/number", &[("number", "42070419851231001X"), ("phone", "13812345678")])
                .await;
        }
        let waits = li.post("/me/number", &own).await.expect(429);
        waits.says("今天核对的次数太多");
    });
}
