//! Codes in the words of both languages, and how figures are written in sentences.
//!
//! A code stands in a sentence in the words of its language. Where it is meant to be typed, it stands in backquotes.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::{
    cases::{
        CaseKind, CaseStatus, Step,
        decision::{DecisionBody, Matter},
        notices::{
            ClosedBecause, DayCount, ObjectionStatus,
            content::{ConsiderationKind, NoticedFate},
        },
        policies::values::FORBIDDEN_USES,
        purpose::Purpose,
    },
    http::shell::{hindrance::Hindrance, language::Language},
    identity::{
        Permission, Role, SecondSignature,
        delegations::{DelegatedStep, Direction},
    },
    loss::{check::Severity, finding::Outcome, rules::RuleId},
    maintenance::assignments::model::Mode,
    money::{
        accounts::AccountPurpose, distributions::Ground, ledger::PostingKind, proceeds::ProceedsKind,
        receipts::ReceiptKind,
    },
    register::{
        assets::{AssetStatus, AssetUse},
        certificates,
        codes::{
            AssetClass, DealWay, DisposalCause, DisposalPaper, DisposalWay, Mistake, OfficerPost, PartyKind,
            RecordStatus, RelationKind, RestrictionKind, RightKind, Sector,
        },
        parties::{erasure::ErasureGround, identifiers::IdentifierScheme},
        projects::FundingSource,
        rights::{BreakKind, InstrumentKind},
    },
    values::{Fen, RegionLevel, Share, fen},
};

/// What can stand in a sentence.
pub(crate) trait Worded {
    /// As it is written in a language.
    fn word(&self, language: Language) -> String;
}

/// Gives words to every value of some closed lists: Chinese, and English as it stands in a sentence. A value without words
/// does not compile.
macro_rules! words {
    ($($list:ty { $($variant:ident = $zh:literal, $en:literal;)+ })+) => {
        $(impl Worded for $list {
            fn word(&self, language: Language) -> String {
                match self { $(Self::$variant => language.of_two($zh, $en)),+ }.to_owned()
            }
        })+

        /// The codes of each list, each with its word in a language.
        fn lists(language: Language) -> Vec<Vec<(&'static str, String)>> {
            let rules = RuleId::ALL.iter().map(|it| (it.code(), it.word(language))).collect();
            vec![$(<$list>::ALL.iter().map(|it| (it.code(), it.word(language))).collect(),)+ rules]
        }
    };
}

words! {
    Hindrance {
        DatabaseUnreachable = "数据库无法连接", "the database cannot be reached";
        DatabaseBusy = "数据库已数秒没有应答", "the database has not answered for some seconds";
        DatabaseFailing = "数据库有应答，但读取失败，原因见服务器日志", "the database answers and fails to give what is asked of it: the log says why";
        DatabaseDamaged = "数据库文件已损坏，须从备份恢复", "the file of the database is damaged, and must be restored from a backup";
        DatabaseDenied = "数据库角色的权限不足", "the role of the database lacks rights";
        MigrationsMissing = "数据库结构尚未更新，请管理员执行迁移", "migrations of the database are missing (sanquan migrate)";
        MigrationsUnknown = "数据库属于更新的版本，请改用该版本的程序", "the database is of a later release, which must be run instead";
        DatabaseReadOnly = "数据库只能读取，不能写入", "the database can only be read";
        StorageFull = "磁盘空间不足", "there is no room left on the disk";
        SealingBehind = "日志记录未能及时封存", "entries of the journal wait too long to be sealed";
        SigningRefused = "日志与此前签署的内容不衔接，已停止签署", "the journal does not go on from what was signed, and is not signed";
        KeysUnfit = "本服务器的密钥缺失，或者与登记在案的不符", "a key of this server is missing, or is not the one on record";
        ClockBehind = "服务器时钟落后于最近一次封存的时刻", "the clock of the server is behind the last sealed instant";
        ClockAhead = "服务器时钟远远超前于最近一次封存的时刻，核实无误后请管理员确认", "the clock of the server is far ahead of the last sealed instant; if it is right, an administrator confirms it (sanquan confirm-clock)";
    }
    AssetClass {
        Operating = "经营性资产", "operating";
        PublicWelfare = "公益性资产", "public welfare";
        Household = "到户类资产", "household";
    }
    AssetStatus {
        InUse = "在用", "in use";
        Idle = "闲置", "idle";
        UnderRepair = "维修中", "under repair";
        Scrapped = "已报废", "scrapped";
        Lost = "已灭失", "lost";
        Disposed = "已处置", "disposed of";
        Divided = "已分割", "divided";
        Merged = "已合并", "merged into another";
        Voided = "已作废", "void";
    }
    RecordStatus {
        Recorded = "有效", "on record";
        Voided = "已作废", "void";
    }
    AssetUse {
        InUse = "在用", "in use";
        Idle = "闲置", "idle";
        UnderRepair = "维修中", "under repair";
    }
    RightKind {
        Ownership = "所有权", "ownership";
        Management = "经营权", "management";
        Income = "收益权", "income";
    }
    Sector {
        State = "国有", "state";
        Collective = "集体", "collective";
        Private = "私有", "private";
    }
    PartyKind {
        VillageCollective = "农村集体经济组织", "village collective";
        VillagersCommittee = "村民委员会", "villagers' committee";
        TownshipGovernment = "乡镇人民政府", "township government";
        CountyAgency = "县级部门", "county agency";
        StateEnterprise = "国有企业", "state enterprise";
        Cooperative = "农民专业合作社", "cooperative";
        Enterprise = "企业", "enterprise";
        Household = "农户", "household";
        Person = "自然人", "person";
    }
    RelationKind {
        Shareholder = "持股", "shareholder";
        Member = "成员", "member";
        ControlledBy = "受控制", "controlled by";
        LegalRepresentative = "法定代表人", "legal representative";
        Kin = "亲属", "kin";
        OfficerOf = "任职", "officer";
        EmployedBy = "受雇", "employed";
        Associate = "其他利害关系", "associate";
    }
    OfficerPost {
        PartySecretary = "党组织书记", "party secretary";
        Head = "负责人", "head";
        CommitteeMember = "委员", "committee member";
        Bookkeeper = "会计", "bookkeeper";
        Supervisor = "监督人员", "supervisor";
    }
    DelegatedStep {
        Review = "审核", "review";
        Approve = "批准", "approve";
    }
    Direction {
        Given = "委托他人的", "given";
        Received = "受他人委托的", "received";
    }
    RestrictionKind {
        Mortgage = "抵押", "mortgage";
        Pledge = "质押", "pledge";
        Seizure = "查封", "seizure";
        Dispute = "权属争议", "dispute";
        TransferBan = "禁止转让", "ban on transfer";
    }
    Mistake {
        WrongParty = "主体登记错误", "of somebody else";
        WrongAsset = "资产登记错误", "of another asset";
        EnteredTwice = "重复登记", "entered twice";
        NeverSo = "事实不存在", "never so";
        WrongDay = "终止日期有误", "ended on another day";
        EnteredLate = "事后补登", "entered late";
    }
    DisposalCause {
        NaturalDisaster = "自然灾害", "natural disaster";
        Demolition = "拆除征占", "demolition";
        EndOfLife = "达到使用年限", "end of its life";
        LowYield = "效益低下", "low yield";
        InvestmentEnded = "投资到期", "end of the investment";
        Replaced = "被新项目覆盖", "replaced by a new project";
        Other = "其他原因", "another reason";
    }
    DisposalWay {
        Scrapping = "报废", "scrapping";
        LossReport = "报损", "report of its loss";
        Demolition = "拆除", "demolition";
        Withdrawal = "退出投资", "withdrawal of the investment";
        Conversion = "转产", "conversion";
        Suspension = "报停", "suspension";
    }
    DealWay {
        Sale = "协议转让", "sale";
        Auction = "拍卖", "auction";
        Swap = "置换", "swap";
        Donation = "捐赠", "donation";
    }
    DisposalPaper {
        TechnicalReport = "技术鉴定报告", "technical report";
        DisasterProof = "灾害证明", "proof of the disaster";
        OfficialDecision = "规划、征占或者拆除决定", "decision of the authority";
        CompensationAgreement = "补偿协议", "compensation agreement";
        InvestmentAgreement = "投资、入股协议", "investment agreement";
        ConversionPlan = "转产方案", "plan for the conversion";
    }
    ProceedsKind {
        Sale = "出售", "sale";
        Disposal = "处置", "disposal";
    }
    ErasureGround {
        PurposeAchieved = "处理目的已实现", "purpose achieved";
        RetentionOver = "保存期限已届满", "retention period over";
        ConsentWithdrawn = "个人撤回同意", "consent withdrawn";
        UnlawfulHandling = "违法处理", "unlawful handling";
        OtherLaw = "法律、行政法规规定的其他情形", "another law";
    }
    IdentifierScheme {
        Uscc = "统一社会信用代码", "unified social credit code";
        CitizenId = "公民身份号码", "citizen's number";
        None = "无证件号码", "no identifier";
    }
    FundingSource {
        Central = "中央资金", "central funds";
        Provincial = "省级资金", "provincial funds";
        Municipal = "市级资金", "municipal funds";
        County = "县级资金", "county funds";
        EastWestCooperation = "东西部协作资金", "east-west cooperation";
        PairedAssistance = "定点帮扶资金", "paired assistance";
        Donation = "社会捐赠", "donation";
        Bond = "债券资金", "bond";
        Loan = "贷款", "loan";
        SelfRaised = "自筹资金", "own funds";
        Other = "其他", "other";
    }
    InstrumentKind {
        FirstRegistration = "首次登记", "first registration";
        Transfer = "转移", "transfer";
        Grant = "授予", "grant";
        Correction = "更正", "correction";
        Termination = "提前终止", "termination";
        Renewal = "续期", "renewal";
        Division = "分割", "division";
        Merger = "合并", "merger";
        Disposal = "处置", "disposal";
        PriorOwnership = "补登此前权属", "prior ownership";
        Restoration = "恢复", "restoration";
        Voiding = "作废", "voiding";
    }
    BreakKind {
        NoBeginning = "没有首次登记", "no beginning";
        GiverNotHolder = "转出方当时不持有该权利", "giver held nothing";
        HoldersDiffer = "前后权利人不一致", "holders differ";
        GapInTime = "权利期间中断", "gap in time";
        MissingDocument = "缺少文件", "missing document";
        RegisterDiffers = "与登记簿不一致", "register differs";
        NoProject = "没有对应项目", "no project";
    }
    RegionLevel {
        Province = "省级", "province";
        City = "市级", "city";
        County = "县级", "county";
        Township = "乡级", "township";
        Village = "村级", "village";
    }
    CaseKind {
        Registration = "首次登记", "first registration";
        Transfer = "转移", "transfer";
        Distribution = "收益分配", "distribution";
        Correction = "更正", "correction";
        Alteration = "变更", "alteration";
        Amendment = "登记内容更正", "amendment";
    }
    CaseStatus {
        Draft = "尚为草稿", "still a draft";
        Submitted = "已提交", "submitted";
        Reviewed = "已审核", "reviewed";
        Noticed = "公示已结束", "past its notice";
        Approved = "已批准", "approved";
        Executed = "已执行", "executed";
        Rejected = "已被驳回", "rejected";
        Withdrawn = "已撤回", "withdrawn";
    }
    Step {
        Submit = "提交", "submit it";
        Review = "审核", "review it";
        StartNotice = "开始公示", "post its notice";
        CloseNotice = "结束公示", "close its notice";
        Approve = "批准", "approve it";
        Execute = "执行", "execute it";
        Reject = "驳回", "reject it";
        Withdraw = "撤回", "withdraw it";
    }
    DecisionBody {
        MembersAssembly = "成员大会", "members' assembly";
        DelegatesAssembly = "成员代表大会", "delegates' assembly";
        Council = "理事会", "council";
    }
    Matter {
        Confirmation = "确权", "confirmation of rights";
        Disposal = "资产处置", "disposal";
        Lease = "资产出租", "lease";
        LandContract = "土地承包", "land contract";
        IncomeShares = "收益权份额量化", "quantified income shares";
        IncomePlan = "收益分配方案", "distribution plan";
    }
    Purpose {
        OperationAndMaintenance = "运营维护", "operation and maintenance";
        Consolidation = "巩固脱贫成果", "consolidation";
        VillagePublicWelfare = "村级公益事业", "village public welfare";
        PublicPosts = "公益岗位", "public posts";
        Reserve = "公积金", "reserve";
        Members = "成员分红", "members";
        DisposalProceeds = "处置所得", "proceeds of disposals";
        Undistributed = "未分配收益", "undistributed";
        Unclaimed = "无人领取的收益", "unclaimed";
    }
    AccountPurpose {
        OperationAndMaintenance = "运营维护", "operation and maintenance";
        Consolidation = "巩固脱贫成果", "consolidation";
        VillagePublicWelfare = "村级公益事业", "village public welfare";
        PublicPosts = "公益岗位", "public posts";
        Reserve = "公积金", "reserve";
        Members = "成员分红", "members";
        DisposalProceeds = "处置所得", "proceeds of disposals";
        Undistributed = "未分配收益", "undistributed";
        Unclaimed = "无人领取的收益", "unclaimed";
        Income = "资产收益", "income of an asset";
        External = "外部往来", "outside";
    }
    ReceiptKind {
        Rent = "租金", "rent";
        Dividend = "分红", "dividend";
        Electricity = "电费收入", "electricity";
        SaleProceeds = "处置价款", "proceeds of a sale";
        Compensation = "补偿款", "compensation";
        Other = "其他收入", "other income";
    }
    PostingKind {
        Receipt = "收款", "receipt";
        Distribution = "分配", "distribution";
        Payment = "支出", "payment";
        Reversal = "冲销", "reversal";
    }
    Ground {
        Rights = "权利人或其份额", "the holders of the rights or their shares";
        SetAsides = "提取比例", "what is set aside";
        Bounds = "用途比例的上下限", "the least and greatest parts for the uses";
    }
    ObjectionStatus {
        Open = "待答复", "open";
        Upheld = "异议成立", "upheld";
        Dismissed = "异议不成立", "dismissed";
    }
    ClosedBecause {
        PeriodOver = "公示期满", "its days are over";
        CaseRejected = "案件被驳回", "the case was rejected";
        CaseWithdrawn = "案件被撤回", "the case was withdrawn";
    }
    DayCount {
        AfterPosting = "自次日起算", "after the day of posting";
        Inclusive = "首日计入", "both days count";
    }
    ConsiderationKind {
        Price = "价款", "price";
        Rent = "租金", "rent";
        Swap = "置换", "swap";
        Nothing = "无偿", "nothing";
    }
    NoticedFate {
        Termination = "提前终止", "termination";
        Renewal = "续期", "renewal";
        Division = "分割", "division";
        Merger = "合并", "merger";
        Disposal = "处置", "disposal";
        Restoration = "恢复", "restoration";
    }
    Mode {
        SelfManaged = "自行管护", "self-managed";
        JointStock = "股份合作管护", "joint stock";
        Entrusted = "委托管护", "entrusted";
    }
    Severity {
        Warn = "提示", "warn";
        Escalate = "报县级批准", "escalate";
        Block = "禁止办理", "block";
    }
    Outcome {
        Pass = "通过", "pass";
        Escalate = "须报县级批准", "escalate";
        Block = "不得办理", "block";
    }
    SecondSignature {
        Verified = "已验证", "verified";
        NotGiven = "没有第二签名", "not given";
        NotChecked = "未验证", "not checked";
    }
    certificates::Refusal {
        Malformed = "格式不符", "malformed";
        OtherKey = "由其他密钥签名", "signed by another key";
        BadSignature = "签名无效", "bad signature";
        NotInJournal = "登记日志中没有", "not in the journal";
    }
    Role {
        VillageClerk = "村级经办人员", "village clerk";
        TownshipOfficer = "乡镇经办人员", "township officer";
        TownshipReviewer = "乡镇审核人员", "township reviewer";
        CountyApprover = "县级审批人员", "county approver";
        Auditor = "审计人员", "auditor";
        Finance = "财务人员", "finance office";
        Administrator = "管理员", "administrator";
    }
    Permission {
        RegionsRead = "查看区划", "read regions";
        RegionsWrite = "登记区划", "record regions";
        PartiesRead = "查看主体", "read parties";
        PartiesWrite = "登记和修改主体", "record parties";
        PartiesErase = "依法删除个人信息", "erase a person's data";
        ProjectsRead = "查看项目", "read projects";
        ProjectsWrite = "登记项目", "record projects";
        AssetsRead = "查看资产", "read assets";
        AssetsWrite = "登记和修改资产", "record assets";
        DocumentsRead = "查看文件", "read documents";
        DocumentsWrite = "上传文件", "bring documents in";
        RestrictionsWrite = "登记和解除权利限制", "record restrictions";
        CasesRead = "查看案件", "read cases";
        CasesDraft = "起草案件", "draft cases";
        CasesDecide = "办理案件步骤", "take steps in cases";
        CasesSubmit = "提交案件和开始公示", "submit cases and post their notices";
        CasesReview = "审核案件和结束公示", "review cases and close their notices";
        CasesApprove = "批准和执行案件", "approve and execute cases";
        OverridesRead = "查看县级核准理由清单", "list what was approved with reasons";
        ObjectionsAnswer = "查看和答复异议", "answer objections";
        PoliciesRead = "查看政策", "read policies";
        PoliciesWrite = "制定政策", "set policies";
        PoliciesSimulate = "试算政策", "simulate policies";
        MaintenanceRead = "查看管护情况", "read maintenance";
        MaintenanceWrite = "落实管护责任", "assign maintenance";
        MoneyRead = "查看资金账目", "read accounts and receipts";
        ReceiptsWrite = "登记收款", "record receipts";
        ContractsWrite = "登记合同", "record contracts";
        PaymentsWrite = "支出和冲销", "pay and reverse";
        DelegationsRead = "查询委托代行", "read delegations";
        DelegationsWrite = "委托他人代行", "delegate decisions";
        JournalRead = "查看登记日志", "read the journal";
        JournalWitness = "提交见证签名", "bring what a witness signed";
        UsersRead = "查看用户", "read users";
        UsersWrite = "管理用户", "make and change users";
        MeRead = "查看本人信息", "read what is known of oneself";
        MeWrite = "修改本人密码", "change one's own password";
    }
}

/// A rule is called by its name.
impl Worded for RuleId {
    fn word(&self, language: Language) -> String {
        let name = self.rule().name;
        language.of_two(name.zh, name.en).to_owned()
    }
}

/// The word of a code in a list that has all of these codes.
pub(crate) fn of_list(codes: &[&str], language: Language) -> Option<Vec<String>> {
    let all = lists(language);
    let word = |list: &[(&str, String)], code: &str| {
        list.iter().find(|(it, _)| *it == code).map(|(_, word)| word.clone())
    };
    // The shortest list that has them all is the one that they are of.
    let of = all.iter().filter(|list| codes.iter().all(|it| list.iter().any(|(code, _)| code == it)));
    let list = of.min_by_key(|it| it.len())?;
    codes.iter().map(|it| word(list, it)).collect()
}

/// The roles that have a permission.
pub(crate) fn roles_that_may(permission: Permission) -> Several<Role> {
    Several(Role::ALL.iter().copied().filter(|it| it.may(permission)).collect())
}

/// Several things, of which any will do.
pub(crate) struct Several<T>(pub(crate) Vec<T>);

impl<T: Worded> Worded for Several<T> {
    fn word(&self, language: Language) -> String {
        let words: Vec<_> = self.0.iter().map(|it| it.word(language)).collect();
        match words.as_slice() {
            [all_but @ .., last] if !all_but.is_empty() => {
                let before = all_but.join(language.of_two("、", ", "));
                format!("{before}{}{last}", language.of_two("或", " or "))
            }
            _ => words.concat(),
        }
    }
}

/// What is typed as it stands: a code, a number of an identifier, a name of a field.
pub(crate) struct Quoted<T>(pub(crate) T);

impl<T: std::fmt::Display> Worded for Quoted<T> {
    fn word(&self, _: Language) -> String {
        format!("`{}`", self.0)
    }
}

/// A use of income by its code: a forbidden one or a purpose of accounts by its words, any other as it is typed.
pub(crate) struct UseInWords<'a>(pub(crate) &'a str);

impl Worded for UseInWords<'_> {
    fn word(&self, language: Language) -> String {
        let forbidden = FORBIDDEN_USES.iter().find(|(code, ..)| *code == self.0);
        let purpose = || Purpose::ALL.iter().find(|it| it.code() == self.0).map(|it| it.word(language));
        match forbidden {
            Some((_, zh, en)) => language.of_two(zh, en).to_owned(),
            None => purpose().unwrap_or_else(|| Quoted(self.0).word(language)),
        }
    }
}

/// A text that is there in both languages already.
pub(crate) struct Both {
    pub(crate) chinese: String,
    pub(crate) english: String,
}

impl Worded for Both {
    fn word(&self, language: Language) -> String {
        language.of_two(&self.chinese, &self.english).to_owned()
    }
}

impl Worded for BTreeSet<Hindrance> {
    fn word(&self, language: Language) -> String {
        let words: Vec<_> = self.iter().map(|it| it.word(language)).collect();
        words.join(language.of_two("；", "; "))
    }
}

/// A number or a fraction that was written out.
pub(crate) struct Written(pub(crate) String);

impl Worded for Written {
    fn word(&self, _: Language) -> String {
        self.0.clone()
    }
}

/// What is written alike in both languages: days, numbers, shares.
macro_rules! alike {
    ($($kind:ty),+) => {$(
        impl Worded for $kind {
            fn word(&self, _: Language) -> String {
                self.to_string()
            }
        }
    )+};
}

alike!(NaiveDate, Share, i32, i64, u32, u64, usize);

impl Worded for Fen {
    fn word(&self, language: Language) -> String {
        language.of_two(&fen::in_chinese(self.get()), &fen::in_english(self.get())).to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_chinese_word_is_a_code() {
        for (code, word) in lists(Language::Chinese).into_iter().flatten() {
            assert!(!word.is_empty() && !word.chars().any(|it| it.is_ascii()), "{code}: {word}");
        }
    }

    #[test]
    fn every_closed_list_of_the_interface_has_its_words() {
        let document = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/sanquan.json");
        let document: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(document).unwrap()).unwrap();
        let mut without = Vec::new();
        let schemas = &document["components"]["schemas"];
        for (name, schema) in schemas.as_object().unwrap() {
            let tag = |form: &serde_json::Value| {
                let named = form["$ref"].as_str().and_then(|it| it.rsplit('/').next());
                let form = named.map_or(form, |it| &schemas[it]);
                let fields = form["properties"].as_object()?;
                fields.values().find_map(|it| it["enum"].as_array().filter(|it| it.len() == 1).cloned())
            };
            let forms = || schema["oneOf"].as_array()?.iter().map(tag).collect::<Option<Vec<_>>>();
            let Some(codes) = schema["enum"].as_array().cloned().or_else(|| Some(forms()?.concat())) else {
                continue;
            };
            let codes: Vec<_> = codes.iter().filter_map(serde_json::Value::as_str).collect();
            if of_list(&codes, Language::Chinese).is_none() {
                without.push(name.as_str());
            }
        }
        // What is only answered, and never asked for, needs no words in sentences, nor does a step without another one.
        let only_answered = [
            "BecauseCode",
            "BodsRecordType",
            "Cause",
            "CertificateForm",
            "Code",
            "DelegationStep",
            "EndedBecause",
            "EvidenceKind",
            "GapKind",
            "PolicyUnit",
            "Verdict",
        ];
        without.retain(|it| !only_answered.contains(it));
        assert_eq!(without, [""; 0]);
    }

    #[test]
    fn several_are_joined_as_they_are_said() {
        let several = Several(vec![RightKind::Ownership, RightKind::Management, RightKind::Income]);
        assert_eq!(several.word(Language::Chinese), "所有权、经营权或收益权");
        assert_eq!(several.word(Language::English), "ownership, management or income");
        assert_eq!(Several(vec![Step::Submit]).word(Language::Chinese), "提交");
    }

    #[test]
    fn money_is_written_in_yuan() {
        assert_eq!(Fen::new(1_234_505).unwrap().word(Language::Chinese), "12345.05元");
    }
}
