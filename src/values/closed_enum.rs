//! Closed lists of codes: one declaration gives the enum, its text on the wire and in the database, and its
//! place in the OpenAPI document.

/// Declares an enum whose variants are stable text codes.
///
/// Gives `ALL`, `code()`, `Display`, `FromStr`, serde and `ToSchema`; the codes stay English in every
/// language of the interface.
macro_rules! closed_enum {
    ($(#[$meta:meta])* $vis:vis enum $name:ident { $($(#[$vmeta:meta])* $variant:ident = $code:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        $vis enum $name {
            $($(#[$vmeta])* #[serde(rename = $code)] #[schema(rename = $code)] $variant,)+
        }

        impl $name {
            /// Every value, in the order of its declaration.
            $vis const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable code of this value.
            $vis const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.code())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::values::fault::UnknownCode;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($code => Ok(Self::$variant),)+
                    _ => Err($crate::values::fault::UnknownCode),
                }
            }
        }
    };
}

pub(crate) use closed_enum;
