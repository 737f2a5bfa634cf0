//! Search against bare tantivy on the same twenty thousand made-up documents: the same hundred
//! queries, ten hits a page, the number of all hits, a passage for each.
//!
//! Bare tantivy stands here twice: with bigrams, with which it finds all that this index does, and
//! with jieba's words, as one would set it up from its manual (it does not find phrases that begin
//! within a word). The catalogue is searched as its page does it: ten thousand resources, which stand in one index with the
//! documents and are asked for alone, against tantivy that has nothing but the resources. Both have title and body, tantivy's query parser with all words required,
//! `TopDocs` with `Count`, and tantivy's `SnippetGenerator`. Only queries count for a median for
//! which that bare index found something.

use std::time::Duration;

use search::{Change, Doc, Fragment, Index, Query};
use tantivy::collector::{Count, TopDocs};
use tantivy::query::QueryParser;
use tantivy::schema::{
    Field, IndexRecordOption, STORED, Schema, TextFieldIndexing, TextOptions, Value,
};
use tantivy::snippet::SnippetGenerator;
use tantivy::tokenizer::{TextAnalyzer, Token, TokenStream, Tokenizer};
use tantivy::{IndexReader, ReloadPolicy, TantivyDocument};
use tantivy_jieba::JiebaTokenizer;
use tokio::time::Instant;

use crate::table::{Line, Reach, median};

const WORDS: &str = "人民 政府 办公室 电子政务 建设 管理 行政 审批 许可 申请 材料 受理 办理 时限 承诺 公开 信息 资源 \
    共享 交换 平台 数据 中心 网络 安全 保密 监察 监督 责任 追究 服务 窗口 群众 企业 法人 公民 组织 机关 单位 部门 \
    街道 社区 乡镇 农村 城市 规划 土地 房屋 征收 补偿 安置 拆迁 环境 保护 污染 防治 水利 防汛 抗旱 应急 预案 演练 \
    消防 交通 运输 公路 港口 机场 教育 学校 教师 学生 招生 医疗 卫生 医院 药品 食品 经营 营业执照 登记 注册 变更 \
    注销 年检 税务 财政 预算 决算 采购 招标 投标 中标 合同 履行 验收 审计 统计 调查 人口 户籍 居住证 身份证 婚姻 \
    生育 养老 保险 社会 救助 低保 残疾人 就业 创业 培训 劳动 仲裁 工资 档案 公文 收发 印章 督查 督办 考核 评估 \
    绩效 奖励 处罚 听证 复议 诉讼 执行 强制 法律 法规 规章 条例 办法 细则 通知 通告 公告 意见 决定 批复 报告 请示 \
    会议 纪要 领导 小组 成员 职责 分工 协调 配合 推进 落实 加强 完善 优化 提高 效率 质量 水平 能力 体系 机制 制度 \
    改革 创新 发展 经济 产业 园区 项目 投资 融资 贷款 补贴 优惠 政策 扶持 农业 种植 养殖 渔业 林业 湿地 湖泊 旅游 \
    文化 体育 广播 电视 新闻 出版 宣传 网站 微信 热线 投诉 举报 咨询 建议 信访 调解 矛盾 纠纷 治安 公安 派出所 \
    出入境 护照 车辆 驾驶证 违章 停车 公交 出租车 天然气 自来水 供电 供暖 物业 业主 维修 基金 公积金 OA 2024 GIS";
const JOINTS: [&str; 12] =
    ["的", "和", "与", "应当", "可以", "不得", "依法", "按照", "关于", "由", "对", "及其"];
const DOCUMENTS: usize = 20_000;
const RESOURCES: usize = 10_000;
const QUERIES: usize = 100;
const ROUNDS: usize = 5;

/// Chance that is the same every time (SplitMix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n as u64) as usize
    }

    /// Common words are common: the square of an even chance.
    fn word<'w>(&mut self, words: &[&'w str]) -> &'w str {
        let n = words.len();
        words[self.below(n) * self.below(n) / n]
    }
}

fn paragraph(chance: &mut Chance, words: &[&str]) -> String {
    let mut text = String::new();
    for sentence in 0..2 + chance.below(4) {
        for part in 0..3 + chance.below(8) {
            if part > 0 && chance.below(3) == 0 {
                text.push_str(if chance.below(4) == 0 { "，" } else { JOINTS[chance.below(12)] });
            }
            text.push_str(chance.word(words));
        }
        text.push_str(if sentence % 3 == 2 { "；" } else { "。" });
    }
    text
}

fn documents(count: usize, words: &[&str]) -> Vec<Doc> {
    let mut chance = Chance(2012);
    let paragraphs: Vec<String> = (0..20_000).map(|_| paragraph(&mut chance, words)).collect();
    let mut documents = Vec::with_capacity(count);
    for n in 0..count {
        let title = format!("关于{}{}的通知", chance.word(words), chance.word(words));
        let body: Vec<&str> = (0..4 + chance.below(24))
            .map(|_| paragraphs[chance.below(paragraphs.len())].as_str())
            .collect();
        documents.push(Doc {
            key: format!("document:{n}"),
            kind: "document".into(),
            url: format!("/documents/{n}"),
            title,
            body: body.join("\n"),
            organ: "市人民政府".into(),
            number: format!("鄂州政发〔{}〕{}号", 2000 + n % 25, n % 97),
            published_on: n as i64,
            ..Doc::default()
        });
    }
    documents
}

/// Resources of a catalogue as its office offers them: a name, a short account, the names of the items.
fn resources(count: usize, words: &[&str]) -> Vec<Doc> {
    let mut chance = Chance(2017);
    let one = |n: usize, chance: &mut Chance| {
        let title = format!("{}{}信息", chance.word(words), chance.word(words));
        let items: Vec<String> = (0..6 + chance.below(20))
            .map(|_| format!("{}{}", chance.word(words), chance.word(words)))
            .collect();
        let about = paragraph(chance, words);
        Doc {
            key: format!("catalogue:{n}"),
            kind: "dataset".into(),
            url: format!("/data/{n}"),
            title,
            body: format!("{about}\n信息项：{}\n有条件共享 · 每日更新", items.join("、")),
            organ: "市大数据局".into(),
            number: format!("420700{n:06}"),
            published_on: n as i64,
            ..Doc::default()
        }
    };
    (0..count).map(|n| one(n, &mut chance)).collect()
}

/// What people type: one word, a phrase out of a text, or two words.
fn queries(documents: &[Doc], words: &[&str]) -> Vec<String> {
    let mut chance = Chance(28);
    (0..QUERIES)
        .map(|n| match n % 4 {
            0 => chance.word(words).to_owned(),
            1 => format!("{} {}", chance.word(words), chance.word(words)),
            _ => {
                let body = &documents[chance.below(documents.len())].body;
                let letters: Vec<char> = body.chars().filter(|c| c.is_alphanumeric()).collect();
                let length = 4 + chance.below(5);
                let from = chance.below(letters.len() - length);
                letters[from..from + length].iter().collect()
            }
        })
        .collect()
}

/// Two neighbours each, with their places.
#[derive(Clone)]
struct Pairs;

struct PairStream<'a> {
    text: &'a str,
    pairs: Vec<(usize, usize)>,
    next: usize,
    token: Token,
}

impl Tokenizer for Pairs {
    type TokenStream<'a> = PairStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> PairStream<'a> {
        let letters: Vec<(usize, char)> =
            text.char_indices().filter(|(_, c)| c.is_alphanumeric()).collect();
        let pairs = letters.windows(2).map(|pair| (pair[0].0, pair[1].0 + pair[1].1.len_utf8()));
        PairStream { text, pairs: pairs.collect(), next: 0, token: Token::default() }
    }
}

impl TokenStream for PairStream<'_> {
    fn advance(&mut self) -> bool {
        let Some(&(from, to)) = self.pairs.get(self.next) else { return false };
        self.token.position = self.next;
        (self.token.offset_from, self.token.offset_to) = (from, to);
        self.token.text.clear();
        self.token.text.extend(self.text[from..to].chars().filter(|c| c.is_alphanumeric()));
        self.next += 1;
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

struct Bare {
    reader: IndexReader,
    parser: QueryParser,
    title: Field,
    body: Field,
}

impl Bare {
    fn new(documents: &[Doc], reading: TextAnalyzer) -> Self {
        let mut schema = Schema::builder();
        let words = TextOptions::default().set_stored().set_indexing_options(
            TextFieldIndexing::default()
                .set_tokenizer("reading")
                .set_index_option(IndexRecordOption::WithFreqsAndPositions),
        );
        let title = schema.add_text_field("title", words.clone());
        let body = schema.add_text_field("body", words);
        let number = schema.add_text_field("number", STORED);
        let index = tantivy::Index::create_from_tempdir(schema.build()).expect("tantivy does it");
        index.tokenizers().register("reading", reading);
        let mut writer = index.writer_with_num_threads(1, 64 << 20).expect("tantivy does it");
        for document in documents {
            let mut made = TantivyDocument::new();
            made.add_text(title, &document.title);
            made.add_text(body, &document.body);
            made.add_text(number, &document.number);
            writer.add_document(made).expect("tantivy does it");
        }
        writer.commit().expect("tantivy does it");
        writer.wait_merging_threads().expect("tantivy does it");
        let reader: IndexReader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()
            .expect("tantivy does it");
        let mut parser = QueryParser::for_index(&index, vec![title, body]);
        parser.set_conjunction_by_default();
        Self { reader, parser, title, body }
    }

    fn search(&self, text: &str) -> (usize, usize) {
        let searcher = self.reader.searcher();
        let query = self.parser.parse_query(text).expect("tantivy does it");
        let top = TopDocs::with_limit(10).order_by_score();
        let (hits, total) = searcher.search(&query, &(top, Count)).expect("tantivy does it");
        let mut generator =
            SnippetGenerator::create(&searcher, &*query, self.body).expect("tantivy does it");
        // Bytes for all it is called: this makes the same passage of about 120 characters.
        generator.set_max_num_chars(360);
        let mut shown = 0;
        for (_, address) in hits {
            let document: TantivyDocument = searcher.doc(address).expect("tantivy does it");
            let title = document
                .get_first(self.title)
                .and_then(|value| value.as_str())
                .expect("tantivy does it");
            shown += title.len() + generator.snippet_from_doc(&document).to_html().len();
        }
        (total, shown)
    }
}

fn ours(index: &Index, kind: Option<&str>, text: &str) -> (usize, usize) {
    let query = Query { limit: 10, kind: kind.map(str::to_owned), ..Query::new(text) };
    let results = index.search(&query).expect("tantivy does it");
    let length = |pieces: &[Fragment]| pieces.iter().map(|piece| piece.text.len()).sum::<usize>();
    let shown = results.hits.iter().map(|hit| length(&hit.title) + length(&hit.snippet)).sum();
    (results.total, shown)
}

/// The best of some rounds.
fn time(search: impl Fn() -> (usize, usize)) -> Duration {
    let round = || {
        let begun = Instant::now();
        std::hint::black_box(search());
        begun.elapsed()
    };
    (0..ROUNDS).map(|_| round()).min().expect("tantivy does it")
}

fn compare(
    name: &str,
    queries: &[String],
    (index, kind): (&Index, Option<&str>),
    bare: &Bare,
) -> Line {
    let mut times: Vec<(Duration, Duration)> = Vec::new();
    for query in queries {
        let (found, _) = bare.search(query);
        if found > 0 {
            times.push((time(|| ours(index, kind, query)), time(|| bare.search(query))));
        }
    }
    let ours = median(times.iter().map(|pair| pair.0).collect());
    let theirs = median(times.iter().map(|pair| pair.1).collect());
    Line::times(name, ours, theirs, Reach::AtMost(1.3))
}

/// The lines of the table.
pub(crate) fn run() -> Vec<Line> {
    let words: Vec<&str> = WORDS.split_whitespace().collect();
    let documents = documents(DOCUMENTS, &words);
    let queries = queries(&documents, &words);
    let dir = tempfile::tempdir().expect("a folder");
    let index = Index::open(dir.path()).expect("an index");
    for chunk in documents.chunks(2_000) {
        let changes = chunk.iter().cloned().map(Change::Put).collect();
        index.apply(changes, 1).expect("the documents are taken");
    }
    let all = (&index, None);
    let pairs = Bare::new(&documents, TextAnalyzer::builder(Pairs).build());
    let with_pairs = compare("search, against tantivy with bigrams", &queries, all, &pairs);
    drop(pairs);
    let jieba = Bare::new(&documents, TextAnalyzer::builder(JiebaTokenizer::new()).build());
    let with_words = compare("search, against tantivy with words", &queries, all, &jieba);
    drop(jieba);
    vec![with_pairs, with_words, catalogue(&index, &words)]
}

fn catalogue(index: &Index, words: &[&str]) -> Line {
    let resources = resources(RESOURCES, words);
    let queries = self::queries(&resources, words);
    for chunk in resources.chunks(2_000) {
        let changes = chunk.iter().cloned().map(Change::Put).collect();
        index.apply(changes, 2).expect("the resources are taken");
    }
    let bare = Bare::new(&resources, TextAnalyzer::builder(Pairs).build());
    let name = "the catalogue, 10,000 resources, against tantivy with bigrams";
    compare(name, &queries, (index, Some("dataset")), &bare)
}
