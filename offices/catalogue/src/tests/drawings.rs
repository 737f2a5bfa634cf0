//! Charts and the map: worked out once, when rows come to count.

use testkit::City;
use testkit::city::each_city;

use super::sets::{OPEN, brought};
use super::{OFFICES, published, staffed};

const TWO: &str = "编号,名称,所在区,开放日期,面积,经度,纬度\nK1,湖滨公园,华容区,2026-01-02,3,114.8,30.4\nK2,西山公园,鄂城区,2026-02-03,5,114.9,30.5\n";
const THREE: &str = "编号,名称,所在区,开放日期,面积,经度,纬度\nK1,湖滨公园,华容区,2026-01-02,3,114.8,30.4\nK2,西山公园,鄂城区,2026-02-03,5,114.9,30.5\nK3,南湖公园,鄂城区,2026-02-05,,,\n";

#[test]
fn charts_are_worked_out_when_rows_come_to_count_and_go_back_with_them() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let key = published(&city, OPEN).await;
        let visitor = city.visitor();
        let see = async |what: &str| visitor.get(&format!("/data/{key}/{what}")).await.expect(200);
        brought(&city, &key, "whole", "two.csv", TWO.as_bytes()).await;
        see("chart?by=district").await.says("更新的 2 行数据统计").says("华容区");
        let last = brought(&city, &key, "whole", "three.csv", THREE.as_bytes()).await;
        see("chart?by=district&sum=area").await.says("更新的 3 行数据统计").says("面积合计");
        see("map").await.says("有 1 行没有写经度和纬度");
        let steward = city.client("qin").await;
        steward.post(&format!("{last}/undo"), &[]).await.expect(303);
        see("chart").await.says("更新的 2 行数据统计");
        // What stood before drawings were kept is drawn by the clockwork.
        let forget = |tx: &store::Tx<'_>| Ok(tx.run("DELETE FROM catalogue_drawings", &[])?);
        city.hall.store.write(forget).await.unwrap();
        see("chart").await.says("正在统计");
        see("map").await.says("正在统计");
        city.job("catalogue.draw").await;
        see("chart").await.says("更新的 2 行数据统计");
        see("map").await.says("<circle");
    });
}
