//! The words by which operations are found: what each is called in Chinese, what people search it by, and who
//! may use it.
//!
//! A description speaks the language of the register; whoever looks for an operation types the words of their
//! office. What stands here is published with each operation, as `x-summary-zh` and `x-keywords`, and
//! searched by the page at `/docs`.

use serde_json::json;
use utoipa::openapi::{OpenApi, PathItem, path::Operation};

use crate::{
    cases::Step,
    http::shell::{language::Language, operations::permission, vocabulary::Worded},
    identity::{Permission, Role},
};

/// What an operation is called in Chinese, as a field of the document.
const SUMMARY_ZH: &str = "x-summary-zh";

/// The words that people search an operation by, as a field of the document.
const KEYWORDS: &str = "x-keywords";

/// By `operationId`: what it is called in Chinese, and the words beside those of its summary and description.
const OPERATIONS: &[(&str, &str, &str)] = &[
    // The server.
    ("get_health", "查看服务是否存活", "liveness alive ping 心跳 健康检查"),
    ("get_metrics", "查看运行指标", "monitoring statistics prometheus 监控 统计"),
    ("get_readiness", "查看服务是否就绪", "readiness status 健康检查 就绪"),
    // Users and sessions.
    ("sign_in", "登录", "login log-in authenticate token session 登陆 认证 令牌"),
    ("refresh_tokens", "续期登录", "stay signed in renew token session 刷新令牌 续期"),
    ("revoke_tokens", "退出登录", "logout log-out sign out 注销登录 退出"),
    ("get_me", "查看本人信息", "whoami my account profile my roles 我的账号 我的权限 个人中心"),
    ("change_password", "修改本人密码", "reset password 改密码 重置密码 口令"),
    ("list_users", "查询用户", "accounts staff operators logins 账号 人员 操作员"),
    ("create_user", "新增用户", "add user account register staff login 开户 账号 新建账号 授权 分配角色"),
    ("get_user", "查看用户", "account staff login 账号 人员"),
    (
        "change_user",
        "修改或停用用户",
        "disable lock deactivate reset password roles grant 停用 禁用 重置密码 授权 角色",
    ),
    ("list_delegations", "查询委托代行", "deputy substitute stand-in absence 代办 代批 委托 授权"),
    (
        "delegate_decisions",
        "委托他人代行审批",
        "deputy substitute stand-in absence holiday approve for me 代办 代批 委托 授权 外出 请假 代行",
    ),
    ("get_delegation", "查看委托代行", "deputy substitute stand-in 代办 代批 委托 授权"),
    ("revoke_delegation", "撤销委托代行", "end cancel deputy substitute 取消委托 收回授权 终止代行"),
    // Regions, parties, projects, documents.
    ("list_regions", "查询行政区划", "villages townships counties division codes 村 乡镇 区划代码"),
    ("record_region", "登记行政区划", "add village township county division code 新增村 乡镇 区划代码"),
    ("get_region", "查看行政区划", "village township county division code 村 乡镇 区划代码"),
    (
        "list_parties",
        "查询主体",
        "search people companies households villagers owners tenants buyers suppliers 农户 村民 企业 公司 合作社 承租方 单位",
    ),
    (
        "record_party",
        "登记主体",
        "add person company household villager cooperative owner tenant buyer credit code id number 新增农户 \
         企业 公司 合作社 村集体 统一社会信用代码 身份证",
    ),
    (
        "get_party",
        "查看主体",
        "person company household villager cooperative owner tenant 农户 企业 公司 合作社",
    ),
    (
        "change_party",
        "修改主体信息",
        "rename edit name identifier dissolved closed bankrupt deceased 改名 更名 注销企业 吊销 解散 死亡",
    ),
    (
        "erase_party",
        "删除个人信息",
        "delete personal data privacy right to be forgotten gdpr anonymise 隐私 注销个人信息 匿名",
    ),
    (
        "get_holdings",
        "查询主体持有的权利",
        "what does a company own portfolio look-through indirect ownership subsidiaries 名下资产 持有 穿透 间接持股",
    ),
    (
        "list_relations",
        "查询主体间的关系",
        "related parties shareholders members relatives kin control 关联方 股东 成员 亲属 关联关系",
    ),
    (
        "relate_party",
        "登记主体间的关系",
        "related party shareholder shareholding member relative kin legal representative control officer head secretary employee \
         关联方 股东 持股 入股 成员 亲属 法定代表人 任职 村干部 受雇 回避",
    ),
    ("get_relation", "查看主体间的关系", "related party shareholder member relative 关联方 股东 成员 亲属"),
    (
        "end_relation",
        "终止主体间的关系",
        "related party left sold shares shareholder member 退股 退社 解除关联",
    ),
    (
        "list_projects",
        "查询项目",
        "search poverty alleviation programmes funds 扶贫项目 帮扶项目 衔接资金 台账",
    ),
    (
        "record_project",
        "登记项目",
        "add poverty alleviation programme funding grant subsidy budget 扶贫项目 帮扶项目 衔接资金 财政资金 资金来源 补助",
    ),
    ("get_project", "查看项目", "poverty alleviation programme funding grant subsidy 扶贫项目 资金来源 补助"),
    (
        "bring_document",
        "上传文件",
        "upload file attachment scan photo pdf minutes evidence proof 上传 附件 扫描件 照片 材料 会议记录 凭证",
    ),
    ("get_document", "查看文件信息", "file attachment upload hash size 附件 材料"),
    ("get_document_content", "下载文件", "download open view file attachment 下载 打开 附件 材料"),
    // Assets and what lies on them.
    (
        "list_assets",
        "查询资产",
        "search inventory property register ledger of assets idle 资产台账 清单 家底 闲置资产 扶贫资产 固定资产",
    ),
    (
        "record_asset",
        "登记资产",
        "add property building greenhouse road inventory 新增资产 录入 入账 固定资产 大棚 房屋",
    ),
    ("get_asset", "查看资产", "property building details status 资产详情 卡片"),
    (
        "describe_asset",
        "修改资产描述",
        "edit update rename location idle under repair status 改名 更新 位置 闲置 维修 状态",
    ),
    (
        "get_asset_value",
        "查看资产账面价值",
        "depreciation book value net value worth written down 折旧 净值 残值 账面净值",
    ),
    (
        "get_rights",
        "查看资产权利人",
        "who owns owner holder shares proportion title 权属 产权 所有权人 份额 股权",
    ),
    (
        "get_ownership_chain",
        "查看权属来源链",
        "history provenance title chain previous owners trace origin picture 历史 沿革 溯源 追溯 权属变更记录",
    ),
    (
        "get_beneficial_owners",
        "查看受益所有人",
        "ubo ultimate beneficial owner controller look-through bods 实际控制人 受益人 穿透 股权结构",
    ),
    (
        "query_holders",
        "批量查询权利人",
        "who owns many assets bulk batch owners on a day 批量 权属 产权 所有权人",
    ),
    (
        "stream_holders",
        "导出全区权利人",
        "export download all owners bulk dump region ndjson 导出 全部 权属清单 产权",
    ),
    (
        "list_restrictions",
        "查询权利限制",
        "mortgages pledges seizures freeze liens encumbrances disputes 抵押 质押 查封 冻结 纠纷",
    ),
    (
        "impose_restriction",
        "登记权利限制",
        "mortgage pledge seizure freeze lien encumbrance dispute loan collateral 抵押 质押 查封 冻结 纠纷 担保 贷款",
    ),
    ("get_restriction", "查看权利限制", "mortgage pledge seizure freeze lien 抵押 质押 查封 冻结"),
    (
        "release_restriction",
        "解除权利限制",
        "lift unfreeze discharge mortgage loan repaid 解押 解封 解冻 注销抵押",
    ),
    ("list_registrations", "查询首次登记", "first registrations title 确权 初始登记"),
    (
        "draft_registration",
        "起草首次登记",
        "confirm rights first owner title register ownership 确权 初始登记 权属登记 确权到村",
    ),
    ("get_registration", "查看首次登记", "first registration title 确权 初始登记"),
    (
        "decide_on_registration",
        "办理首次登记",
        "approve review submit reject withdraw 审批 审核 提交 驳回 撤回 执行 确权",
    ),
    // Certificates.
    (
        "issue_certificate",
        "出具登记证书",
        "print certificate title deed extract proof of ownership qr 打印 产权证 登记证 权属证明 二维码",
    ),
    ("list_certificate_keys", "获取证书公钥", "public key jwks signature verification 公钥 验签"),
    ("verify_certificate", "核验登记证书", "check authenticity genuine forged signature 验真 真伪 验签 防伪"),
    (
        "verify_printed_certificate",
        "扫码核验登记证书",
        "scan qr code check paper genuine forged 扫码 二维码 验真 真伪 防伪",
    ),
    // Transfers, alterations, corrections.
    ("list_transfers", "查询权利转让", "sales leases swaps gifts deals 转让 出售 出租 租赁 流转 置换 交易"),
    (
        "draft_transfer",
        "起草权利转让",
        "sell sale buy lease rent out let tenant swap exchange gift donate price appraisal deal 转让 出售 买卖 \
         出租 租赁 发包 流转 置换 赠与 评估 交易",
    ),
    (
        "check_transfer",
        "预检权利转让",
        "asset loss underpriced fair price related party appraisal compliance dry run 流失 风险 低价 评估 关联交易 合规 试算",
    ),
    ("get_transfer", "查看权利转让", "sale lease swap gift deal findings 转让 出售 出租 租赁 流转"),
    (
        "decide_on_transfer",
        "办理权利转让",
        "approve review submit reject withdraw execute sale lease 审批 审核 提交 驳回 撤回 执行 转让 出租 租赁",
    ),
    (
        "list_alterations",
        "查询资产与权利变更",
        "terminations renewals divisions mergers disposals scrapped 变更 退租 续租 分割 合并 报废 处置",
    ),
    (
        "draft_alteration",
        "起草资产与权利变更",
        "end terminate cancel lease renew extend split divide merge scrap write-off dispose demolish \
         restore 变更 退租 解除合同 续租 续签 分割 合并 报废 核销 处置 拆除 恢复",
    ),
    (
        "get_alteration",
        "查看资产与权利变更",
        "termination renewal division merger disposal 变更 退租 续租 分割 合并 报废",
    ),
    (
        "decide_on_alteration",
        "办理资产与权利变更",
        "approve review submit reject withdraw execute 审批 审核 提交 驳回 撤回 执行 报废 处置",
    ),
    (
        "correct_asset",
        "当场更正资产信息",
        "fix mistake typing error wrong value quantity class day void duplicate delete 改错 录错 误录 万元 作废 重复登记 撤销登记",
    ),
    (
        "correct_project",
        "当场更正项目信息",
        "fix mistake typing error wrong funding code year void duplicate delete 改错 录错 误录 资金 万元 作废 重复登记",
    ),
    (
        "correct_contract",
        "当场更正合同信息",
        "fix mistake typing error wrong rent schedule lessee term void duplicate delete 改错 录错 误录 租金 年份 作废 重复登记",
    ),
    ("list_amendments", "查询登记更正案件", "mistakes errors fixes void 更正 纠错 作废 万元"),
    (
        "draft_amendment",
        "起草登记更正案件",
        "fix mistake typing error wrong value quantity class day void duplicate delete 更正 改错 录错 误录 万元 作废 重复登记",
    ),
    ("get_amendment", "查看登记更正案件", "mistake error fix void 更正 纠错 作废"),
    (
        "decide_on_amendment",
        "办理登记更正案件",
        "approve review submit reject withdraw 审批 审核 提交 驳回 撤回 执行 更正 作废",
    ),
    ("list_corrections", "查询更正登记", "mistakes errors fixes 更正 纠错"),
    (
        "draft_correction",
        "起草更正登记",
        "fix mistake error wrong owner rectify 更正 纠错 改错 录错 登记错误",
    ),
    ("get_correction", "查看更正登记", "mistake error fix 更正 纠错"),
    (
        "decide_on_correction",
        "办理更正登记",
        "approve review submit reject withdraw 审批 审核 提交 驳回 撤回 执行 更正",
    ),
    // Notices, objections, policies.
    ("list_notices", "查询公示", "announcements publicity bulletin posted 公告 公开 公示栏"),
    ("get_notice", "查看公示", "announcement publicity bulletin 公告 公开"),
    ("get_notice_content", "下载公示原文", "announcement original bytes hash 公告 原文"),
    (
        "record_paper_notice",
        "登记纸质公示",
        "paper notice board photograph posted before 纸质公示 公示照片 公开栏 补录 以前公示",
    ),
    ("list_objections", "查询异议", "complaints protests appeals 投诉 意见 举报"),
    ("object_to_notice", "提出异议", "complain complaint protest appeal report 投诉 意见 举报 反对"),
    ("answer_objection", "答复异议", "reply dismiss uphold complaint 答复投诉 处理意见 驳回异议 采纳"),
    (
        "answer_objections",
        "一并答复多件异议",
        "reply many complaints bulk dismiss 批量答复 合并处理 重复异议 恶意异议",
    ),
    (
        "list_overrides",
        "查询县级核准理由",
        "override escalation exception waiver reason approved despite finding audit 例外 核准 破例 理由 风险 审计 上报县级",
    ),
    (
        "get_policy_schema",
        "查看政策参数说明",
        "settings thresholds units bounds defaults meaning 参数 标准 单位 范围 默认值 含义 依据",
    ),
    (
        "set_policy",
        "制定政策",
        "settings thresholds limits configuration notice period price floor set-aside rates 设置 参数 标准 阈值 \
         公示期 提取比例 限额",
    ),
    (
        "simulate_policy",
        "试算政策的影响",
        "what if simulation impact test try thresholds limits before setting replay cases 模拟 试算 测算 影响 调整 参数 \
         标准 阈值 预演",
    ),
    (
        "get_effective_policy",
        "查看现行政策",
        "settings thresholds limits rules in force 参数 标准 阈值 限额 现行规定",
    ),
    (
        "list_loss_rules",
        "查询资产流失检查规则",
        "checks rules law basis severity parameters findings 规则 检查 依据 流失 参数 预警",
    ),
    ("get_policy", "查看政策版本", "settings thresholds limits version 参数 标准 阈值"),
    // Money.
    (
        "list_contracts",
        "查询合同",
        "leases rent tenants agreements arrears overdue debts 租赁合同 租约 承包 租金 欠租 拖欠",
    ),
    (
        "record_contract",
        "登记合同",
        "lease rent tenant agreement earlier old contract 租赁合同 租约 出租 承包合同 补录",
    ),
    (
        "get_contract",
        "查看合同",
        "lease rent tenant agreement arrears overdue debt paid so far 租赁合同 租约 欠租 拖欠 应收 已收",
    ),
    (
        "list_proceeds",
        "查询处置价款",
        "proceeds of sales disposals price due open overdue owed buyer payer scrap value compensation 处置价款 价款 应收 未收 欠款 逾期 残值 补偿",
    ),
    ("list_receipts", "查询收款", "rent income payments received money in 租金 收入 进账 流水"),
    (
        "record_receipt",
        "登记收款",
        "rent income payment received dividend sale proceeds compensation money in cash deposit 收租 租金 收入 \
         入账 到账 分红收入 补偿款 电费",
    ),
    ("get_receipt", "查看收款", "rent income payment received 租金 收入 凭据"),
    (
        "reverse_payment",
        "冲销支出",
        "undo cancel delete void wrong amount payment expense 红冲 撤销 作废 录错金额 误付 支出",
    ),
    (
        "reverse_receipt",
        "冲销收款",
        "undo cancel delete void wrong amount refund 红冲 撤销 作废 退款 录错金额",
    ),
    ("list_distributions", "查询收益分配", "dividends allotments profit sharing 分红 分配方案"),
    (
        "draft_distribution",
        "起草收益分配",
        "dividend allot allotment profit sharing divide income bonus payout households 分红 分配方案 红利 收益 公益金 公积金",
    ),
    (
        "preview_distribution",
        "试算收益分配",
        "dividend calculation simulate allotment plan how much 分红 测算 分配方案 试算",
    ),
    ("get_distribution", "查看收益分配", "dividend allotment plan profit sharing lines 分红 分配方案"),
    (
        "decide_on_distribution",
        "办理收益分配",
        "approve review submit reject withdraw pay out dividend 审批 审核 提交 驳回 撤回 执行 分红",
    ),
    ("list_accounts", "查询账户", "balances ledger bank cash books 余额 账目 账本"),
    ("get_account", "查看账户", "balance money left ledger 余额 账目"),
    (
        "list_account_entries",
        "查询账户明细",
        "bookings statement transactions ledger movements 流水 明细账 分录 对账单",
    ),
    ("list_payments", "查询支出", "spending expenses expenditure costs 付款 开支 花费"),
    (
        "pay_from_account",
        "登记支出",
        "pay payment spend spending expense expenditure withdraw money out transfer repair 付款 开支 报销 维修费 \
         支付 转账",
    ),
    ("get_payment", "查看支出", "spending expense expenditure 付款 开支 凭据"),
    (
        "list_income_records",
        "读取资金变动",
        "feed sync export accounting finance system integration bookkeeping vouchers incremental 对接 同步 导出 \
         财务系统 记账凭证 接口 增量",
    ),
    (
        "get_trial_balance",
        "查看试算平衡表",
        "balance sheet reconcile reconciliation debit credit totals accounting report 试算平衡 对账 借贷 报表 资产负债",
    ),
    // Maintenance.
    (
        "list_maintenance_assignments",
        "查询管护责任",
        "upkeep maintainers caretakers who repairs inspection 管护 管护人 责任人 养护 维修 巡查",
    ),
    (
        "assign_maintenance",
        "落实管护责任",
        "upkeep maintainer caretaker responsible repair inspection service 管护 管护人 责任人 养护 维修 巡查 管护协议",
    ),
    (
        "get_maintenance_assignment",
        "查看管护责任",
        "upkeep maintainer caretaker repair 管护 管护人 责任人 养护",
    ),
    (
        "end_maintenance_assignment",
        "终止管护责任",
        "upkeep maintainer caretaker change replace 管护 更换管护人 解除",
    ),
    (
        "list_maintenance_gaps",
        "查询无人管护的资产",
        "unmaintained missing maintainer caretaker upkeep nobody responsible neglected 管护空白 无人管护 缺管护人 失管",
    ),
    // The journal.
    (
        "list_journal",
        "查询登记日志",
        "audit trail log history who changed what when 审计 操作日志 留痕 谁改的",
    ),
    ("get_journal_checkpoint", "获取日志检查点", "signed root tamper evidence timestamp 防篡改 签名 根哈希"),
    ("cosign_journal_checkpoint", "提交见证签名", "witness cosignature notary 见证 联署 公证"),
    ("get_journal_keys", "获取日志公钥", "public key verification signature 公钥 验签"),
    (
        "prove_journal_consistency",
        "证明日志未被改写",
        "tamper append-only consistency merkle proof 防篡改 一致性 证明",
    ),
    ("prove_journal_entry", "证明日志含有记录", "inclusion merkle proof evidence 存证 包含证明"),
    (
        "prove_journal_leaf",
        "按哈希证明日志含有记录",
        "inclusion merkle proof leaf court evidence 存证 法院 包含证明",
    ),
    ("get_journal_tiles_checkpoint", "获取日志检查点（瓦片地址）", "tlog tiles checkpoint monitor 防篡改"),
    ("get_journal_entry_bundle", "获取日志记录包", "tlog tiles entries bundle mirror 镜像"),
    ("get_journal_tile", "获取日志瓦片", "tlog tiles merkle tree mirror 镜像 默克尔树"),
];

/// Says of every operation what it is called in Chinese, what it is searched by, and who may use it.
pub(super) fn describe(document: &mut OpenApi) {
    for item in document.paths.paths.values_mut() {
        let PathItem { get, put, post, delete, patch, .. } = item;
        for operation in [get, put, post, delete, patch].into_iter().flatten() {
            describe_operation(operation);
        }
    }
}

fn describe_operation(operation: &mut Operation) {
    let id = operation.operation_id.as_deref().unwrap_or_default();
    let needed = permission(operation);
    let mut said = vec![operation.description.take().unwrap_or_default()];
    let mut chinese = needs_in_chinese(needed);
    if needed == Some(Permission::CasesDecide) {
        said.push(format!("Who takes which step: {}.", steps(Language::English)));
        chinese.push_str(&format!("各步骤由谁办理：{}。", steps(Language::Chinese)));
    }
    if let Some((_, called, keywords)) = OPERATIONS.iter().find(|(of, ..)| *of == id) {
        let extensions = operation.extensions.get_or_insert_default();
        extensions.insert(SUMMARY_ZH.to_owned(), json!(called));
        extensions.insert(KEYWORDS.to_owned(), json!(keywords.split(' ').collect::<Vec<_>>()));
        chinese.insert_str(0, &format!("{called}。"));
    }
    said.push(chinese);
    operation.description = Some(said.join("\n\n"));
}

/// Who may use it, in Chinese.
fn needs_in_chinese(needed: Option<Permission>) -> String {
    let Some(permission) = needed else { return "无需令牌。".to_owned() };
    let roles = Role::ALL.iter().copied().filter(|it| it.may(permission));
    let called = permission.word(Language::Chinese);
    format!("需要权限 `{permission}`（{called}），有此权限的角色：{}。", names(roles, Language::Chinese))
}

/// Which step of a case is taken by whom.
fn steps(language: Language) -> String {
    let step = |it: &Step| {
        let roles = names(it.roles().into_iter(), language);
        match language {
            Language::Chinese => format!("`{it}`（{}）：{roles}", it.word(language)),
            Language::English => format!("`{it}`: {roles}"),
        }
    };
    Step::ALL.iter().map(step).collect::<Vec<_>>().join(language.of_two("；", "; "))
}

/// Roles as a list: by their names in Chinese, by their codes in English.
fn names(roles: impl Iterator<Item = Role>, language: Language) -> String {
    let name = |it: Role| match language {
        Language::Chinese => it.word(language),
        Language::English => format!("`{it}`"),
    };
    roles.map(name).collect::<Vec<_>>().join(language.of_two("、", ", "))
}
