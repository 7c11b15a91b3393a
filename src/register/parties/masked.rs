//! How people are named to those who need not know who they are: by the surname alone.

use crate::register::parties::{PartyStanding, erasure::ERASED_NAME};

/// Surnames of two characters that are borne by many.
const DOUBLE_SURNAMES: &[&str] = &[
    "欧阳", "上官", "司马", "司徒", "司空", "诸葛", "东方", "皇甫", "尉迟", "公孙", "令狐", "宇文", "长孙",
    "慕容", "夏侯", "轩辕", "端木", "百里", "呼延", "南宫", "独孤", "鲜于", "闻人", "澹台", "赫连", "濮阳",
];

/// The surname and a star.
pub(in crate::register) fn masked(name: &str) -> String {
    let double = DOUBLE_SURNAMES.iter().find(|it| name.starts_with(**it) && name.len() > it.len());
    let surname = double.map_or_else(|| name.chars().take(1).collect(), |it| (*it).to_owned());
    format!("{surname}*")
}

impl PartyStanding {
    /// Its name as anybody may read it: an organisation's in full, of a person or a household the surname and a star.
    pub fn shown_name(&self) -> String {
        if self.kind.is_personal() && self.name != ERASED_NAME {
            masked(&self.name)
        } else {
            self.name.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, shown: &str) {
        assert_eq!(masked(name), shown, "{name}");
    }

    #[test]
    fn of_a_person_only_the_surname_is_shown() {
        check("张三", "张*");
        check("王小明", "王*");
        check("欧阳锋", "欧阳*");
        check("欧阳", "欧*");
        check("李四户", "李*");
        check("Zhang San", "Z*");
        check("", "*");
    }
}
