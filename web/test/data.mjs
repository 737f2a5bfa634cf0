// The journeys of data: a visitor finds and takes some away, one department asks another for some, who watches over the
// exchange, and who verifies what a watch has found.

function expect(fact, words) {
    if (!fact) throw new Error(words);
}

/** Follows the first link of the page that begins with this address. */
async function follow(person, begins) {
    await Promise.all([
        person.page.waitForNavigation({ waitUntil: "load" }),
        person.page.locator(`main a[href^="${begins}"]`).first().click(),
    ]);
    person.stands(200);
}

/** Sends the form whose button says this, having filled in its own fields. */
async function sends(person, button, values = {}) {
    const form = person.page.locator("main form", { has: person.page.getByRole("button", { name: button }) }).first();
    const folded = person.page.locator("details:not([open])", { has: form });
    if (await folded.count()) await folded.locator("summary").first().click();
    for (const [name, value] of Object.entries(values)) {
        const field = form.locator(`[name="${name}"]`).first();
        const kind = await field.evaluate((node) => node.type);
        if (kind === "radio" || kind === "checkbox") {
            for (const one of [value].flat()) await form.locator(`[name="${name}"][value="${one}"]`).check();
        } else await field.fill(value);
    }
    await Promise.all([
        person.page.waitForNavigation({ waitUntil: "load" }),
        form.getByRole("button", { name: button }).first().click(),
    ]);
    await person.signIfAsked();
    person.stands(200);
}

/** The names and values of a day in a form. */
function day(name, date) {
    const [year, month, of] = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map(String);
    return { [`${name}.year`]: year, [`${name}.month`]: month, [`${name}.day`]: of };
}

async function found(world) {
    const person = await world.person("visitor", { js: false, prefix: "plain-" });
    let here;
    await world.step("without scripts: data are found and looked at", async () => {
        await person.go("/data");
        await person.look("data");
        await person.page.locator("#data-search").fill("学校");
        await Promise.all([
            person.page.waitForNavigation({ waitUntil: "load" }),
            person.page.locator("main form[action='/data'] button").first().click(),
        ]);
        await person.look("data-found");
        await person.press("学校名录");
        await person.says("数据预览");
        await person.look("dataset");
        here = person.path();
    });
    await world.step("without scripts: its rows, a chart, a map, how programs read it", async () => {
        for (const [link, words, name] of [
            ["查看全部数据", "下载", "dataset-rows"],
            ["画图", "行数据统计", "dataset-chart"],
            ["看地图", "位置列表", "dataset-map"],
            ["接口说明", "ckanapi", "dataset-api"],
        ]) {
            await person.go(here);
            await person.press(link);
            await person.says(words);
            await person.look(name);
        }
    });
    await world.step("without scripts: the rows are taken away", async () => {
        for (const [end, begins] of [["csv", "\uFEFF"], ["json", "["], ["xlsx", "PK"]]) {
            const file = await person.context.request.get(`${person.origin}${here}/rows.${end}`);
            expect(file.ok() && (await file.text()).startsWith(begins), `rows.${end} is no such file`);
        }
    });
    await world.step("every link of who looks for data leads somewhere", () => person.followLinks());
}

async function shared(world) {
    const asks = await world.person("datasteward2");
    const answers = await world.person("datasteward");
    let place;
    await world.step("a department asks another for data", async () => {
        await asks.signIn("datasteward2");
        await asks.go("/data/101001-000001");
        await asks.press("申请共享");
        await asks.look("share-ask");
        const until = day("until", new Date(Date.now() + 200 * 86_400_000));
        await sends(asks, "提交申请", {
            items: ["name", "address"],
            purpose: "核对低保申请人的户籍",
            ground: "《社会救助暂行办法》第五十八条",
            manner: "接口查询",
            ...until,
        });
        await asks.says("等提供部门答复");
        await asks.look("share-asked");
        place = asks.path().split("?")[0];
    });
    await world.step("the steward of the other agrees, and the terms run", async () => {
        await answers.signIn("datasteward");
        await answers.go("/desk/data-requests");
        await answers.look("share-queue");
        await answers.go(place);
        await answers.look("share-answer");
        await sends(answers, "同意共享", { ground: "《政务数据共享条例》第三条" });
        await answers.says("正在运行");
        await answers.look("share-agreed");
        await answers.go("/desk/catalogue/101001-000001");
        await answers.says("核对低保申请人的户籍");
        await answers.look("resource");
    });
    await world.step("who asked reads the terms", async () => {
        await asks.go(place);
        await asks.says("正在运行");
    });
    await world.step("resources come from a sheet, with a report of each line", async () => {
        await answers.go("/desk/catalogue/import");
        await answers.look("sheet");
        const head = "资源名称,提供部门,信息资源分类,目代码,目名称,摘要,信息项,字段名,数据类型,长度,主键,共享属性,共享条件,更新频率";
        const good = "户籍迁移登记,鄂州市公安局,人口信息,009,户籍迁移,迁入迁出的登记,编号,MOVE_NO,C,20,是,2,核对户籍,4";
        const bad = "居住证登记,鄂州市公安局,人口信息,010,居住证,居住证的登记,编号,no,文字,20,是,2,核对居住,每天";
        await answers.enter({
            file: { name: "目录.csv", mimeType: "text/csv", buffer: Buffer.from([head, good, bad].join("\n")) },
        });
        await answers.press("导入为草稿", { exact: false });
        await answers.says("写成草稿 1 个");
        await answers.says("没有“文字”");
        await answers.look("sheet-report");
    });
    for (const person of [asks, answers]) {
        await world.step(`every link of the ${person.name} leads somewhere`, () => person.followLinks());
    }
}

async function exchange(world) {
    const person = await world.person("sysadmin", { prefix: "exchange-" });
    await world.step("the map of what passes between departments, and what nobody took", async () => {
        await person.signIn("sysadmin");
        for (const [path, name] of [
            ["/desk/exchange", "flows"],
            ["/desk/exchange/gateways", "gateways"],
            ["/desk/exchange/centre", "centre"],
            ["/desk/exchange/register", "register"],
            ["/desk/exchange/messages", "messages"],
            ["/desk/exchange/dead", "dead"],
        ]) {
            await person.go(path);
            await person.look(name);
        }
        await person.go("/desk/exchange/gateways");
        if (await person.page.locator("main a[href^='/desk/exchange/gateways/']").count()) {
            await follow(person, "/desk/exchange/gateways/");
            await person.look("gateway");
        }
    });
    await world.step("every link of the exchange leads somewhere", () => person.followLinks());
}

async function watched(world) {
    const person = await world.person("datasteward2", { prefix: "watch-" });
    let hit;
    await world.step("what a watch has found is a case, and is taken up", async () => {
        await person.signIn("datasteward2");
        await person.go("/desk/watches");
        await person.look("watches");
        await person.go("/desk/watches/hits?state=10");
        await person.look("hits");
        await follow(person, "/desk/watches/hits/");
        hit = person.path();
        await person.look("hit");
        await sends(person, "由我核实");
        await person.look("hit-taken");
    });
    await world.step("it is answered, and says which data it used", async () => {
        await sends(person, "核实不属实", { why: "经向社区核实，本人健在，登记已经通知更正。" });
        await person.look("hit-answered");
        await follow(person, "/desk/data-used");
        await person.says("办理中查询");
        await person.look("used");
        expect(hit, "no hit was looked at");
    });
    await world.step("every link of who verifies leads somewhere", () => person.followLinks());
}

export const journeys = { found, shared, exchange, watched };
