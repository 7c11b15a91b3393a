//! The words of the picture of a chain, in Chinese and English.

use crate::{
    http::shell::language::Language,
    register::{
        codes::{RestrictionKind, RightKind},
        rights::{BreakKind, InstrumentKind},
    },
};

pub(in crate::http) const fn right(kind: RightKind, language: Language) -> &'static str {
    match kind {
        RightKind::Ownership => language.of_two("所有权", "Ownership"),
        RightKind::Management => language.of_two("经营权", "Management"),
        RightKind::Income => language.of_two("收益权", "Income"),
    }
}

pub(super) const fn act(kind: InstrumentKind, language: Language) -> &'static str {
    match kind {
        InstrumentKind::FirstRegistration => language.of_two("首次登记", "First registration"),
        InstrumentKind::Transfer => language.of_two("转让", "Transfer"),
        InstrumentKind::Grant => language.of_two("授予", "Grant"),
        InstrumentKind::Correction => language.of_two("更正", "Correction"),
        InstrumentKind::Termination => language.of_two("提前终止", "Termination"),
        InstrumentKind::Renewal => language.of_two("续期", "Renewal"),
        InstrumentKind::Division => language.of_two("拆分", "Division"),
        InstrumentKind::Merger => language.of_two("合并", "Merger"),
        InstrumentKind::Disposal => language.of_two("处置", "Disposal"),
        InstrumentKind::PriorOwnership => language.of_two("补登此前权属", "Prior ownership"),
        InstrumentKind::Restoration => language.of_two("恢复", "Restoration"),
        InstrumentKind::Voiding => language.of_two("作废", "Voiding"),
    }
}

pub(in crate::http) const fn restriction(kind: RestrictionKind, language: Language) -> &'static str {
    match kind {
        RestrictionKind::Mortgage => language.of_two("抵押", "Mortgage"),
        RestrictionKind::Pledge => language.of_two("质押", "Pledge"),
        RestrictionKind::Seizure => language.of_two("查封", "Seizure"),
        RestrictionKind::Dispute => language.of_two("权属争议", "Dispute"),
        RestrictionKind::TransferBan => language.of_two("禁止转让", "Transfer ban"),
    }
}

pub(super) const fn broken(kind: BreakKind, language: Language) -> &'static str {
    match kind {
        BreakKind::NoBeginning => {
            language.of_two("未以首次登记开始", "no first registration at its beginning")
        }
        BreakKind::GiverNotHolder => {
            language.of_two("转出方不持有所转份额", "a giver did not hold what it gave")
        }
        BreakKind::GapInTime => language.of_two("权利期间中断", "on some days not all of it was owned"),
        BreakKind::MissingDocument => language.of_two("缺少来源材料", "a source document is missing"),
        BreakKind::RegisterDiffers => {
            language.of_two("与登记簿现状不符", "it does not end where the register is")
        }
        BreakKind::HoldersDiffer => language
            .of_two("拆分或合并前后权利人不一致", "after a division or merger others hold than before"),
        BreakKind::NoProject => language.of_two("无资金项目", "no funded project is on record"),
    }
}
