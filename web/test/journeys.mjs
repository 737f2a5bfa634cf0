// The journeys: the citizen's, the posts', the supervisor's, the editor's, the administrators';
// and the citizen's and the clerk's once more without scripts.

import { journeys as ofData } from "./data.mjs";
import { PASSWORD } from "./person.mjs";

/** A file that is what its name says. */
const PDF = Buffer.from(
    "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n" +
        "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n",
);
const paper = (name) => ({ name: `${name}.pdf`, mimeType: "application/pdf", buffer: PDF });
const program = (name) => ({
    name: `${name}.pdf`,
    mimeType: "application/pdf",
    buffer: Buffer.from(`\x7fELF\x02\x01\x01${"\0".repeat(9)}`.repeat(40), "latin1"),
});

/** What a person enters into the form of food-business, page by page. */
const FOOD = {
    applicant: { applicant_phone: "13912345678", applicant_role: "self" },
    organisation: { org_name: "鄂州市鄂城区湖畔餐饮店", org_code: "91420700MA49ABCD1F" },
    premises: { shop_name: "湖畔小馆", premises_address: "鄂州市鄂城区滨湖南路 18 号", premises_area: "86" },
    business: { main_business: "catering", business_items: ["hot", "drink"], online_sales: "true" },
    people: { manager_name: "陈晓敏", manager_phone: "13912345678", staff_count: "6", statement: true },
};
/** A resident of the demo who comes to the counter. */
const RESIDENT = { name: "陈晓敏", number: "420704199003072468" };
const PAGES = Object.keys(FOOD);

function expect(fact, words) {
    if (!fact) throw new Error(words);
}

/** From the home page to the page on which the application begins. */
async function find(person) {
    await person.go("/");
    await person.look("home");
    await person.page.locator("#site-search").fill("开饭店");
    await person.press("搜索", { within: "header" });
    await person.look("search");
    await person.press("食品经营许可", { exact: false });
    await person.says("承诺");
    await person.look("guide");
}

/** Every page of the form, from the task list on. */
async function fill(person, { first = "" } = {}) {
    expect(/\/apply\/draft\//.test(person.path()), `${person.path()} is no draft`);
    if (first) await person.look("draft");
    await person.page.locator("main a[href$='/applicant']").first().click();
    await person.page.waitForLoadState("load");
    for (const page of PAGES) {
        expect(person.path().endsWith(`/${page}`), `${person.path()} should be the page ${page}`);
        await person.look(`form-${page}`);
        await person.enter(FOOD[page]);
        if (page === "organisation") {
            // A firm that is registered elsewhere: the page says once that it is not known here.
            await person.press("保存并继续", { expected: 422 });
            await person.look("form-organisation-unknown");
        }
        await person.press("保存并继续");
    }
}

async function attach(person) {
    expect(person.path().endsWith("/materials"), `${person.path()} is not the page of materials`);
    await person.look("materials");
    for (const material of ["floor-plan", "rules"]) {
        const form = person.page.locator("form", { has: person.page.locator(`input[name="file-${material}"]`) });
        await form.locator("input[type=file]").setInputFiles(paper(material));
        await Promise.all([person.page.waitForNavigation(), form.getByRole("button", { name: "上传", exact: true }).click()]);
        await person.says(`${material}.pdf`);
    }
    await person.look("materials-attached");
    await person.press("继续");
}

/** Checks and submits; what the slip says. */
async function submit(person) {
    await person.says("湖畔小馆");
    await person.look("check");
    await person.press("提交申请", { exact: false });
    await person.look("slip");
    const text = await person.text("main");
    const code = text.match(/查询码\s*([0-9A-Z]{5}[ -]?[0-9A-Z]{5})/)?.[1]?.replace(/[ -]/, "");
    const no = decodeURIComponent(person.path().split("/")[3]);
    expect(code, "the slip shows no query code");
    expect(text.replaceAll(/[ \n]/g, "").includes(no), `the slip does not show ${no}`);
    return { no, code };
}

async function lookUp(visitor, { no, code }, words) {
    await visitor.go("/cases");
    await visitor.look("look-up");
    await visitor.enter({ no, code });
    await visitor.press("查询");
    await visitor.says(words);
}

/** One step of a case at the desk. */
async function does(person, no, verb, values, words) {
    await person.go(`/desk/cases/${no}`);
    const form = person.page.locator(`form[action="/desk/cases/${no}/${verb}"]`);
    if (!(await form.isVisible())) {
        const folded = person.page.locator("details", { has: form });
        await folded.locator("summary").first().click();
    }
    for (const [name, value] of Object.entries(values)) {
        const field = form.locator(`[name="${name}"]`).first();
        const kind = await field.evaluate((node) => node.type);
        if (kind === "radio") await form.locator(`[name="${name}"][value="${value}"]`).check();
        else await field.fill(value);
    }
    await Promise.all([person.page.waitForNavigation(), form.locator("button").last().click()]);
    await person.signIfAsked();
    person.stands(200);
    expect(person.path() === `/desk/cases/${no}`, `${verb} led to ${person.path()}`);
    if (words) await person.says(words);
}

async function citizen(world) {
    const person = await world.person("citizen");
    const visitor = await world.person("visitor");
    await world.step("a visitor finds the item and its guide", async () => {
        await find(person);
        await person.page.locator("main a[href^='/apply/food-business']").first().click();
        await person.page.waitForLoadState("load");
        await person.look("start");
    });
    await world.step("the citizen signs in on the way and begins", async () => {
        await person.press("登录后开始填写");
        await person.enter({ account: "citizen", password: "wrong-password" });
        await person.press("登录", { expected: 422 });
        await person.look("sign-in-wrong");
        await person.enter({ account: "citizen", password: PASSWORD });
        await person.press("登录");
        await person.press("开始填写");
    });
    await world.step("what is known stands in the form with its source", async () => {
        const draft = person.path();
        await person.go(`${draft}/applicant`);
        expect((await person.text("main form")).includes("陈晓敏"), "the name is not filled in");
        await person.says("来自");
        await person.enter({ applicant_phone: "12" });
        await person.press("保存并继续", { expected: 422 });
        expect((await person.page.locator("[name=applicant_phone]").inputValue()) === "12", "the entry is not kept");
        await person.look("form-wrong");
        await person.go(draft);
    });
    await world.step("a session that ends keeps what was typed", async () => {
        const draft = person.path();
        await person.go(`${draft}/premises`);
        await person.enter({ ...FOOD.premises, shop_name: "留着的招牌" });
        await person.context.clearCookies();
        await person.press("保存并继续", { expected: 401 });
        await person.look("session-ended");
        await person.enter({ account: "citizen", password: PASSWORD });
        await person.press("登录");
        await person.look("go-on");
        await person.press("继续提交");
        await person.go(`${draft}/premises`);
        expect((await person.page.locator("[name=shop_name]").inputValue()) === "留着的招牌", "the entry is lost");
        await person.go(draft);
    });
    await world.step("the citizen fills every page of the form", () => fill(person, { first: true }));
    await world.step("a renamed program is refused beside its field", async () => {
        await person.enter({ "file-floor-plan": program("平面图") });
        await person.press("上传", { expected: 422 });
        await person.look("materials-wrong");
        await person.go(person.path());
    });
    await world.step("the citizen attaches the papers", () => attach(person));
    let slip;
    await world.step("the citizen checks, submits once and gets number and code", async () => {
        slip = await submit(person);
        const file = await person.context.request.get(
            person.origin + (await person.page.locator("a[href$='/file']").first().getAttribute("href")),
        );
        expect(file.ok(), `the receipt file answers ${file.status()}`);
        await person.page.locator("main a[href^='/receipts/']").first().click();
        await person.page.waitForLoadState("load");
        await person.look("receipt");
    });
    await world.step("a visitor looks it up by number and code", async () => {
        await visitor.go("/cases");
        await visitor.enter({ no: slip.no, code: "AAAAAAAAAA" });
        await visitor.press("查询", { expected: 422 });
        await visitor.look("look-up-wrong");
        await lookUp(visitor, slip, "食品经营许可");
        await visitor.look("looked-up");
    });
    await world.step("the citizen's own pages", async () => {
        for (const [path, name] of [["/my/cases", "my-cases"], [`/my/cases/${slip.no}`, "my-case"], ["/me", "me"], ["/me/looks", "looks"]]) {
            await person.go(path);
            await person.look(name);
        }
    });
    await desk(world, person, visitor, slip);
}

/** The case at its posts, until it is delivered. */
async function desk(world, citizen, visitor, slip) {
    const { no } = slip;
    const clerk = await world.person("clerk");
    await world.step("the clerk finds the case in the queue", async () => {
        await clerk.signIn("clerk");
        expect(clerk.path() === "/desk", `the clerk begins at ${clerk.path()}`);
        await clerk.look("desk");
        await clerk.go("/desk/cases");
        await clerk.says(no);
        await clerk.look("queue");
        await clerk.go("/desk/cases?view=closed");
        await clerk.look("queue-closed");
        await clerk.go(`/desk/cases/${no}`);
        await clerk.look("case-received");
    });
    await world.step("an empty correction is refused beside its field", async () => {
        const form = clerk.page.locator(`form[action="/desk/cases/${no}/correct"]`);
        if (!(await form.isVisible())) await clerk.page.locator("details", { has: form }).locator("summary").first().click();
        await Promise.all([clerk.page.waitForNavigation(), form.locator("button").last().click()]);
        clerk.stands(422);
        await clerk.look("case-wrong");
    });
    await world.step("the clerk takes it and sends one notice of correction", async () => {
        await does(clerk, no, "take", {});
        await does(clerk, no, "correct", { items: "平面图上没有标出洗消间\n管理制度没有盖章" }, "补正");
        await clerk.look("case-correction");
    });
    await world.step("the citizen supplements", async () => {
        await citizen.go(`/my/cases/${no}`);
        await citizen.says("平面图上没有标出洗消间");
        await citizen.look("my-case-correction");
        await citizen.enter({ note: "两项都已补正", files: paper("新平面图") });
        await citizen.press("提交补正", { exact: false });
        await citizen.says("新平面图");
    });
    await world.step("the clerk accepts", () => does(clerk, no, "accept", {}, "已受理"));
    const examiner = await world.person("examiner");
    await world.step("the examiner examines and may not decide", async () => {
        await examiner.signIn("examiner");
        await examiner.go(`/desk/cases/${no}`);
        await examiner.look("case-examine");
        await does(examiner, no, "examine", { finding: "approve", opinion: "材料齐全，场所符合要求", inspectors: "王建国、罗文斌" });
        expect((await examiner.page.locator(`form[action$="/grant"]`).count()) === 0, "the examiner may decide");
        await examiner.go("/desk/signals");
        await examiner.look("signals");
    });
    const approver = await world.person("approver");
    await world.step("the approver decides", async () => {
        await approver.signIn("approver");
        await approver.go(`/desk/cases/${no}`);
        await approver.look("case-decide");
        await does(approver, no, "grant", {});
    });
    await world.step("the clerk issues and delivers", async () => {
        await clerk.go(`/desk/cases/${no}`);
        await clerk.look("case-issue");
        await does(clerk, no, "issue", { certificate_no: "JY24207040000001" });
        await clerk.look("case-deliver");
        await does(clerk, no, "deliver", { manner: "counter", receipt: "本人签收" }, "办结");
        await clerk.look("case-closed");
        await clerk.go("/desk");
        await clerk.look("desk-my-day");
    });
    await world.step("the applicant reads the written decision, the visitor fetches it with the code", async () => {
        await citizen.go(`/my/cases/${no}`);
        await citizen.press("准予行政许可决定书");
        await citizen.look("paper");
        await lookUp(visitor, slip, "准予许可");
        await visitor.press("受理通知书");
        await visitor.says("未加盖电子印章");
        await visitor.look("paper-by-code");
        await citizen.go(`/my/cases/${no}`);
        await citizen.says("这一件有新进展");
        await citizen.press("知道了");
        expect(!(await citizen.text("main")).includes("这一件有新进展"), "the news are not put away");
    });
    await world.step("applicant and visitor see the end", async () => {
        await citizen.go(`/my/cases/${no}`);
        await citizen.says("送达");
        await citizen.look("my-case-closed");
        await lookUp(visitor, slip, "送达");
        await visitor.look("looked-up-closed");
    });
    for (const person of [citizen, visitor, clerk, examiner, approver]) {
        await world.step(`every link on the pages of the ${person.name} leads somewhere`, () => person.followLinks());
    }
}

async function visitor(world) {
    const person = await world.person("visitor");
    const pages = [
        ["/services", "services"],
        ["/services?q=%E9%A3%9F%E5%93%81", "services-search"],
        ["/services/housing-fund", "guide-housing-fund"],
        ["/info", "info"],
        ["/info/guides", "info-column"],
        ["/search?q=%E5%8A%9E%E4%BA%8B", "search-documents"],
        ["/search?q=%E6%B2%A1%E6%9C%89%E8%BF%99%E6%A0%B7%E7%9A%84%E8%AF%8D", "search-nothing"],
        ["/register", "register"],
        ["/forgot", "forgot"],
        ["/code", "code"],
    ];
    await world.step("the public pages", async () => {
        for (const [path, name] of pages) {
            await person.go(path);
            await person.look(name);
        }
        await person.go("/no-such-page", 404);
        await person.look("not-found");
        await person.go("/sign-in");
        await person.look("sign-in");
        await person.go("/info");
        await person.page.locator("main a[href*='/info/']").first().click();
        await person.page.waitForLoadState("load");
        await person.go("/");
        await person.page.locator("main a[href^='/info/']").first().click();
        await person.page.waitForLoadState("load");
        await person.look("article");
    });
    await world.step("an empty registration is answered beside the fields", async () => {
        await person.go("/register");
        await person.press("注册", { expected: 422, exact: false });
        await person.look("register-wrong");
    });
    await world.step("elder mode", async () => {
        await person.go("/services/food-business");
        await person.press("长者模式", { within: "header", exact: false });
        await person.look("guide-elder");
        await person.go("/");
        await person.look("home-elder");
    });
    await world.step("every public link leads somewhere", () => person.followLinks());
}

async function supervisor(world) {
    const person = await world.person("supervisor");
    await world.step("the supervisor's board, departments and signals", async () => {
        await person.signIn("supervisor");
        await person.look("desk-supervisor");
        for (const [path, name] of [
            ["/desk/supervision", "supervision"],
            ["/desk/supervision/ezhou-scj", "supervision-organ"],
            ["/desk/supervision/rules", "supervision-rules"],
            ["/desk/supervision/signals", "supervision-signals"],
            ["/board/supervision", "board"],
        ]) {
            await person.go(path);
            await person.look(name);
        }
        await person.go("/desk/supervision/signals");
        const signal = person.page.locator("main a[href*='/desk/supervision/signals/']").first();
        if (await signal.count()) {
            await signal.click();
            await person.page.waitForLoadState("load");
            await person.look("supervision-signal");
        }
    });
    await world.step("every link of the supervisor leads somewhere", () => person.followLinks());
}

async function editor(world) {
    const writer = await world.person("editor");
    const title = `湖区垃圾分类投放点调整的通知 ${Date.now() % 100_000}`;
    const phrase = "每晚八点以后请投放到临时集中点";
    await world.step("the editor drafts and sends to review", async () => {
        await writer.signIn("editor");
        await writer.go("/desk/documents");
        await writer.look("documents");
        await writer.press("起草信息");
        await writer.look("document-new");
        await writer.press("保存草稿", { expected: 422, exact: false });
        await writer.look("document-wrong");
        await writer.enter({ column: "notices", title, text: `## 调整的时间\n从下月一日起，${phrase}。\n\n联系电话 13812345678` });
        await writer.press("保存草稿", { exact: false });
        await writer.look("document-findings");
        await writer.enter({ text: `## 调整的时间\n从下月一日起，${phrase}。` });
        await writer.press("保存并送审");
        await writer.look("documents-sent");
    });
    const reviewer = await world.person("reviewer");
    await world.step("the reviewer, another person, publishes", async () => {
        await reviewer.signIn("reviewer");
        await reviewer.go("/desk/reviews");
        await reviewer.look("reviews");
        await reviewer.press(title);
        await reviewer.look("review");
        await reviewer.enter({ conclusion: "open" });
        await reviewer.press("提交审核结论");
        await reviewer.look("reviews-published");
    });
    const published = Date.now();
    const reader = await world.person("reader");
    await world.step("search finds it by a phrase within a second", async () => {
        for (;;) {
            const answer = await reader.context.request.get(`${reader.origin}/api/v1/search?q=${encodeURIComponent(phrase)}`);
            const found = await answer.json();
            if (found.hits.some((hit) => JSON.stringify(hit).replaceAll(/<[^>]*>/g, "").includes(title))) break;
            expect(Date.now() - published < 1_000, "not found within a second");
            await new Promise((done) => setTimeout(done, 50));
        }
        await reader.go(`/search?q=${encodeURIComponent(phrase)}`);
        await reader.press(title);
        await reader.says(phrase);
        await reader.look("article-new");
    });
    for (const person of [writer, reviewer]) {
        await world.step(`every link of the ${person.name} leads somewhere`, () => person.followLinks());
    }
}

async function administrators(world) {
    const visits = {
        sysadmin: [["/desk/accounts", "accounts"], ["/desk/accounts/clerk", "account"], ["/desk/organs", "organs"]],
        secadmin: [["/desk/accounts/clerk", "account-secadmin"], ["/desk/resets", "resets"], ["/desk/authorities", "authorities"]],
        auditor: [["/desk/audit", "audit"], ["/desk/deferrals", "deferrals-auditor"]],
        privacy: [
            ["/desk/deferrals", "deferrals"],
            ["/desk/deferrals/new", "deferral-new"],
            ["/desk/exports", "exports"],
            ["/desk/erasures", "erasures"],
        ],
        registrar: [["/desk/population", "population"], ["/desk/population/loads", "population-loads"]],
    };
    for (const [account, pages] of Object.entries(visits)) {
        const person = await world.person(account);
        await world.step(`the pages of the ${account}`, async () => {
            await person.signIn(account);
            await person.look(`desk-${account}`);
            for (const [path, name] of pages) {
                await person.go(path);
                await person.look(name);
            }
        });
        await world.step(`every link of the ${account} leads somewhere`, () => person.followLinks());
    }
}

/** The citizen's and the clerk's work without a single script. */
async function plain(world) {
    const how = { js: false, prefix: "plain-" };
    const person = await world.person("citizen", how);
    await world.step("without scripts: find, sign in, begin", async () => {
        await find(person);
        await person.page.locator("main a[href^='/apply/food-business']").first().click();
        await person.page.waitForLoadState("load");
        await person.press("登录后开始填写");
        await person.signIn("citizen");
        await person.press("开始填写");
    });
    let slip;
    await world.step("without scripts: fill, attach, submit", async () => {
        await fill(person);
        await attach(person);
        slip = await submit(person);
    });
    await world.step("without scripts: look up", async () => {
        const visitor = await world.person("visitor", how);
        await lookUp(visitor, slip, "食品经营许可");
    });
    const clerk = await world.person("clerk", how);
    await world.step("without scripts: the clerk takes and accepts", async () => {
        await clerk.signIn("clerk");
        await clerk.go("/desk/cases");
        await clerk.says(slip.no);
        await clerk.look("queue");
        await does(clerk, slip.no, "take", {});
        await does(clerk, slip.no, "accept", {}, "已受理");
        await clerk.look("case");
    });
    const helper = await world.person("clerk");
    await world.step("the clerk's counter, with scripts", async () => {
        await helper.signIn("clerk");
        await helper.go("/desk/counter");
        await helper.look("counter");
        await helper.press("核对并开始录入", { expected: 422 });
        await helper.look("counter-wrong");
    });
    await world.step("without scripts: the clerk takes an application in at the counter", async () => {
        await clerk.go("/desk/counter");
        await clerk.enter({ item: "food-business", ...RESIDENT, came: "self" });
        await clerk.press("核对并开始录入");
        await fill(clerk);
        await attach(clerk);
        await clerk.says("湖畔小馆");
        await clerk.press("提交申请", { exact: false });
        expect(/\/desk\/cases\/.*\/slip/.test(clerk.path()), `${clerk.path()} is no slip`);
        await clerk.look("desk-slip");
    });
}

/** A passkey in an authenticator of the browser's own, which asks nobody. Browsers have none for a bare number. */
async function passkeys(world) {
    const origin = world.city.origin.replace("127.0.0.1", "localhost");
    const person = await world.person("passkeys", { origin, prefix: "passkeys-" });
    await world.step("a passkey is set up", async () => {
        const debug = await person.context.newCDPSession(person.page);
        await debug.send("WebAuthn.enable");
        await debug.send("WebAuthn.addVirtualAuthenticator", {
            options: {
                protocol: "ctap2",
                transport: "internal",
                hasResidentKey: true,
                hasUserVerification: true,
                isUserVerified: true,
                automaticPresenceSimulation: true,
            },
        });
        await person.go("/sign-in");
        await person.look("sign-in");
        await person.signIn("citizen");
        await person.go("/me/factors");
        await person.press("设置通行密钥");
        await person.look("new");
        await person.enter({ name: "浏览器里的密钥", password: PASSWORD });
        await person.press("在这台设备上设置");
        await person.says("浏览器里的密钥");
        await person.says("使用中");
        await person.look("factors");
    });
    await world.step("a passkey signs in by itself", async () => {
        await person.context.clearCookies();
        await person.go("/sign-in?next=%2Fme%2Fdevices");
        await person.press("用通行密钥登录");
        expect(person.path() === "/me/devices", `${person.path()} is not where it was going`);
        await person.says("登录时用了通行密钥");
        await person.look("devices");
    });
    await world.step("a passkey is the second step, and is taken away", async () => {
        await person.context.clearCookies();
        await person.go("/sign-in?next=%2Fme%2Ffactors");
        await person.enter({ account: "citizen", password: PASSWORD });
        await person.press("登录");
        await person.says("登录：第二步");
        await person.look("second");
        await person.press("用通行密钥登录");
        await person.press("浏览器里的密钥");
        await person.enter({ password: PASSWORD });
        await person.press("去掉", { exact: false });
        await person.says("已经去掉");
    });
    const plain = await world.person("visitor", { origin, js: false, prefix: "passkeys-plain-" });
    await world.step("without scripts: what to do instead of a passkey", async () => {
        await plain.go("/sign-in");
        await plain.says("请用别的登录方式");
        await plain.look("sign-in");
    });
}

export const journeys = { citizen, visitor, supervisor, editor, administrators, plain, passkeys, ...ofData };
