//! How the types of `values` are stored: identifiers, numbers of shares, money, region codes, closed lists.

use diesel::{
    backend::Backend,
    deserialize::{self, FromSql},
    pg::{Pg, PgValue},
    serialize::{self, IsNull, Output, ToSql},
    sql_types::{BigInt, Binary, HasSqlType, Integer, Text},
    sqlite::Sqlite,
};
use std::io::Write as _;

use crate::{
    storage::engine::MultiBackend,
    values::{
        BasisPoints, Category, Days, Fen, Folded, Id, Months, ProjectYear, Quantity, RegionCode, UseCode,
        Username, Words,
    },
};

/// A UUID: `uuid` on PostgreSQL, sixteen bytes on SQLite.
#[derive(Debug, Clone, Copy, Default, diesel::sql_types::SqlType, diesel::query_builder::QueryId)]
#[diesel(postgres_type(oid = 2950, array_oid = 2951))]
#[diesel(sqlite_type(name = "Binary"))]
pub struct Uuid;

impl HasSqlType<Uuid> for MultiBackend {
    fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
        Self::lookup_sql_type::<Uuid>(lookup)
    }
}

impl<Kind: 'static> ToSql<Uuid, Pg> for Id<Kind> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(self.uuid().as_bytes())?;
        Ok(IsNull::No)
    }
}
impl<Kind: 'static> ToSql<Uuid, Sqlite> for Id<Kind> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.uuid().as_bytes().to_vec());
        Ok(IsNull::No)
    }
}
impl<Kind: 'static> ToSql<Uuid, MultiBackend> for Id<Kind> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
        out.set_value((Uuid, self));
        Ok(IsNull::No)
    }
}
impl<Kind> FromSql<Uuid, Pg> for Id<Kind> {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(uuid::Uuid::from_slice(value.as_bytes())?.into())
    }
}
impl<Kind> FromSql<Uuid, Sqlite> for Id<Kind> {
    fn from_sql(value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let bytes = <Vec<u8> as FromSql<Binary, Sqlite>>::from_sql(value)?;
        Ok(uuid::Uuid::from_slice(&bytes)?.into())
    }
}
impl<Kind> FromSql<Uuid, MultiBackend> for Id<Kind> {
    fn from_sql(value: <MultiBackend as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        value.from_sql::<Self, Uuid>()
    }
}

/// Makes a type usable in Diesel's expressions, as an SQL type and its nullable form.
macro_rules! expression {
    ($sql:ty, $type:ty $(, $kind:ident)?) => {
        impl$(<$kind>)? diesel::expression::AsExpression<$sql> for $type {
            type Expression = diesel::internal::derives::as_expression::Bound<$sql, Self>;
            fn as_expression(self) -> Self::Expression {
                diesel::internal::derives::as_expression::Bound::new(self)
            }
        }
        impl<'a $(, $kind)?> diesel::expression::AsExpression<$sql> for &'a $type {
            type Expression = diesel::internal::derives::as_expression::Bound<$sql, Self>;
            fn as_expression(self) -> Self::Expression {
                diesel::internal::derives::as_expression::Bound::new(self)
            }
        }
        impl$(<$kind>)? diesel::expression::AsExpression<diesel::sql_types::Nullable<$sql>> for $type {
            type Expression = diesel::internal::derives::as_expression::Bound<diesel::sql_types::Nullable<$sql>, Self>;
            fn as_expression(self) -> Self::Expression {
                diesel::internal::derives::as_expression::Bound::new(self)
            }
        }
        impl<'a $(, $kind)?> diesel::expression::AsExpression<diesel::sql_types::Nullable<$sql>> for &'a $type {
            type Expression = diesel::internal::derives::as_expression::Bound<diesel::sql_types::Nullable<$sql>, Self>;
            fn as_expression(self) -> Self::Expression {
                diesel::internal::derives::as_expression::Bound::new(self)
            }
        }
        impl<$($kind,)? DB> diesel::serialize::ToSql<diesel::sql_types::Nullable<$sql>, DB> for $type
        where
            DB: diesel::backend::Backend,
            Self: diesel::serialize::ToSql<$sql, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut diesel::serialize::Output<'b, '_, DB>) -> diesel::serialize::Result {
                diesel::serialize::ToSql::<$sql, DB>::to_sql(self, out)
            }
        }
        impl<$($kind,)? DB, ST> diesel::deserialize::Queryable<ST, DB> for $type
        where
            DB: diesel::backend::Backend,
            ST: diesel::sql_types::SingleValue,
            Self: diesel::deserialize::FromSql<ST, DB>,
        {
            type Row = Self;
            fn build(row: Self) -> diesel::deserialize::Result<Self> {
                Ok(row)
            }
        }
    };
}

expression!(Uuid, Id<Kind>, Kind);

/// Stores a closed list as its codes.
macro_rules! stored_as_text {
    ($($type:ty),+ $(,)?) => {
        $(
            $crate::storage::sql::expression!(diesel::sql_types::Text, $type);
            impl<DB> diesel::serialize::ToSql<diesel::sql_types::Text, DB> for $type
            where
                DB: diesel::backend::Backend,
                str: diesel::serialize::ToSql<diesel::sql_types::Text, DB>,
            {
                fn to_sql<'b>(&'b self, out: &mut diesel::serialize::Output<'b, '_, DB>) -> diesel::serialize::Result {
                    diesel::serialize::ToSql::<diesel::sql_types::Text, DB>::to_sql(self.code(), out)
                }
            }
            impl<DB> diesel::deserialize::FromSql<diesel::sql_types::Text, DB> for $type
            where
                DB: diesel::backend::Backend,
                String: diesel::deserialize::FromSql<diesel::sql_types::Text, DB>,
            {
                fn from_sql(value: DB::RawValue<'_>) -> diesel::deserialize::Result<Self> {
                    let text = <String as diesel::deserialize::FromSql<diesel::sql_types::Text, DB>>::from_sql(value)?;
                    Ok(text.parse()?)
                }
            }
        )+
    };
}

pub(crate) use {expression, stored_as_text};

expression!(BigInt, Fen);
impl ToSql<BigInt, Pg> for Fen {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<BigInt, Pg>::to_sql(&self.get(), &mut out.reborrow())
    }
}
impl ToSql<BigInt, Sqlite> for Fen {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.get());
        Ok(IsNull::No)
    }
}
impl ToSql<BigInt, MultiBackend> for Fen {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
        out.set_value((BigInt, self));
        Ok(IsNull::No)
    }
}
impl<DB> FromSql<BigInt, DB> for Fen
where
    DB: Backend,
    i64: FromSql<BigInt, DB>,
{
    fn from_sql(value: DB::RawValue<'_>) -> deserialize::Result<Self> {
        let fen = <i64 as FromSql<BigInt, DB>>::from_sql(value)?;
        Self::new(fen).map_err(|reason| format!("an amount is {}", reason.code()).into())
    }
}

/// Stores texts in a fixed form as they are written.
macro_rules! stored_as_written {
    ($($type:ty),+) => {$(
        expression!(Text, $type);
        impl<DB> ToSql<Text, DB> for $type
        where
            DB: Backend,
            str: ToSql<Text, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
                ToSql::<Text, DB>::to_sql(self.as_str(), out)
            }
        }
        impl<DB> FromSql<Text, DB> for $type
        where
            DB: Backend,
            String: FromSql<Text, DB>,
        {
            fn from_sql(value: DB::RawValue<'_>) -> deserialize::Result<Self> {
                let text = <String as FromSql<Text, DB>>::from_sql(value)?;
                text.parse().map_err(|_| concat!("a text is no ", stringify!($type)).into())
            }
        }
    )+};
}

stored_as_written!(RegionCode, Category, Quantity, UseCode, Username);

expression!(Text, Folded);
impl<DB> ToSql<Text, DB> for Folded
where
    DB: Backend,
    str: ToSql<Text, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        ToSql::<Text, DB>::to_sql(self.as_str(), out)
    }
}

expression!(Text, Words<Kind>, Kind);
impl<Kind, DB> ToSql<Text, DB> for Words<Kind>
where
    DB: Backend,
    str: ToSql<Text, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        ToSql::<Text, DB>::to_sql(self.as_str(), out)
    }
}
impl<Kind, DB> FromSql<Text, DB> for Words<Kind>
where
    DB: Backend,
    String: FromSql<Text, DB>,
{
    fn from_sql(value: DB::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self::on_record(<String as FromSql<Text, DB>>::from_sql(value)?))
    }
}

/// Stores whole numbers with a range as numbers.
macro_rules! stored_as_integer {
    ($($type:ty),+) => {$(
        expression!(Integer, $type);
        impl ToSql<Integer, Pg> for $type {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                ToSql::<Integer, Pg>::to_sql(&self.get(), &mut out.reborrow())
            }
        }
        impl ToSql<Integer, Sqlite> for $type {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
                out.set_value(self.get());
                Ok(IsNull::No)
            }
        }
        impl ToSql<Integer, MultiBackend> for $type {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
                out.set_value((Integer, self));
                Ok(IsNull::No)
            }
        }
        impl<DB> FromSql<Integer, DB> for $type
        where
            DB: Backend,
            i32: FromSql<Integer, DB>,
        {
            fn from_sql(value: DB::RawValue<'_>) -> deserialize::Result<Self> {
                let number = <i32 as FromSql<Integer, DB>>::from_sql(value)?;
                Self::try_from(number).map_err(|reason| format!("a number is {}", reason.code()).into())
            }
        }
    )+};
}

stored_as_integer!(BasisPoints, Days, Months, ProjectYear);
