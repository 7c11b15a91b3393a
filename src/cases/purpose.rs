//! What the money of a village account is for.

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

use crate::values::closed_enum;

closed_enum! {
    /// The purpose of a village account. Each purpose has an account of its own, so that what is held for each is told apart.
    /// A payment says by its own `purpose` what it is for; only uses that the policy forbids are refused.
    pub enum Purpose {
        /// Operation and maintenance of assets (运行维护).
        OperationAndMaintenance = "operation_and_maintenance",
        /// Consolidating the gains of poverty alleviation (巩固脱贫成果).
        Consolidation = "consolidation",
        /// Public welfare of the village (村级公益事业).
        VillagePublicWelfare = "village_public_welfare",
        /// Wages of public-welfare posts (公益岗位).
        PublicPosts = "public_posts",
        /// Reserve: 公积公益金.
        Reserve = "reserve",
        /// Quantified shares of the members (成员分配).
        Members = "members",
        /// Proceeds of disposals, which are not income (处置价款).
        DisposalProceeds = "disposal_proceeds",
        /// Income that has not been distributed yet (未分配收益).
        Undistributed = "undistributed",
        /// Income that nobody is there to claim, kept for whom it is due to; it is spent on nothing (无人领取的收益).
        Unclaimed = "unclaimed",
    }
}

impl Purpose {
    /// Whether distributed income can be given to it. Proceeds of a disposal never are income, and what stays
    /// undistributed has been given to nothing, nor has what nobody can claim.
    pub const fn is_use_of_income(self) -> bool {
        !matches!(self, Self::DisposalProceeds | Self::Undistributed | Self::Unclaimed)
    }

    /// The codes of the uses of income, separated by commas, for whoever named another.
    pub fn uses_of_income() -> String {
        let uses = Self::ALL.iter().filter(|it| it.is_use_of_income());
        uses.map(|it| it.code()).collect::<Vec<_>>().join(", ")
    }
}

/// Declares the schemas of fields that take some of the purposes only.
macro_rules! some_purposes {
    ($($(#[doc = $about:literal])+ $name:ident: $may:expr;)+) => {$(
        $(#[doc = $about])+
        #[derive(Debug, Clone, Copy)]
        pub enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let may: fn(Purpose) -> bool = $may;
                let mut schema = Purpose::schema();
                if let RefOr::T(Schema::Object(codes)) = &mut schema {
                    codes.description = Some(concat!($($about),+).trim().to_owned());
                    let kept = Purpose::ALL.iter().filter(|it| may(**it));
                    codes.enum_values = Some(kept.map(|it| it.code().into()).collect());
                }
                schema
            }
        }

        impl ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
        }
    )+};
}

some_purposes! {
    /// A use that income can be distributed to.
    UseOfIncome: Purpose::is_use_of_income;
    /// What becomes of a part of distributed income: a use, or nothing yet.
    UseOfPart: |it| it.is_use_of_income() || it == Purpose::Undistributed;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proceeds_and_what_is_left_over_are_no_use_of_income() {
        let uses: Vec<_> = Purpose::ALL.iter().filter(|it| it.is_use_of_income()).collect();

        assert_eq!(uses.len(), 6);
        assert!(!uses.contains(&&Purpose::DisposalProceeds) && !uses.contains(&&Purpose::Undistributed));
        assert!(Purpose::uses_of_income().starts_with("operation_and_maintenance, consolidation, "));
    }
}
