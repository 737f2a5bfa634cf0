//! Resources from a sheet: drafts, a report of each line, the same again changes nothing.

use testkit::City;
use testkit::city::each_city;

use super::{OFFICES, published, staffed};

const HEAD: &str = "资源名称,提供部门,信息资源分类,目代码,目名称,摘要,信息项,字段名,数据类型,长度,主键,共享属性,共享条件,更新频率,备注";
const GOOD: &str = "样本户籍迁移,鄂州市公安局,人口信息,009,户籍迁移,迁入迁出的登记,编号,MOVE_NO,C,20,是,2,核对户籍,4,\n,,,,,,迁移日期,moved_on,D,10,,,,,";
const BAD: &str =
    "样本居住证,鄂州市公安局,人口信息,010,居住证,居住证的登记,编号,no,文字,20,是,2,核对居住,每天,";
const OTHERS: &str =
    "样本婚姻登记,鄂州市民政局,人口信息,002,婚姻,婚姻登记,编号,no,C,20,是,2,核对婚姻,每日,";

#[test]
fn a_sheet_becomes_drafts_that_another_publishes_and_the_same_again_changes_nothing() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let steward = city.client("qin").await;
        let bring = async |lines: &[&str]| {
            let text = format!("{HEAD}\n{}\n", lines.join("\n"));
            let file = ("file", "目录.csv", text.as_bytes());
            steward.upload("/desk/catalogue/import", &[], file).await
        };
        steward.get("/desk/catalogue/import").await.expect(200).says("信息资源提供方代码");
        let report = bring(&[GOOD, BAD, OTHERS]).await.expect(200);
        report.says("写成草稿 1 个，没有变化 0 个，没有写 2 个");
        report.says("没有“文字”").says("没有“每天”").says("备注");
        // What belongs to another organ is not one's own to write.
        report.says("样本婚姻登记").says("整行");
        let again = bring(&[GOOD]).await.expect(200);
        again.says("写成草稿 0 个，没有变化 1 个，没有写 0 个");
        let place = "/desk/catalogue/101009-000001";
        city.visitor().get("/data/101009-000001").await.expect(404);
        steward.post(&format!("{place}/send"), &[]).await.expect(303);
        // While another looks at it, nothing is written on it.
        let changed = GOOD.replace("迁入迁出的登记", "迁入、迁出的登记");
        bring(&[&changed]).await.expect(200).says("正在审核");
        city.client("han")
            .await
            .post(&format!("{place}/agree"), &[("reason", "")])
            .await
            .expect(303);
        city.visitor().get("/data/101009-000001").await.expect(200).says("迁移日期");
        bring(&[&changed]).await.expect(200).says("第 2 版草稿");
        let file = ("file", "目录.csv", "姓名,年龄\n张三,3\n".as_bytes());
        steward.upload("/desk/catalogue/import", &[], file).await.expect(422).says("信息资源名称");
        city.client("zhou").await.get("/desk/catalogue/import").await.expect(403);
    });
}

/// A sheet of the guide knows nothing of where the program finds the data, of what has to be there and of what is sensitive.
#[test]
fn a_sheet_over_a_resource_that_stands_changes_what_it_has_columns_for_and_nothing_else() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let key = published(&city, &[]).await;
        let steward = city.client("qin").await;
        let bring = async |summary: &str| {
            let text = format!(
                "{HEAD}\n样本人口信息,鄂州市公安局,人口信息,001,人口基础,{summary},姓名,name,字符型,50,,2,核对申请人身份,每月,\n\
                 ,,,,,,区划,division,字符型,6,,,,,\n,,,,,,住址,address,字符型,120,,,,,\n"
            );
            let file = ("file", "目录.csv", text.as_bytes());
            steward.upload("/desk/catalogue/import", &[], file).await.expect(200)
        };
        bring("测试用的人口信息").await.says("没有变化 1 个");
        let report = bring("改过的摘要").await;
        report.says("第 2 版草稿").says("表里没有的列，已有的资源照旧").says("是否敏感");
        let place = format!("/desk/catalogue/{key}");
        steward.post(&format!("{place}/send"), &[]).await.expect(303);
        let agree = [("reason", "")];
        city.client("han").await.post(&format!("{place}/agree"), &agree).await.expect(303);
        let page = steward.get(&place).await.expect(200);
        page.says("改过的摘要").says("population.residents").says("population.person");
        page.says("person.address").says("敏感").says("必填");
    });
}
